"""The day's visits for programs, one line each, as the board shows them. One query whatever the day holds.

Screens of other systems ask for it every few seconds: the statement is written out and its rows go out as
they are (docs/benchmarks.md). That they say what the board says is a test.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from infusion_center.places.models import Site
from visits.selectors import board
from visits.selectors.day import day_of
from visits.states import ON_BOARD, in_sql

LINES = f"""
    SELECT visit.key::text, person.key::text, coalesce(nullif(person.preferred_name, ''), person.given_name),
        person.family_name,
        {board.SAME_NAME},
        person.interpreter = 'yes', visit.status, chair.name,
        coalesce(
            (
                SELECT string_agg(ordered.title, ', ' ORDER BY link.id) FROM visits_visitorder link
                JOIN regimens_order ordered ON ordered.id = link.order_id WHERE link.visit_id = visit.id
            ),
            regimen.name, nullif(visit.reason, ''), %(undecided)s
        ),
        lower(visit.planned), upper(visit.planned), visit.minutes
    FROM (SELECT %(site)s::bigint AS site, %(day)s::date AS day OFFSET 0) asked
    JOIN visits_visit visit ON visit.site_id = asked.site AND visit.day = asked.day
    JOIN patients_patient own ON own.id = visit.patient_id
    JOIN patients_patient person ON person.id = coalesce(own.merged_into_id, own.id)
    LEFT JOIN visits_chair chair ON chair.id = visit.chair_id
    LEFT JOIN regimens_regimen regimen ON regimen.id = visit.regimen_id
    WHERE visit.status IN ({in_sql(ON_BOARD)})
    ORDER BY visit.planned, visit.id
"""  # noqa: S608 - of our own words
COLUMNS = (
    *("key", "patient", "called", "family_name", "same_name", "interpreter", "status", "chair", "what"),
    *("starts_at", "ends_at", "minutes"),
)


@dataclass(frozen=True)
class DayLines:
    """`version` is what a screen sends to hear whether anything changed; `closed` a sentence, or empty."""

    version: str
    day: date
    closed: str
    counts: dict[str, int]
    visits: list[dict[str, Any]]


def day_lines(*, site: Site, day: date, at: datetime) -> DayLines:
    """Two queries: the day, and its visits by start."""
    today = day_of(site=site, day=day)
    with connection.cursor() as cursor:
        cursor.execute(LINES, {"site": site.pk, "day": day, "undecided": board.UNDECIDED})
        lines = [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]
    for line in lines:
        line["group"] = board.group_of(line["status"], line["starts_at"], at, site=site)
    return DayLines(
        version=board.tag(site=site, day=day, version=today.version, at=at),
        day=day,
        closed=today.closed_because,
        counts=Counter(line["group"] for line in lines),
        visits=lines,
    )
