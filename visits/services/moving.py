"""Another start, day or chair for a booked visit (issue 4, item 4). What it would mean: `replanning.look`.

A start given to a patient never moves by itself: somebody has spoken with them, here or for a squeeze.
"""

from copy import copy
from datetime import datetime

from infusion_center.accounts.models import User
from infusion_center.errors import Conflict
from infusion_center.shared import clock
from visits.models import Chair, Visit, VisitMove
from visits.selectors.availability import open_day
from visits.services import booking, calls, chairs, days, flow, freed, giving, reminders, replanning
from visits.states import CHAIR_IS_OPEN, Status

ASKED = "patient asked"


class MovedMeanwhile(Conflict):
    """Somebody else has moved this visit since it was looked at."""


def move(
    *,
    visit: Visit,
    starts_at: datetime,
    by: User,
    at: datetime,
    chair: Chair | None = None,
    reason: str = ASKED,
    was_at: datetime | None = None,
) -> Visit:
    """Promise this visit another start, put it into a named chair, or both. The length stays.

    `was_at`: the start it had when somebody looked. Sent twice, it is done once. Raises NoPlace with other
    times, chairs.ChairTaken, MovedMeanwhile, flow.CannotMove, and what booking refuses.
    """
    was_at, day = was_at or visit.starts_at, replanning.day_wished(visit, starts_at)
    why = reason.strip() or ASKED
    try:
        with days.changing("visit.moved", site=visit.site, day=day, also=visit.day, by=by, at=at):
            now = replanning.as_it_stands(visit, at=at)
            if now.starts_at == starts_at and chair in (None, now.chair):
                return now
            if now.starts_at != was_at or now.day != visit.day:
                raise MovedMeanwhile(f"This visit was moved to {_when(now.starts_at, now)}. Look again.")
            plan = open_day(site=now.site, day=day, at=at)
            if plan.ran_out:
                flow.expire_holds(site=now.site, day=day, at=at)
            _write(now, replanning.way_to(plan, now, starts_at, chair, at=at), why=why, by=by, at=at)
            return now
    except booking.Full as full:
        raise booking.no_place(full.search, replanning.wish_of(visit, starts_at, chair)) from None


def give_new_start(
    *,
    visit: Visit,
    was_at: datetime,
    starts_at: datetime,
    why: str,
    by: User,
    at: datetime,
    **facts: object,
) -> bool:
    """Compare-and-set: only a visit that still waits where it was. The day is held, chairs are deferred.

    What is ordered moves along, the old time is kept in its moves, its reminder is not sent, and whoever was
    promised it gets a message to call. `facts`: columns that change with it. False: it is not there any more.
    """
    there = Visit.objects.filter(pk=visit.pk, status__in=CHAIR_IS_OPEN, planned__startswith=was_at)
    if not there.update(**replanning.times_of(visit, starts_at), **facts, updated_at=at):
        return False
    visit.refresh_from_db()
    giving.move_plan(visit=visit, by_time=starts_at - was_at)
    days_too = visit.site.day_of(was_at) != visit.day
    was, will_be = (_when(start, visit, with_day=days_too) for start in (was_at, starts_at))
    _note(visit, f"Start moved from {was} to {will_be}, {why}", by, at)
    reminders.follow_new_start(visit, at=at)
    return True


def _write(now: Visit, way: replanning.Way, *, why: str, by: User, at: datetime) -> None:
    """The visit first, then who makes room for it: chairs are checked when all of it stands."""
    was, start = copy(now), way.wish.starts_at
    facts = {"chair": way.chair, "load": way.search.load, "overbooked_reason": ""}
    facts["must_leave_by"] = way.wish.must_leave_by
    chairs.defer()
    if start != was.starts_at:
        before = was.starts_at
        if not give_new_start(visit=now, was_at=before, starts_at=start, why=why, by=by, at=at, **facts):
            raise MovedMeanwhile("This visit has changed just now. Look again.")
    else:
        Visit.objects.filter(pk=now.pk).update(**facts, updated_at=at)
        now.refresh_from_db()
        _note(now, f"From {was.chair or 'no chair'} to {way.chair}, {why}", by, at)
    chairs.move_others(way.others)
    chairs.check_now()
    if start != was.starts_at and now.status == Status.BOOKED:
        _tell_who_waits(was, now, by=by, at=at)


def _tell_who_waits(was: Visit, now: Visit, *, by: User, at: datetime) -> None:
    """The old time is offered to who waits for one; who waited for the new day has a time there."""
    if was.day != now.day:
        calls.served(visit=now, by=by, at=at)
    freed.left(was=was, now=now, by=by, at=at)


def _note(visit: Visit, reason: str, by: User, at: datetime) -> None:
    """In what happened to it: a move from its state to the same."""
    state = visit.status
    VisitMove.objects.create(
        visit=visit, source=state, target=state, moved_at=at, moved_by=by, reason=reason[:200]
    )


def _when(start: datetime, visit: Visit, *, with_day: bool = False) -> str:
    return f"{clock.local(start, visit.site.zone):{'%a %d %b %H:%M' if with_day else '%H:%M'}}"
