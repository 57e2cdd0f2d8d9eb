"""Sessions with whose they are: one statement says what a browser's cookie stands for (decision 0025)."""

from functools import cache
from typing import Any, cast

from django.contrib.sessions.backends import db
from django.db import connection
from django.utils import timezone

from infusion_center.accounts.backends import STAFF_WITH_SITES, staff_columns, staff_from
from infusion_center.accounts.models import Session, User


class SessionStore(db.SessionStore):
    """`person`: who it was opened for, with their sites; None until it is read, and for nobody."""

    person: User | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        with connection.cursor() as cursor:
            cursor.execute(_with_person(), [self.session_key, timezone.now()])
            found = cursor.fetchall()
        if not found:
            self._session_key = None
            return {}
        self.person = staff_from([row[1:] for row in found])
        said: dict[str, Any] = self.decode(found[0][0])
        return said

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = cast(Session, super().create_model_instance(data))
        row.user_id = data.get("_auth_user_id")
        return row


@cache
def _with_person() -> str:
    return f"""
        SELECT session.session_data, {staff_columns()} FROM {Session._meta.db_table} session
        LEFT JOIN ({STAFF_WITH_SITES}) ON staff.id = session.user_id
        WHERE session.session_key = %s AND session.expire_date > %s ORDER BY site.id
    """  # noqa: S608 - of our own words
