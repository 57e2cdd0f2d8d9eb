"""Squeeze in: room for one more by moving booked visits within what the site allows (issue 4, item 2).

A start given to a patient never moves by itself: a worker proposes, staff call whoever would move, and one
transaction under the day's row writes it, if nothing has changed meanwhile.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from infusion_center.accounts.models import User
from infusion_center.audit import history
from infusion_center.errors import Conflict
from infusion_center.places.models import Site
from infusion_center.shared import clock
from patients.models import Patient
from visits.models import Retiming, Squeeze, Visit, VisitMove
from visits.rules import colouring, slots
from visits.rules.retiming import Solve, Way
from visits.selectors.availability import Asked, OpenDay, Search, kind_of, open_day, sitting
from visits.selectors.squeezing import GOOD_FOR, is_too_old, puzzle_of
from visits.services import booking, chairs, days, giving, reminders
from visits.states import SQUEEZE_MOVES, SqueezeState, Status

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
    if not all(_has_hands(plan, visit) for visit in plan.visits if visit.pk in moved):
        raise CannotSqueeze("The nurses are taken by now. Ask again.")
    sittings = [sitting(plan.day, visit) for visit in plan.visits if visit.chair_id]
    found = colouring.colour(sittings, [colouring.Seat(one.pk, one.kind, one.dim) for one in plan.chairs])
    if found is None:
        raise CannotSqueeze("The chairs are taken by now. Ask again.")
    now = {one.key: one.chair for one in sittings}
    chairs.move_others({key: chair for key, chair in found.items() if chair != now[key]})
    chairs.check_now()


def _give_new_start(row: Retiming, *, by: User, at: datetime) -> None:
    """Compare-and-set: only a visit that is still booked where it was. The patient gets a message to call."""
    visit, site = row.visit, row.visit.site
    end = row.will_be_at + timedelta(minutes=visit.minutes)
    chair_until = end + timedelta(minutes=site.turnover_minutes)
    there = Visit.objects.filter(pk=visit.pk, status=Status.BOOKED, planned__startswith=row.was_at)
    if not there.update(
        planned=DateTimeTZRange(row.will_be_at, end),
        chair_time=DateTimeTZRange(row.will_be_at, chair_until),
        updated_at=at,
    ):
        raise CannotSqueeze("Somebody who was to move has come, or was moved or cancelled. Ask again.")
    visit.refresh_from_db()
    giving.move_plan(visit=visit, by_time=row.will_be_at - row.was_at)
    was, will_be = (f"{clock.local(start, site.zone):%H:%M}" for start in (row.was_at, row.will_be_at))
    VisitMove.objects.create(
        visit=visit,
        source=Status.BOOKED,
        target=Status.BOOKED,
        moved_at=at,
        moved_by=by,
        reason=f"Start moved from {was} to {will_be}, as agreed",
    )
    reminders.compose_changed(visit, at=at)


def _has_hands(plan: OpenDay, visit: Visit) -> bool:
    """Whether nurses and chairs, counted without this visit, have room for it at its new start."""
    others = OpenDay(plan.day, plan.chairs, [o for o in plan.visits if o.pk != visit.pk], [], plan.at)
    search = Search(others, Asked(visit.minutes, visit.load, kind_of(visit)))
    minute = plan.day.minute(visit.starts_at)
    wish = slots.Wish(minute, slots.HORIZON, visit.minutes, visit.load)
    return bool(slots.feasible(search.floor, wish) >> minute & 1)


def _can_be_seated(plan: OpenDay, squeeze: Squeeze, way: Way) -> bool:
    """Counting is not all: somebody who has arrived may sit in the way of every colouring."""
    turnover = plan.day.site.turnover_minutes

    def at(start: int, minutes: int, **facts: Any) -> colouring.Sitting:
        return colouring.Sitting(start=start, until=start + minutes + turnover, **facts)

    others = []
    for visit in plan.visits:
        if visit.chair_id and visit.pk in way.moves:
            others.append(at(way.moves[visit.pk], visit.minutes, key=visit.pk, kind=kind_of(visit)))
        elif visit.chair_id:
            others.append(sitting(plan.day, visit))
    new = at(way.start, squeeze.minutes, key=0, kind=squeeze.chair_kind)
    seats = [colouring.Seat(chair.pk, chair.kind, chair.dim) for chair in plan.chairs]
    return colouring.colour([*others, new], seats) is not None


def _retiming(plan: OpenDay, squeeze: Squeeze, visit: int, start: int) -> Retiming:
    was_at = next(one.starts_at for one in plan.visits if one.pk == visit)
    return Retiming(squeeze=squeeze, visit_id=visit, was_at=was_at, will_be_at=plan.day.moment(start))


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
