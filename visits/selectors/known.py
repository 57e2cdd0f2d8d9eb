"""What is known of a patient at the moment of a booking. One query, because others wait for the day."""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from infusion_center.shared import clock
from patients.models import Patient
from patients.selectors.card import records_of
from visits.models import Visit
from visits.states import CAME_TO_NOTHING, HOLDS_CHAIR, Status, VisitKind, WaitState, in_sql

RESCUE_DAYS = 30


# Written out as the day is (visits/selectors/day.py says why).
KNOWN = f"""
    SELECT patient.merged_into_id, patient.died_on, lower(other.planned), upper(other.planned), other.zone,
        mine.booked_ahead, mine.rescues,
        EXISTS (
            SELECT FROM visits_waiting waiting JOIN patients_patient whose ON whose.id = waiting.patient_id
            WHERE (whose.id = patient.id OR whose.merged_into_id = patient.id)
                AND waiting.site_id = %(site)s AND waiting.day = %(day)s AND waiting.state = %(waiting)s
        )
    FROM patients_patient patient
    LEFT JOIN LATERAL (
        SELECT visit.planned, site.zone FROM visits_visit visit
        JOIN places_site site ON site.id = visit.site_id
        JOIN patients_patient whose ON whose.id = visit.patient_id
        WHERE (whose.id = patient.id OR whose.merged_into_id = patient.id) AND visit.site_id <> %(site)s
            AND visit.status IN ({in_sql(HOLDS_CHAIR)}) AND visit.planned && %(planned)s
        LIMIT 1
    ) AS other ON true
    LEFT JOIN LATERAL (
        SELECT
            count(*) FILTER (
                WHERE visit.status IN ({in_sql([Status.HELD, Status.BOOKED])})
                    AND upper(visit.planned) > %(at)s
            ) AS booked_ahead,
            count(*) FILTER (
                WHERE visit.kind = %(rescue)s AND visit.status NOT IN ({in_sql(CAME_TO_NOTHING)})
                    AND visit.day BETWEEN %(since)s AND %(day)s
            ) AS rescues
        FROM visits_visit visit
        WHERE visit.patient_id IN (
            SELECT id FROM patients_patient WHERE id = patient.id OR merged_into_id = patient.id
        ) AND visit.id <> %(but)s
    ) AS mine ON true
    WHERE patient.id = %(patient)s
"""  # noqa: S608 - of our own words


class Known(NamedTuple):
    """`there_since`, `there_until`, `there_zone`: of one overlapping visit at another site, or None.

    `booked_ahead` and `rescues` (of the last 30 days, this day among them) count their other visits at all
    sites; `waits`: they are on the waitlist of that day.
    """

    merged_into: int | None
    died_on: date | None
    there_since: datetime | None
    there_until: datetime | None
    there_zone: str | None
    booked_ahead: int
    rescues: int
    waits: bool


def known_of(visit: Visit, *, at: datetime) -> Known:
    """Of the patient of a visit that is not saved yet, or about to be moved.

    Another site's day is another row: for two bookings at once the constraint has the last word.
    """
    about: dict[str, Any] = {
        "patient": visit.patient_id,
        "site": visit.site_id,
        "planned": visit.planned,
        "at": at,
        "rescue": VisitKind.RESCUE.value,
        "day": visit.day,
        "since": visit.day - timedelta(days=RESCUE_DAYS - 1),
        "but": visit.pk or 0,
        "waiting": WaitState.WAITING.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, about)
        return Known._make(cursor.fetchone())


def also_that_day(patient: Patient, *, day: date) -> list[str]:
    """Their visits of that day at all sites, a sentence each: nobody is booked twice unawares. One query."""
    visits = Visit.objects.filter(patient__in=records_of(patient), day=day)
    there = visits.exclude(status__in=CAME_TO_NOTHING).select_related("site", "regimen").order_by("planned")
    return [_in_words(visit, f"{day:%a %d %b}") for visit in there]


def _in_words(visit: Visit, day: str) -> str:
    """`On Fri 20 Nov already: 09:20 to 10:40, Standard cocktail. Done.` As it went, where it did."""
    ends = visit.seated_at or visit.starts_at, visit.left_at or visit.ends_at
    since, until = (f"{clock.local(at, visit.site.zone):%H:%M}" for at in ends)
    what = f", {visit.regimen.name}" if visit.regimen else ""
    return f"On {day} already: {since} to {until}{what}. {visit.get_status_display()}."
