"""Note that somebody opened a chart (requirements 5: one row per opening, not per query)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from infusion_center.audit.history import request_key
from infusion_center.audit.models import ChartRead

# Every board does this every time: one round trip, where the ORM takes three and builds the statement anew.
LISTED = """
    INSERT INTO audit_chartread (person_id, page, at, hour, request_key) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT DO NOTHING
"""


def chart_opened(*, patient_key: UUID, page: str, by: Any, at: datetime) -> None:
    """One row: this person opened this page about this patient."""
    ChartRead.objects.create(
        person=by, patient_key=patient_key, page=page, at=at, hour=_hour(at), request_key=request_key.get()
    )


def list_opened(*, page: str, by: Any, at: datetime) -> None:
    """At most one row per person, list and hour."""
    with connection.cursor() as cursor:
        cursor.execute(LISTED, [by.pk, page, at, _hour(at), request_key.get()])


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
