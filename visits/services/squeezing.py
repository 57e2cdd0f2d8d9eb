"""Squeeze in: room for one more by moving booked visits within what the site allows (issue 4, item 2).

A start given to a patient never moves by itself: a worker proposes, staff call whoever would move, and one
transaction under the day's row writes it, if nothing has changed meanwhile.
"""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from infusion_center.accounts.models import User
from infusion_center.audit import history
from infusion_center.errors import Conflict
from infusion_center.places.models import Site
from patients.models import Patient
from visits.models import Retiming, Squeeze, Visit
from visits.rules import colouring, slots
from visits.rules.retiming import Solve, Way
from visits.selectors.availability import NEW, Asked, OpenDay, Place, Search, open_day, sitting
from visits.selectors.squeezing import GOOD_FOR, is_too_old, puzzle_of
from visits.services import booking, chairs, days, moving
from visits.states import SQUEEZE_MOVES, SqueezeState

ASKED = ["site", "patient", "minutes", "load", "chair_kind", "must_leave_by"]  # as it was solved


class CannotSqueeze(Conflict):
    """The proposal does not hold any more, or was answered by somebody else."""


def ask(
    *,
    site: Site,
    day: date,
    patient: Patient,
    minutes: int,
    load: int,
    chair_kind: str,
    by: User,
    at: datetime,
    earliest_at: datetime | None = None,
    must_leave_by: datetime | None = None,
) -> Squeeze:
    """Have a worker look for room. Nothing moves; the answer stands on the row."""
    with transaction.atomic(), history.verb("squeeze.asked", by=by, at=at):
        return Squeeze.objects.create(
            site=site,
            day=day,
            patient=patient,
            minutes=minutes,
            load=load,
            chair_kind=chair_kind,
            earliest_at=earliest_at,
            must_leave_by=must_leave_by,
            asked_at=at,
            asked_by=by,
        )


def solve_next(*, solve: Solve, at: datetime) -> bool:
    """Solve the oldest question, holding nothing, and write the answer. False when none waits.

    Whoever solves the same one at the same time writes nothing: the state has moved on.
    """
    waiting = Squeeze.objects.filter(state=SqueezeState.ASKED).select_related("site")
    squeeze = waiting.order_by("asked_at", "pk").first()
    if squeeze is None:
        return False
    if is_too_old(squeeze, at=at):
        _move_in(squeeze, SqueezeState.EXPIRED, "squeeze.expired", at=at)
        return True
    plan, puzzle = puzzle_of(squeeze, at=at)
    found = solve(puzzle)
    way = found.way if found.way and _can_be_seated(plan, squeeze, found.way) else None
    with transaction.atomic(), history.verb("squeeze.solved", by=None, at=at):
        if way is None:
            _move(
                squeeze,
                SqueezeState.NONE,
                at=at,
                why_none=_why_none(squeeze, bool(puzzle.movable), found.proved),
            )
        elif _move(squeeze, SqueezeState.SOLVED, at=at, starts_at=plan.day.moment(way.start)):
            Retiming.objects.bulk_create(_retiming(plan, squeeze, *one) for one in way.moves.items())
    return True


def is_asked() -> bool:
    """Whether anything waits for `solve_next`."""
    return Squeeze.objects.filter(state=SqueezeState.ASKED).exists()


def expire_old(*, at: datetime) -> int:
    """Proposals nobody answered in time. Safe to run again."""
    old = Squeeze.objects.filter(
        state__in=[SqueezeState.ASKED, SqueezeState.SOLVED], asked_at__lte=at - GOOD_FOR
    )
    return sum(_move_in(one, SqueezeState.EXPIRED, "squeeze.expired", at=at) for one in old.order_by("pk"))


def drop(*, squeeze: Squeeze, by: User, at: datetime) -> Squeeze:
    """Not wanted, or somebody cannot come at the other time. Nothing moves."""
    if not _move_in(squeeze, SqueezeState.DROPPED, "squeeze.dropped", by=by, at=at):
        raise _answered(squeeze)
    return squeeze


def confirm(*, squeeze: Squeeze, by: User, at: datetime, **facts: Any) -> Visit:
    """Everybody who moves has agreed: write their new starts and book the new visit, all or nothing.

    `facts` go to `booking.book_visit`. Raises CannotSqueeze when a visit is not where it was, NoPlace when
    the room is gone, or what booking refuses.
    """
    if is_too_old(squeeze, at=at):
        raise CannotSqueeze("This is older than ten minutes. Ask again.")
    starts_at = squeeze.starts_at
    if squeeze.state != SqueezeState.SOLVED or starts_at is None:
        raise _answered(squeeze)
    asked = {name: getattr(squeeze, name) for name in ASKED}
    if any(facts.get(name, value) != value for name, value in asked.items()):
        raise CannotSqueeze("What it is for has changed since. Ask again.")
    call = facts.get("call")
    also = call.day if call else None
    with days.changing("squeeze.confirmed", site=squeeze.site, day=squeeze.day, also=also, by=by, at=at):
        _retime(squeeze, by=by, at=at)
        visit = booking.book_visit(**facts | asked, starts_at=starts_at, by=by, at=at)
        if not _move(squeeze, SqueezeState.CONFIRMED, at=at, visit=visit):
            raise _answered(squeeze)
    return visit


def _retime(squeeze: Squeeze, *, by: User, at: datetime) -> None:
    """New starts for those who move, chairs for everybody. The day is held."""
    rows = list(squeeze.retimings.select_related("visit__site", "visit__patient__merged_into").order_by("pk"))
    if not rows:
        return
    chairs.defer()
    for row in rows:
        _give_new_start(row, by=by, at=at)
    plan = open_day(site=squeeze.site, day=squeeze.day, at=at)
    moved = {row.visit_id for row in rows}
    if not all(_has_hands(plan, place) for place in plan.places if place.visit in moved):
        raise CannotSqueeze("The nurses are taken by now. Ask again.")
    sittings = [sitting(place) for place in plan.places if place.chair is not None]
    found = colouring.colour(sittings, plan.seats)
    if found is None:
        raise CannotSqueeze("The chairs are taken by now. Ask again.")
    now = {one.key: one.chair for one in sittings}
    chairs.move_others({key: chair for key, chair in found.items() if chair != now[key]})
    chairs.check_now()


def _give_new_start(row: Retiming, *, by: User, at: datetime) -> None:
    """Compare-and-set: only a visit that is still booked where it was. The patient gets a message to call."""
    if not moving.give_new_start(
        visit=row.visit, was_at=row.was_at, starts_at=row.will_be_at, why="as agreed", by=by, at=at
    ):
        raise CannotSqueeze("Somebody who was to move has come, or was moved or cancelled. Ask again.")


def _has_hands(plan: OpenDay, place: Place) -> bool:
    """Whether nurses and chairs, counted without this visit, have room for it at its new start."""
    others = replace(plan, places=[one for one in plan.places if one.visit != place.visit])
    search = Search(others, Asked(place.minutes, place.load, place.kind))
    wish = slots.Wish(place.start, slots.HORIZON, place.minutes, place.load)
    return bool(slots.feasible(search.floor, wish) >> place.start & 1)


def _can_be_seated(plan: OpenDay, squeeze: Squeeze, way: Way) -> bool:
    """Counting is not all: somebody who has arrived may sit in the way of every colouring."""
    turnover = plan.day.site.turnover_minutes
    others = [sitting(_moved(place, way, turnover)) for place in plan.places if place.chair is not None]
    until = way.start + squeeze.minutes + turnover
    new = colouring.Sitting(NEW, way.start, until, squeeze.chair_kind)
    return colouring.colour([*others, new], plan.seats) is not None


def _moved(place: Place, way: Way, turnover: int) -> Place:
    start = way.moves.get(place.visit)
    if start is None:
        return place
    until = start + place.minutes
    return place._replace(start=start, until=until, chair_until=until + turnover)


def _retiming(plan: OpenDay, squeeze: Squeeze, visit: int, start: int) -> Retiming:
    was = next(place.start for place in plan.places if place.visit == visit)
    moments = {"was_at": plan.day.moment(was), "will_be_at": plan.day.moment(start)}
    return Retiming(squeeze=squeeze, visit_id=visit, **moments)


def _why_none(squeeze: Squeeze, anybody: bool, proved: bool) -> str:
    minutes = squeeze.site.may_move_minutes
    if not anybody:
        return "Nobody who is booked that day may be moved: they are here, on their way, or it is closed."
    if not proved:
        return "No way was found in the time there is for looking."
    return f"Not even moving others by up to {minutes} minutes makes room for this visit."


def _move_in(squeeze: Squeeze, target: str, verb: str, *, at: datetime, by: User | None = None) -> bool:
    with transaction.atomic(), history.verb(verb, by=by, at=at):
        return _move(squeeze, target, at=at)


def _move(squeeze: Squeeze, target: str, *, at: datetime, **facts: object) -> bool:
    """Compare-and-set. False when somebody else was first."""
    sources = [source for source, targets in SQUEEZE_MOVES.items() if target in targets]
    unmoved = Squeeze.objects.filter(pk=squeeze.pk, state__in=sources)
    moved = unmoved.update(state=target, updated_at=at, **facts)
    squeeze.refresh_from_db()
    return bool(moved)


def _answered(squeeze: Squeeze) -> CannotSqueeze:
    return CannotSqueeze(f"This is “{squeeze.get_state_display()}” already.")
