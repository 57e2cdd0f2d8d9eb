"""What a visit's move means for those who wait: a time falls free, an offer is taken, refused or runs out.

Called by `flow.move`, in its transaction and with the day held, whatever verb moved the visit.
"""

from datetime import datetime, timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from infusion_center.accounts.models import User
from infusion_center.errors import Conflict
from visits.models import FreedTime, Offer, Visit
from visits.selectors.availability import open_day
from visits.selectors.waitlist import OPEN_TASKS, Waiter, fits, waiting_on
from visits.services import calls, days, waitlist
from visits.states import FREED_MOVES, HOLDS_CHAIR, OFFER_MOVES, FreedState, OfferState, Status

WORTH_A_CALL = timedelta(minutes=15)  # less than a start takes is not called about
ANSWER = {
    Status.BOOKED: OfferState.ACCEPTED,
    Status.EXPIRED: OfferState.EXPIRED,
    Status.CANCELLED: OfferState.DECLINED,
}


class FreedTimeMoved(Conflict):
    """Another desk was first, or the time has passed."""


def follow(*, visit: Visit, source: str, by: User | None, at: datetime) -> None:
    """After a visit went from `source` to where it is now."""
    if source == Status.BOOKED and by is not None:
        waitlist.no_earlier(visit=visit, by=by, at=at)
    if source == Status.HELD:
        _answered(visit, by=by, at=at)
    elif visit.status not in HOLDS_CHAIR:
        time_freed(visit=visit, begins=visit.starts_at, ends=visit.ends_at, by=by, at=at)
    elif source not in HOLDS_CHAIR:
        for task in FreedTime.objects.filter(visit=visit, state=FreedState.OPEN):
            move(task, FreedState.GONE, at=at)


def time_freed(
    *, visit: Visit, begins: datetime, ends: datetime, by: User | None, at: datetime
) -> FreedTime | None:
    """One task for what is left of this time, if somebody on the waitlist fits into it. The day is held."""
    begins = max(begins, at)
    if ends - begins < WORTH_A_CALL:
        return None
    waiting = list(waiting_on(site=visit.site, day=visit.day))
    if not waiting or FreedTime.objects.filter(visit=visit, state__in=OPEN_TASKS).exists():
        return None
    plan = open_day(site=visit.site, day=visit.day, at=at)
    kind = visit.chair.kind if visit.chair else visit.chair_kind
    span = plan.day.minute(begins), plan.day.minute(ends)
    waiters = [Waiter(one, plan) for one in waiting]
    if not fits(span=span, chair_kind=kind, waiters=waiters):
        return None
    return FreedTime.objects.create(
        site=visit.site,
        day=visit.day,
        visit=visit,
        chair_kind=kind,
        span=DateTimeTZRange(begins, ends),
        freed_at=at,
        freed_by=by,
    )


def left(*, was: Visit, now: Visit, by: User, at: datetime) -> None:
    """A booked visit was moved: what it leaves of its old time is free, and where it is now is not."""
    for task in FreedTime.objects.filter(visit=now, state=FreedState.OPEN, span__overlap=now.planned):
        move(task, FreedState.GONE, at=at)
    begins, ends = _rest(was.starts_at, was.ends_at, taken=now, at=at)
    time_freed(visit=was, begins=begins, ends=ends, by=by, at=at)


def move(task: FreedTime, target: str, *, at: datetime) -> FreedTime:
    """The one compare-and-set of a freed time. Raises FreedTimeMoved in words."""
    sources = [source for source, targets in FREED_MOVES.items() if target in targets]
    moved = FreedTime.objects.filter(pk=task.pk, state__in=sources).update(state=target, updated_at=at)
    task.refresh_from_db()
    if not moved:
        raise FreedTimeMoved(_where_it_is(task))
    return task


def pass_by(*, at: datetime) -> int:
    """Close what nobody took in time, one transaction per task. Safe to run again. Returns how many."""
    over = FreedTime.objects.filter(state=FreedState.OPEN, span__endswith__lte=at).select_related("site")
    tasks = list(over.order_by("pk"))
    for task in tasks:
        with days.changing("time.passed", site=task.site, day=task.day, by=None, at=at):
            rows = FreedTime.objects.filter(pk=task.pk, state=FreedState.OPEN)
            rows.update(state=FreedState.PASSED, updated_at=at)
    return len(tasks)


def _answered(visit: Visit, *, by: User | None, at: datetime) -> None:
    """A hold was confirmed, given back or ran out: so was the offer it stood for, if there was one."""
    offer = Offer.objects.filter(visit=visit).select_related("freed").first()
    if by is not None and visit.status == Status.BOOKED:
        calls.served(visit=visit, by=by, at=at)
    if offer is None:
        return
    target = ANSWER[Status(visit.status)]
    sources = [source for source, targets in OFFER_MOVES.items() if target in targets]
    Offer.objects.filter(pk=offer.pk, state__in=sources).update(state=target, answered_at=at, updated_at=at)
    move(offer.freed, FreedState.TAKEN if target == OfferState.ACCEPTED else FreedState.OPEN, at=at)
    if target == OfferState.ACCEPTED:
        _offer_the_rest(offer.freed, visit, by=by, at=at)


def _offer_the_rest(task: FreedTime, taken: Visit, *, by: User | None, at: datetime) -> None:
    """What the patient leaves of the freed time is a task again."""
    begins, ends = _rest(task.span.lower, task.span.upper, taken=taken, at=at)
    time_freed(visit=task.visit, begins=begins, ends=ends, by=by, at=at)


def _rest(begins: datetime, ends: datetime, *, taken: Visit, at: datetime) -> tuple[datetime, datetime]:
    """Of a time, the longer piece that a visit leaves of it, turnover kept."""
    turnover = timedelta(minutes=taken.site.turnover_minutes)
    before = begins, min(ends, taken.starts_at - turnover)
    after = max(begins, taken.ends_at + turnover), ends
    return max(before, after, key=lambda piece: piece[1] - max(piece[0], at))


def _where_it_is(task: FreedTime) -> str:
    """Said to whoever comes second."""
    offer = task.offers.filter(state=OfferState.OPEN).select_related("waiting__patient", "offered_by").first()
    if offer is None:
        return f"This time is “{task.get_state_display()}” now."
    return f"{offer.offered_by.short_name} is offering this time to {offer.waiting.patient.called} just now."
