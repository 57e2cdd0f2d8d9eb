"""Who is signed in, read with their sites at every request; and what the admin may show them."""

from functools import cache
from typing import Any

from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.db import connection
from django.db.models import Model

from infusion_center.accounts.models import User
from infusion_center.accounts.permissions import Can
from infusion_center.places.models import Site


class StaffBackend(ModelBackend):
    """Django's own, but the person and where they work are one statement, written once (decision 0016)."""

    def get_user(self, user_id: Any) -> User | None:
        """The person with `works_at` filled in; None: nobody, or nobody who may sign in."""
        with connection.cursor() as cursor:
            cursor.execute(_with_sites(), [user_id])
            rows = cursor.fetchall()
        if not rows:
            return None
        own = len(_columns(User))
        user = _row(User, rows[0][:own])
        user.works_at = [_row(Site, row[own:]) for row in rows if row[own] is not None]
        return user if self.user_can_authenticate(user) else None


class RoleBackend(BaseBackend):
    """The admin asks for Django's permissions; the role answers (permissions.py stays the one page).

    Who may manage staff may use the admin; what a page of it allows is that page's own word.
    """

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return user_obj.is_staff and user_obj.can(Can.MANAGE_STAFF)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return self.has_perm(user_obj, app_label)


@cache
def _with_sites() -> str:
    """A row per site of the person, one without a site for who has none; the key stands first in each."""
    quote = connection.ops.quote_name
    whose = (("staff", User), ("site", Site))
    columns = [f"{alias}.{quote(name)}" for alias, model in whose for name in _columns(model)]
    works_at, users, sites = (quote(model._meta.db_table) for model in (User.sites.through, User, Site))
    return f"""
        SELECT {", ".join(columns)} FROM {users} staff
        LEFT JOIN {works_at} there ON there.user_id = staff.id
        LEFT JOIN {sites} site ON site.id = there.site_id
        WHERE staff.id = %s ORDER BY site.id
    """  # noqa: S608 - of our own words


@cache
def _columns(model: type[Model]) -> list[str]:
    return [str(field.column) for field in model._meta.concrete_fields]


def _row(model: type[Model], values: tuple[Any, ...]) -> Any:
    names = [field.attname for field in model._meta.concrete_fields]
    return model.from_db(connection.alias, names, values)
