"""How often one patient may be booked: the site's own limits (issue 4; requirement 43).

A policy, not a promise of the database: it is asked with the visit's day held, and two desks that book two
days of one patient at the same moment may both pass.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from infusion_center.errors import Conflict
from visits.models import Visit
from visits.states import CAME_TO_NOTHING, VisitKind

IN_DAYS = 30
PROMISED = ["held", "booked"]

COUNTED = """
    SELECT
        count(*) FILTER (WHERE visit.status = ANY(%(promised)s) AND upper(visit.planned) > %(at)s),
        count(*) FILTER (
            WHERE visit.kind = %(rescue)s AND visit.status <> ALL(%(nothing)s)
                AND visit.day BETWEEN %(since)s AND %(day)s
        )
    FROM visits_visit visit
    WHERE visit.patient_id IN (
        SELECT id FROM patients_patient WHERE id = %(patient)s OR merged_into_id = %(patient)s
    ) AND visit.id <> %(but)s
"""


class TooOften(Conflict):
    """This patient has as many bookings, or rescue visits, as the site allows."""


def within(visit: Visit, *, because: str, at: datetime) -> None:
    """Raises TooOften for one more visit than the site allows, unless there is a reason. One query."""
    ahead, rescues = visit.site.most_bookings_ahead, visit.site.most_rescues_in_30_days
    if because.strip() or (ahead is None and rescues is None):
        return
    booked, came = _counted(visit, at)
    if ahead is not None and booked >= ahead:
        raise _too_often(f"This patient has {booked} bookings ahead already; the site allows {ahead}.")
    if rescues is not None and visit.kind == VisitKind.RESCUE and came >= rescues:
        raise _too_often(
            f"This would be rescue visit {came + 1} within {IN_DAYS} days; the site allows {rescues}. "
            "Ask a provider first."
        )


def _counted(visit: Visit, at: datetime) -> tuple[int, int]:
    asked: dict[str, Any] = {
        "patient": visit.patient_id,
        "promised": PROMISED,
        "at": at,
        "rescue": VisitKind.RESCUE.value,
        "nothing": [str(status) for status in CAME_TO_NOTHING],
        "day": visit.day,
        "since": visit.day - timedelta(days=IN_DAYS - 1),
        "but": visit.pk or 0,
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, asked)
        booked, came = cursor.fetchone()
    return booked, came


def _too_often(sentence: str) -> TooOften:
    return TooOften(sentence, field="beyond_limit_because")
