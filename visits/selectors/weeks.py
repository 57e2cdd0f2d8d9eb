"""Weeks and months ahead: what is booked of each day, how full it is, and which doses are still to be booked.

Counts only, nobody's name. Four queries, whatever the days hold.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Count
from django.db.models.functions import Coalesce

from infusion_center.places.models import Site
from visits.models import Chair, Occurrence, Visit
from visits.rules import board as layout
from visits.selectors.board import Load, loads_by
from visits.selectors.day import Day, days_of
from visits.states import HOLDS_CHAIR, ON_BOARD, OccurrenceState, Status

HOUR = 60
WEEK = timedelta(days=7)
HERE = (Status.ARRIVED, Status.IN_CHAIR)


@dataclass(frozen=True)
class Ahead:
    """One day in counts. `percent` of the nurses' load over the opening hours; None: nobody on shift.

    `full`: hours whose nurses can take nobody more; `due`: doses of series that have no booking yet.
    """

    day: Day
    expected: int
    here: int
    gone: int
    due: int
    nurses: int
    percent: int | None
    hours: Sequence[Load | None]

    @property
    def date(self) -> date:
        return self.day.day

    @property
    def level(self) -> str:
        return Load(self.percent, 0).level

    @property
    def full(self) -> int:
        return sum(load is not None and load.level == "full" for load in self.hours)


@dataclass(frozen=True)
class Weeks:
    """`rows` of seven days, Monday first; `hours`: the walls of the columns all days share."""

    first: date
    last: date
    rows: list[list[Ahead]]
    hours: list[str]
    chairs: int

    @property
    def days(self) -> list[Ahead]:
        return [day for row in self.rows for day in row]


def week(*, site: Site, day: date) -> Weeks:
    """The week of a day, Monday to Sunday."""
    monday = day - timedelta(days=day.weekday())
    return _weeks(site, monday, monday + WEEK - timedelta(days=1))


def month(*, site: Site, day: date) -> Weeks:
    """The whole weeks that hold the month of a day."""
    first = day.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return _weeks(site, first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday()))


def _weeks(site: Site, first: date, last: date) -> Weeks:
    days = days_of(site=site, first=first, last=last)
    booked, due = _booked(site, first, last), _due(site, first, last)
    starts, ends = _opening(days)
    ahead = [_ahead(day, booked.get(day.day, []), due.get(day.day, 0), starts, ends) for day in days]
    return Weeks(
        first=first,
        last=last,
        rows=[ahead[at : at + 7] for at in range(0, len(ahead), 7)],
        hours=[f"{minute // HOUR:02d}" for minute in range(starts, ends, HOUR)],
        chairs=Chair.objects.filter(site=site, active=True).count(),
    )


def _booked(site: Site, first: date, last: date) -> dict[date, list[Any]]:
    rows = Visit.objects.filter(site=site, day__range=(first, last), status__in=ON_BOARD)
    found = rows.values_list("day", "status", "planned", "load", named=True).order_by("day", "pk")
    return {day: list(visits) for day, visits in groupby(found, key=lambda visit: visit.day)}


def _due(site: Site, first: date, last: date) -> dict[date, int]:
    rows = Occurrence.objects.filter(
        series__site=site, series__ended_on=None, state=OccurrenceState.PROPOSED
    ).annotate(wanted_on=Coalesce("wished_on", "due_on"))
    counted = rows.filter(wanted_on__range=(first, last)).values_list("wanted_on").annotate(Count("pk"))
    return dict(counted.order_by())


def _opening(days: Iterable[Day]) -> tuple[int, int]:
    """Whole hours from the first opening to the last closing."""
    return layout.whole_hours(
        [
            (day.minute(day.opens_at), day.minute(day.closes_at))
            for day in days
            if day.opens_at and day.closes_at and not day.closure
        ]
    )


def _ahead(day: Day, visits: Sequence[Any], due: int, starts: int, ends: int) -> Ahead:
    count = Counter(visit.status for visit in visits)
    here = sum(count[status] for status in HERE)
    expected = sum(count[status] for status in HOLDS_CHAIR) - here
    stays = [(*_span(day, visit), visit.load) for visit in visits]
    loads = loads_by(day, stays, starts=starts, ends=ends, step=HOUR)
    return Ahead(
        day=day,
        expected=expected,
        here=here,
        gone=len(visits) - expected - here,
        due=due,
        nurses=max(
            layout.highest([(*one, 1) for one in day.nurses], starts=starts, ends=ends, step=ends - starts)
        ),
        percent=_percent(day, stays),
        hours=[load if _is_open(day, starts + index * HOUR) else None for index, load in enumerate(loads)],
    )


def _span(day: Day, visit: Any) -> tuple[int, int]:
    return day.minute(visit.planned.lower), day.minute(visit.planned.upper)


def _is_open(day: Day, minute: int) -> bool:
    if day.closed_because or day.opens_at is None or day.closes_at is None:
        return False
    return day.minute(day.opens_at) < minute + HOUR and minute < day.minute(day.closes_at)


def _percent(day: Day, stays: Iterable[tuple[int, int, int]]) -> int | None:
    """Minutes of load that are booked, of those the nurses can carry in the opening hours."""
    if day.opens_at is None or day.closes_at is None or day.closure:
        return None
    opens, closes = day.minute(day.opens_at), day.minute(day.closes_at)
    inside = [(max(start, opens), min(until, closes)) for start, until in day.nurses]
    pauses = [(max(start, opens), min(until, closes)) for start, until in day.breaks]
    there = sum(max(0, b - a) for a, b in inside) - sum(max(0, b - a) for a, b in pauses)
    asked = sum((until - start) * max(load, day.least_load) for start, until, load in stays)
    return round(100 * asked / (there * day.site.load_per_nurse)) if there > 0 else None
