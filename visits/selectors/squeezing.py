"""A day as a puzzle for the solver, and what came of it for the desk."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.shortcuts import get_object_or_404

from infusion_center.places.models import Site
from patients.models import Patient
from visits.models import Squeeze, Visit
from visits.rules.retiming import Fixed, Puzzle, Stop, window
from visits.selectors.availability import GRID, NEW, Asked, OpenDay, Place, Search, open_day
from visits.states import SqueezeState, Status

GOOD_FOR = timedelta(minutes=10)  # the day goes on meanwhile


@dataclass(frozen=True)
class Mover:
    """One to be called: from when to when."""

    person: Patient
    was_at: datetime
    will_be_at: datetime

    @property
    def shift(self) -> str:
        """`30 min later`."""
        minutes = int((self.will_be_at - self.was_at).total_seconds() // 60)
        return f"{abs(minutes)} min {'later' if minutes > 0 else 'earlier'}"


@dataclass(frozen=True)
class Shown:
    """A squeeze as the desk sees it. `state`: an open one that is too old counts as expired."""

    squeeze: Squeeze
    state: str
    movers: list[Mover]


def by_key(*, site: Site, key: UUID) -> Squeeze:
    """404 where this site has none."""
    return get_object_or_404(
        Squeeze.objects.select_related("site", "patient", "asked_by"), site=site, key=key
    )


def shown(squeeze: Squeeze, *, at: datetime) -> Shown:
    """At most three queries."""
    people = "visit__patient", "visit__patient__merged_into"
    rows = squeeze.retimings.select_related(*people).prefetch_related(*(f"{who}__phones" for who in people))
    movers = [
        Mover(row.visit.patient.merged_into or row.visit.patient, row.was_at, row.will_be_at)
        for row in rows.order_by("was_at", "pk")
    ]
    open_still = squeeze.state in (SqueezeState.ASKED, SqueezeState.SOLVED)
    state = SqueezeState.EXPIRED if open_still and is_too_old(squeeze, at=at) else squeeze.state
    return Shown(squeeze, state, movers)


def is_too_old(squeeze: Squeeze, *, at: datetime) -> bool:
    return squeeze.asked_at + GOOD_FOR <= at


def puzzle_of(squeeze: Squeeze, *, at: datetime) -> tuple[OpenDay, Puzzle]:
    """Who could move and who wants in, as the day stands. Four queries."""
    plan = open_day(site=squeeze.site, day=squeeze.day, at=at)
    limits = squeeze.earliest_at, squeeze.must_leave_by
    search = Search(plan, Asked(squeeze.minutes, squeeze.load, squeeze.chair_kind, *limits))
    floor, home_by = search.floor, _home_by(plan)
    stops = {place.visit: _stop(plan, place, home_by.get(place.visit)) for place in plan.places}
    kinds = [chair.kind for chair in plan.chairs]
    puzzle = Puzzle(
        new=Stop(
            NEW,
            max(search.wish.earliest, floor.opens),
            min(search.wish.latest_end, floor.closes) - squeeze.minutes,
            squeeze.minutes,
            search.load,
            squeeze.chair_kind,
        ),
        movable=tuple(stop for stop in stops.values() if stop),
        fixed=tuple(_fixed(search, place) for place in plan.places if not stops[place.visit]),
        chairs={kind: kinds.count(kind) for kind in kinds},
        nurses=floor.nurses,
        breaks=floor.breaks,
        load_per_nurse=floor.load_per_nurse,
        start_minutes=floor.start_minutes,
        turnover=floor.turnover,
        grid=GRID,
    )
    return plan, puzzle


def _home_by(plan: OpenDay) -> dict[int, datetime | None]:
    """When who has to leave."""
    leaving = Visit.objects.on(site=plan.day.site, day=plan.day.day).filter(must_leave_by__isnull=False)
    return dict(leaving.values_list("pk", "must_leave_by"))


def _stop(plan: OpenDay, place: Place, home_by: datetime | None) -> Stop | None:
    """A booked visit that could be asked to move; None: it stays."""
    day = plan.day
    if place.status != Status.BOOKED or place.chair is None or not day.opens_at or not day.closes_at:
        return None
    span = window(
        place.start,
        minutes=place.minutes,
        may_move=day.site.may_move_minutes,
        now=day.minute(plan.at),
        opens=day.minute(day.opens_at),
        ends_by=day.minute(min(day.closes_at, home_by or day.closes_at)),
    )
    return span and Stop(place.visit, *span, place.minutes, place.load, place.kind, place.start)


def _fixed(search: Search, place: Place) -> Fixed:
    stay = search.stay(place)
    return Fixed(stay.start, stay.until, place.load, place.kind if place.chair is not None else None)
