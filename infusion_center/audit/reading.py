"""Note that somebody opened a chart (requirements 5: one row per opening, not per query)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from infusion_center.audit.history import request_key
from infusion_center.audit.models import ChartRead


def chart_opened(*, patient_key: UUID, page: str, by: Any, at: datetime) -> None:
    """One row: this person opened this page about this patient."""
    ChartRead.objects.create(
        person=by, patient_key=patient_key, page=page, at=at, hour=_hour(at), request_key=request_key.get()
    )


def list_opened(*, page: str, by: Any, at: datetime) -> None:
    """At most one row per person, list and hour."""
    ChartRead.objects.bulk_create(
        [ChartRead(person=by, page=page, at=at, hour=_hour(at), request_key=request_key.get())],
        ignore_conflicts=True,
    )


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
