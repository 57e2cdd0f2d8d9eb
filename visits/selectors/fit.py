"""Is today fit? Chairs, nurses and starts by half hour, waits by stage, and what runs past closing.

Counts only, nobody's name. Three queries whatever the day holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Max, Min

from infusion_center.places.models import Site
from visits.models import Chair, Visit
from visits.rules import board as layout
from visits.rules import fit as rules
from visits.selectors.board import drawn
from visits.selectors.day import Day, day_of
from visits.states import HOLDS_CHAIR, ON_BOARD, ChairKind, Status

HALF = 30  # minutes


@dataclass(frozen=True)
class Fit:
    """One day. `late`: minutes past closing of every visit that runs so long; no `reasons`: it fits."""

    day: Day
    at: datetime
    halves: Sequence[rules.Half]
    waits: Sequence[rules.Wait]
    late: Sequence[int]
    reasons: Sequence[str]
    booked: int
    seen: int
    no_shows: int
    cancelled: int
    overbooked: int

    @property
    def lines(self) -> list[tuple[rules.Half, str]]:
        """Each half hour with its time on the wall."""
        return [(half, _wall(self.day, half.minute)) for half in self.halves]

    @property
    def kinds(self) -> list[str]:
        """Headings of the columns of chairs."""
        return [kind for kind, _, _ in self.halves[0].chairs] if self.halves else []


def fit(*, site: Site, day: date, at: datetime) -> Fit:
    """The day as it was up to now, and as it is planned from now on."""
    today = day_of(site=site, day=day)
    visits = list(_visits(site, day))
    there = [visit for visit in visits if visit.status in ON_BOARD]
    halves = _halves(today, there, at)
    late = _late(today, there, at)
    return Fit(
        day=today,
        at=at,
        halves=halves,
        waits=_waits(today, visits),
        late=late,
        reasons=_reasons(today, halves, late),
        booked=len(visits),
        seen=sum(visit.seated_at is not None for visit in visits),
        no_shows=sum(visit.status == Status.NO_SHOW for visit in visits),
        cancelled=sum(visit.status == Status.CANCELLED for visit in visits),
        overbooked=sum(bool(visit.overbooked_reason) for visit in there),
    )


def _visits(site: Site, day: date) -> Any:
    """Everybody of the day who had a place, with the first start and the last stop of a drug."""
    rows = Visit.objects.on(site=site, day=day).exclude(status__in=[Status.HELD, Status.EXPIRED])
    return rows.select_related("chair").annotate(
        first_start=Min("administrations__started_at"), last_stop=Max("administrations__stopped_at")
    )


def _halves(day: Day, visits: Sequence[Any], at: datetime) -> list[rules.Half]:
    if day.opens_at is None or day.closes_at is None:
        return []
    starts, ends = layout.whole_hours([(day.minute(day.opens_at), day.minute(day.closes_at))])
    spans = [(visit, *(day.minute(one) for one in drawn(visit, at))) for visit in visits]
    absence = [(*shift, -1) for shift in day.nurses] + [(*pause, 1) for pause in day.breaks]
    fewest = [-most for most in _peaks(absence, starts, ends)]
    load = _peaks(
        [(start, until, max(visit.load, day.least_load)) for visit, start, until in spans], starts, ends
    )
    chairs = _chairs(day, spans, starts, ends)
    found = []
    for index, minute in enumerate(range(starts, ends, HALF)):
        began = sum(minute <= start < minute + HALF for _, start, _ in spans)
        on_shift = max(0, fewest[index])
        found.append(
            rules.Half(
                minute=minute,
                chairs=tuple((kind, used[index], there) for kind, used, there in chairs),
                load=load[index],
                capacity=on_shift * day.site.load_per_nurse,
                starts=began,
                most_starts=on_shift * HALF // day.site.start_occupies_nurse_minutes,
            )
        )
    return found


def _chairs(
    day: Day, spans: Sequence[tuple[Any, int, int]], starts: int, ends: int
) -> list[tuple[str, list[int], int]]:
    """(kind in words, most in use by half hour, how many there are). Turnover counts."""
    there = list(Chair.objects.filter(site=day.site, active=True).values_list("kind", flat=True))
    turnover = day.site.turnover_minutes
    found = []
    for kind in ChairKind:
        if kind in there:
            ours = [(a, b + turnover, 1) for visit, a, b in spans if visit.chair and visit.chair.kind == kind]
            found.append((str(kind.label), _peaks(ours, starts, ends), there.count(kind)))
    return found


def _peaks(changes: Sequence[tuple[int, int, int]], starts: int, ends: int) -> list[int]:
    return layout.highest(changes, starts=starts, ends=ends, step=HALF)


def _waits(day: Day, visits: Sequence[Any]) -> list[rules.Wait]:
    def minute(at: datetime | None) -> int | None:
        return None if at is None else day.minute(at)

    stages = {
        "Arrived until seated": ("arrived_at", "seated_at"),
        "Seated until the first drug": ("seated_at", "first_start"),
        "Door to drip": ("arrived_at", "first_start"),
        "Last drug until leaving": ("last_stop", "left_at"),
    }
    return [
        rules.waited(stage, ((minute(getattr(one, since)), minute(getattr(one, until))) for one in visits))
        for stage, (since, until) in stages.items()
    ]


def _late(day: Day, visits: Sequence[Any], at: datetime) -> list[int]:
    if day.closes_at is None:
        return []
    staying = [visit for visit in visits if visit.status in HOLDS_CHAIR]
    return rules.past_closing(
        [day.minute(drawn(visit, at)[1]) for visit in staying], day.minute(day.closes_at)
    )


def _reasons(day: Day, halves: Sequence[rules.Half], late: Sequence[int]) -> list[str]:
    """`Nurses are full from 10:00 to 11:30.`"""
    full = [("Nurses are", [half.nurses_full for half in halves])]
    full += [("Chairs are", [half.chairs_full for half in halves])]
    found = [
        f"{what} full from {_wall(day, since)} to {_wall(day, until)}."
        for what, flags in full
        for since, until in rules.stretches(halves, flags)
    ]
    if late:
        visits = "1 visit ends" if len(late) == 1 else f"{len(late)} visits end"
        found.append(f"{visits} after closing, the last one {late[0]} minutes.")
    return found


def _wall(day: Day, minute: int) -> str:
    return day.wall(day.moment(minute))
