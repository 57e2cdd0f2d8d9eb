"""Staff. Imported by all, imports nobody above the floor."""

from functools import cached_property

import pghistory
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from infusion_center.accounts.permissions import Can, Role, abilities
from infusion_center.places.models import Site


@pghistory.track(exclude=["password", "last_login"])
class User(AbstractUser):
    """A member of staff. Roles say what they may do (permissions.py), sites where."""

    roles = ArrayField(models.CharField(max_length=20, choices=Role.choices), default=list, blank=True)
    sites = models.ManyToManyField(Site, related_name="staff", blank=True)
    credentials = models.CharField(
        max_length=20, blank=True, help_text="As printed behind the name: RN, MD, NP"
    )
    npi = models.CharField(
        "NPI", max_length=10, blank=True, help_text="Of a person who signs orders and is billed as rendering"
    )
    taxonomy = models.CharField(max_length=10, blank=True)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset(
            [
                "id",
                "password",
                "last_login",
                "is_superuser",
                "username",
                "first_name",
                "last_name",
                "email",
                "is_staff",
                "is_active",
                "date_joined",
                "roles",
                "credentials",
                "npi",
                "taxonomy",
            ]
        )

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Full name with credentials, as it stands on paper."""
        name = self.get_full_name() or self.username
        return f"{name}, {self.credentials}" if self.credentials else name

    @property
    def short_name(self) -> str:
        return self.first_name or self.username

    @cached_property
    def abilities(self) -> frozenset[Can]:
        return abilities(self.roles)

    @cached_property
    def works_at(self) -> list[Site]:
        """Their sites, the oldest first; who is signed in comes with them (`backends.StaffBackend`)."""
        return list(self.sites.order_by("pk"))

    def can(self, ability: Can) -> bool:
        """True if a role of this active person grants the ability. Superusers get none by themselves."""
        return self.is_active and ability in self.abilities

    def holds(self, role: str) -> bool:
        return role in self.roles


class Session(AbstractBaseSession):
    """A signed-in browser, and whose it is: their row is read in the same statement (`sessions.py`)."""

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset(["session_key", "session_data", "expire_date", "user"])
