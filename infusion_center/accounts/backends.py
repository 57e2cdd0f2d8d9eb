"""Who is signed in, read with their sites at every request; and what the admin may show them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.db import connection

from infusion_center.accounts.models import User
from infusion_center.accounts.permissions import Can
from infusion_center.places.models import Site
from infusion_center.shared import rows

# A row for each site of the person; one without a site for who has none.
STAFF_WITH_SITES = """
    accounts_user staff
    LEFT JOIN accounts_user_sites there ON there.user_id = staff.id
    LEFT JOIN places_site site ON site.id = there.site_id
"""
_at_hand: ContextVar[User | None] = ContextVar("at_hand", default=None)


@contextmanager
def at_hand(person: User | None) -> Iterator[None]:
    """Inside, this person need not be read again: they came with the session."""
    token = _at_hand.set(person)
    try:
        yield
    finally:
        _at_hand.reset(token)


class StaffBackend(ModelBackend):
    """Django's own, but the person and where they work are one statement, written once (decision 0016)."""

    def get_user(self, user_id: Any) -> User | None:
        """The person with `works_at` filled in; None: nobody, or nobody who may sign in."""
        user = _at_hand.get()
        if user is None or user.pk != user_id:
            user = _read(user_id)
        return user if user and self.user_can_authenticate(user) else None


class RoleBackend(BaseBackend):
    """The admin asks for Django's permissions; the role answers (permissions.py stays the one page).

    Who may manage staff may use the admin; what a page of it allows is that page's own word.
    """

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return user_obj.is_staff and user_obj.can(Can.MANAGE_STAFF)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return self.has_perm(user_obj, app_label)


@cache
def staff_columns() -> str:
    """Of the person and of a site, as `staff_from` reads them."""
    return f"{rows.columns(User, 'staff')}, {rows.columns(Site, 'site')}"


def staff_from(found: Sequence[tuple[Any, ...]]) -> User | None:
    """The person of such rows, with `works_at`, the oldest first; None where they are nobody's."""
    own = rows.width(User)
    if not found or found[0][0] is None:
        return None
    user = rows.made(User, found[0][:own])
    user.works_at = [rows.made(Site, row[own:]) for row in found if row[own] is not None]
    return user


def _read(user_id: Any) -> User | None:
    statement = f"SELECT {staff_columns()} FROM {STAFF_WITH_SITES} WHERE staff.id = %s ORDER BY site.id"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [user_id])
        return staff_from(cursor.fetchall())
