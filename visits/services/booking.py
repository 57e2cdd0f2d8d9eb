"""Giving somebody a place: hold, book, confirm, and hang an order on it (requirements 1, 40-46).

A booking counts nurses and chairs again under the day row, then writes; the constraints catch whoever
forgets (decision 0003). Losers are told in words, with other times, which are reckoned when the day row is
free again: whoever waits behind them does not wait for that.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from infusion_center.accounts.models import User
from infusion_center.errors import Conflict, DomainError
from infusion_center.places.models import Site
from infusion_center.shared import clock
from patients.models import Patient
from patients.states import YesNo
from regimens.models import Order, Regimen
from visits.models import CallRequest, Occurrence, Visit, VisitOrder
from visits.selectors.availability import (
    NEW,
    Asked,
    Offers,
    OpenDay,
    Search,
    likes_it_dim,
    offers_on,
    open_day,
)
from visits.selectors.day import Day
from visits.selectors.known import Known, known_of
from visits.services import calls, chairs, days, flow, giving, limits, occurrences, waitlist
from visits.states import CAME_TO_NOTHING, ChairKind, Given, Status, VisitKind

OVERBOOKED_PER_DAY = 2
MAY_HAVE_STARTED = timedelta(minutes=5)  # a phone call takes that long
SHORTEST, LONGEST = 5, 12 * 60  # minutes
YEARS = range(2000, 2100)


class CannotBook(DomainError):
    """The request itself cannot be: closed, past, too long, or a record that nobody books for."""


class KeyUsed(Conflict):
    """A program sent two different bookings under one key."""


class PatientIsBusy(Conflict):
    """The patient has another visit at that time."""


class NoPlace(Conflict):
    """No chair or no nurse at that time. `offers` says what there is instead."""

    def __init__(self, message: str, offers: Offers):
        super().__init__(message, field="starts_at")
        self.offers = offers


class Full(Exception):
    """What NoPlace is while the day is held: the day as it was found, not yet searched for other times."""

    def __init__(self, search: Search):
        super().__init__()
        self.search = search


def book_visit(
    *,
    site: Site,
    patient: Patient,
    starts_at: datetime,
    minutes: int,
    load: int,
    by: User,
    at: datetime,
    regimen: Regimen | None = None,
    orders: Iterable[Order] = (),
    reason: str = "",
    kind: str = VisitKind.RESCUE,
    chair_kind: str = ChairKind.RECLINER,
    must_leave_by: datetime | None = None,
    overbooked_reason: str = "",
    call: CallRequest | None = None,
    has_driver: str = YesNo.UNKNOWN,
    driver_name: str = "",
    occurrence: Occurrence | None = None,
    key: UUID | None = None,
    beyond_limit_because: str = "",
) -> Visit:
    """Book a visit of this length and load. The start is promised to the patient; the chair may still change.

    `occurrence`: the dose of a series that it is for. `key`: what a program calls this request; sent again,
    it is answered with the visit it made. With `overbooked_reason` (the caller has checked the ability) it
    stands outside chair and nurse capacity, up to a daily cap. `beyond_limit_because`: why this patient comes
    more often than the site allows (the same ability).
    Raises CannotBook, PatientIsBusy, KeyUsed, TooOften, or NoPlace with other times.
    """
    visit = _draft(site, patient, starts_at, minutes, load)
    visit.status, visit.booked_at, visit.booked_by = Status.BOOKED, at, by
    visit.regimen, visit.reason, visit.kind, visit.chair_kind = regimen, reason, kind, chair_kind
    visit.must_leave_by, visit.overbooked_reason = must_leave_by, overbooked_reason.strip()
    visit.has_driver, visit.driver_name = has_driver, driver_name
    visit.key = key or visit.key
    with _for_a_place(visit, "visit.booked", also=call.day if call else None, by=by, at=at):
        made = Visit.objects.filter(key=key).first() if key else None
        if made is not None:
            return _the_same(made, visit)
        known = _place(visit, beyond=beyond_limit_because, by=by, at=at)
        for order in orders:
            attach_order(visit=visit, order=order, by=by, at=at)
        if call is not None:
            calls.booked(call=call, visit=visit, by=by, at=at)
        occurrences.booked(visit=visit, occurrence=occurrence, at=at)
        if known.waits:
            calls.served(visit=visit, by=by, at=at)
    return visit


def _the_same(made: Visit, asked: Visit) -> Visit:
    """Raises KeyUsed where the key made a visit of somebody else."""
    if (made.site_id, made.patient_id) != (asked.site_id, asked.patient_id):
        raise KeyUsed("This key was used for another booking.")
    return made


def hold_visit(
    *,
    site: Site,
    patient: Patient,
    starts_at: datetime,
    minutes: int,
    load: int,
    until: datetime,
    by: User,
    at: datetime,
    regimen: Regimen | None = None,
    reason: str = "",
    kind: str = VisitKind.RESCUE,
    chair_kind: str = ChairKind.RECLINER,
    must_leave_by: datetime | None = None,
) -> Visit:
    """Keep a place until a moment. It takes capacity like a booking, until it is confirmed or runs out."""
    if until <= at:
        raise CannotBook("A hold must last until a later moment.", field="until")
    visit = _draft(site, patient, starts_at, minutes, load)
    visit.status, visit.held_until = Status.HELD, until
    visit.regimen, visit.reason, visit.kind, visit.chair_kind = regimen, reason, kind, chair_kind
    visit.must_leave_by = must_leave_by
    with _for_a_place(visit, "visit.held", by=by, at=at):
        _place(visit, by=by, at=at)
    return visit


def day_asked(site: Site, starts_at: datetime, *, at: datetime) -> date:
    """The day of a start; today for one out of this world, which the booking then refuses."""
    return site.day_of(starts_at if starts_at.year in YEARS else at)


def confirm_hold(*, visit: Visit, by: User, at: datetime) -> Visit:
    """A hold becomes a booking, if it has not run out in the meantime.

    A later visit that the patient gives up for it is cancelled, and its orders come along.
    """
    later = waitlist.given_up_for(visit)
    also = later.day if later and later.site_id == visit.site_id else None
    with days.changing("visit.confirmed", site=visit.site, day=visit.day, also=also, by=by, at=at):
        flow.expire_holds(site=visit.site, day=visit.day, at=at)
        flow.move(visit=visit, target=Status.BOOKED, by=by, at=at, booked_at=at, booked_by=by)
        if later is not None:
            flow.move(visit=later, target=Status.CANCELLED, by=by, at=at, reason="Comes earlier instead")
            for order in later.orders.order_by("pk"):
                attach_order(visit=visit, order=order, by=by, at=at)
        return visit


def attach_order(*, visit: Visit, order: Order, by: User, at: datetime) -> None:
    """Say at which visit an order is given, and plan its administrations.

    An order whose earlier visit came to nothing moves to this one, with what was planned there.
    """
    if order.patient_id != visit.patient_id and order.patient.merged_into_id != visit.patient_id:
        raise CannotBook("This order is for another patient.", field="order")
    with days.changing("visit.order_attached", site=visit.site, day=visit.day, by=by, at=at):
        link, new = VisitOrder.objects.get_or_create(order=order, defaults={"visit": visit})
        if not new and link.visit_id != visit.pk:
            if link.visit.status not in CAME_TO_NOTHING:
                raise CannotBook("This order is planned for another visit.", field="order")
            link.visit.administrations.filter(step__order=order, state=Given.ORDERED).update(visit=visit)
            VisitOrder.objects.filter(pk=link.pk).update(visit=visit)
        giving.plan_administrations(visit=visit, order=order, by=by, at=at)


def _draft(site: Site, patient: Patient, starts_at: datetime, minutes: int, load: int) -> Visit:
    """The visit as asked for, on whole minutes, not saved."""
    if not SHORTEST <= minutes <= LONGEST:
        raise CannotBook(f"A visit lasts {SHORTEST} minutes to {LONGEST // 60} hours.", field="minutes")
    if not 1 <= load <= site.load_per_nurse:
        raise CannotBook(f"A visit loads a nurse with 1 to {site.load_per_nurse}.", field="load")
    if starts_at.year not in YEARS:
        raise CannotBook("Choose a day of this century.", field="starts_at")
    start = starts_at.replace(second=0, microsecond=0)
    end = start + timedelta(minutes=minutes)
    return Visit(
        site=site,
        patient=patient,
        day=site.day_of(start),
        planned=DateTimeTZRange(start, end),
        chair_time=DateTimeTZRange(start, end + timedelta(minutes=site.turnover_minutes)),
        minutes=minutes,
        load=load,
    )


@contextmanager
def _for_a_place(
    visit: Visit, verb: str, *, by: User, at: datetime, also: date | None = None
) -> Iterator[None]:
    """Hold the visit's day to check and write, and no longer. Raises NoPlace after it is let go.

    Who waits in vain for the day looks without holding it: what was asked for may be gone by now.
    """
    try:
        with days.changing(verb, site=visit.site, day=visit.day, also=also, by=by, at=at):
            yield
    except Full as full:
        raise no_place(full.search, visit) from None
    except days.DayBusy:
        search = search_for(open_day(site=visit.site, day=visit.day, at=at), visit)
        if not visit.overbooked_reason and search.placement(_minute(search.plan, visit)) is None:
            raise no_place(search, visit) from None
        raise


def _place(visit: Visit, *, by: User, at: datetime, beyond: str = "") -> Known:
    """Check, find a chair, write. The day is held. `beyond`: why the patient's limit does not count."""
    plan = open_day(site=visit.site, day=visit.day, at=at)
    if plan.ran_out:
        flow.expire_holds(site=visit.site, day=visit.day, at=at)
    possible(plan, visit, at=at)
    if visit.overbooked_reason:
        _within_cap(visit)
    else:
        _take_chair(plan, visit)
    known = known_of(visit, at=at)
    may_come(known)
    limits.within(visit, known, because=beyond)
    flow.begin(visit=visit, by=by, at=at, reason=beyond.strip())
    return known


def possible(plan: OpenDay, visit: Visit, *, at: datetime) -> None:
    """The center is open for it and the patient is free. Raises CannotBook or PatientIsBusy; no query."""
    _within_hours(plan.day, visit, at)
    _patient_is_free(plan, visit)


def _take_chair(plan: OpenDay, visit: Visit) -> None:
    """Name a chair; others not here yet may change theirs for it. Raises Full."""
    search = search_for(plan, visit)
    found = search.placement(_minute(search.plan, visit))
    if found is None:
        raise Full(search)
    visit.load = search.load
    visit.chair = plan.chair(found[NEW])
    chairs.move_others(search.changes(found))


def search_for(plan: OpenDay, visit: Visit) -> Search:
    dim = likes_it_dim(visit.patient.comfort)
    asked = Asked(
        minutes=visit.minutes,
        load=visit.load,
        chair_kind=visit.chair_kind,
        earliest_at=visit.starts_at,
        must_leave_by=visit.must_leave_by,
        dim=dim,
        person=visit.patient_id,
    )
    return Search(plan, asked)


def _minute(plan: OpenDay, visit: Visit) -> int:
    return plan.day.minute(visit.starts_at)


def no_place(search: Search, visit: Visit) -> NoPlace:
    """`Chair and nurses are taken at 10:00; next: 10:15, 10:45, 11:30.` No query: the day is let go."""
    day = search.plan.day
    minute = _minute(search.plan, visit)
    full = " and ".join(search.full_at(minute))
    wall = day.wall(visit.starts_at)
    taken = search.kept_at(minute) or f"{full.capitalize()} are taken at {wall}"
    offers = offers_on(search)
    times = ", ".join(day.wall(start.at) for start in offers.starts)
    then = f"next: {times}." if times else "nothing later that day. " + " ".join(offers.why_not)
    return NoPlace(f"{taken.rstrip('.')}; {then}".strip(), offers)


def _within_hours(day: Day, visit: Visit, at: datetime) -> None:
    sentence = _outside_hours(day, visit, at)
    if sentence:
        raise CannotBook(sentence, field="starts_at")


def _outside_hours(day: Day, visit: Visit, at: datetime) -> str:
    """Open that day, not past, not before opening or after closing, and home in time. Empty: all of it."""
    start, end, leave_by = visit.starts_at, visit.ends_at, visit.must_leave_by
    if day.opens_at is None or day.closes_at is None or day.closure:
        return day.closed_because
    if start < at - MAY_HAVE_STARTED:
        return f"{day.wall(start)} on {day.day:%a %d %b %Y} has passed."
    if start < day.opens_at:
        return f"The center opens at {day.wall(day.opens_at)}."
    if end > day.closes_at:
        return f"Would end at {day.wall(end)}, after closing at {day.wall(day.closes_at)}."
    if leave_by and end > leave_by:
        return f"Would end at {day.wall(end)}, but the patient has to leave by {day.wall(leave_by)}."
    return ""


def _patient_is_free(plan: OpenDay, visit: Visit) -> None:
    """Of other visits here that day, also under a record that was merged into this one. No query."""
    start = _minute(plan, visit)
    other = plan.theirs(visit.patient_id, start, start + visit.minutes)
    if other is not None:
        raise _busy(plan.day.moment(other.start), plan.day.moment(other.until), visit.site.zone)


def may_come(known: Known) -> None:
    """The record is the one that was kept, the patient lives, and is at no other site at that time."""
    if known.merged_into is not None:
        raise CannotBook(
            "This record was merged into another one; book for the one that was kept.", field="patient"
        )
    if known.died_on is not None:
        raise CannotBook("This patient has died.", field="patient")
    if known.there_since and known.there_until and known.there_zone:
        raise _busy(known.there_since, known.there_until, known.there_zone)


def _busy(start: datetime, end: datetime, zone: str) -> PatientIsBusy:
    since, until = (f"{clock.local(at, zone):%H:%M}" for at in (start, end))
    return PatientIsBusy(f"This patient has a visit from {since} to {until} already.", field="starts_at")


def _within_cap(visit: Visit) -> None:
    """Overbooking is for the day's emergencies, not a second book (requirement 43)."""
    used = Visit.objects.on(site=visit.site, day=visit.day).exclude(overbooked_reason="")
    if used.exclude(status__in=CAME_TO_NOTHING).count() >= OVERBOOKED_PER_DAY:
        raise CannotBook(
            f"{OVERBOOKED_PER_DAY} visits are overbooked that day already.", field="overbooked_reason"
        )
