"""Today's waitlist: who wants a time and has none, or has a later one and would come earlier."""

from datetime import date, datetime

from django.db.models import Q

from infusion_center.accounts.models import User
from infusion_center.errors import Conflict, DomainError
from infusion_center.places.models import Site
from patients.models import Patient
from regimens.models import Regimen
from visits.models import CallRequest, Visit, Waiting
from visits.services import days, triage
from visits.states import WAIT_MOVES, ChairKind, OfferState, Status, VisitKind, WaitState


class CannotWait(DomainError):
    """Not on today's list."""


class NotWaiting(Conflict):
    """They are off the list already, or a time is offered to them just now."""


def join(
    *,
    site: Site,
    day: date,
    patient: Patient,
    minutes: int,
    load: int,
    by: User,
    at: datetime,
    regimen: Regimen | None = None,
    kind: str = VisitKind.RESCUE,
    reason: str = "",
    chair_kind: str = ChairKind.RECLINER,
    earliest_at: datetime | None = None,
    must_leave_by: datetime | None = None,
    travel_minutes: int | None = None,
    call: CallRequest | None = None,
    visit: Visit | None = None,
) -> Waiting:
    """Put somebody on today's list. `travel_minutes` None: not known. Once per patient and day.

    `visit`: booked already, and given up for an earlier time. Raises CannotWait, triage.NotForAChair, and
    days.PromiseKept where they are on the list.
    """
    if day != site.day_of(at):
        raise CannotWait("The waitlist is today's: book another day.", field="day")
    if visit is not None and visit.status != Status.BOOKED:
        raise CannotWait(f"Only a booked visit can come earlier; this one is “{visit.get_status_display()}”.")
    with days.changing("waitlist.joined", site=site, day=day, by=by, at=at):
        if call is not None:
            triage.still_open(call)
            triage.may_have_a_chair(call)
        return Waiting.objects.create(
            site=site,
            day=day,
            patient=patient,
            call=call,
            visit=visit,
            regimen=regimen,
            kind=kind,
            reason=reason.strip(),
            minutes=minutes,
            load=load,
            chair_kind=chair_kind,
            earliest_at=earliest_at,
            must_leave_by=must_leave_by,
            travel_minutes=travel_minutes,
            since=call.called_at if call else at,
            listed_by=by,
        )


def wants_earlier(
    *, visit: Visit, by: User, at: datetime, earliest_at: datetime | None = None, travel_minutes: int | None
) -> Waiting:
    """Somebody booked for later today or another day would come today, as soon as there is a time."""
    return join(
        site=visit.site,
        day=visit.site.day_of(at),
        patient=visit.patient.merged_into or visit.patient,
        minutes=visit.minutes,
        load=visit.load,
        regimen=visit.regimen,
        kind=visit.kind,
        reason=visit.reason,
        chair_kind=visit.chair_kind,
        must_leave_by=visit.must_leave_by if visit.day == visit.site.day_of(at) else None,
        earliest_at=earliest_at,
        travel_minutes=travel_minutes,
        visit=visit,
        by=by,
        at=at,
    )


def withdraw(*, waiting: Waiting, reason: str, by: User, at: datetime) -> Waiting:
    """They wait no longer. An open offer is answered first."""
    if not reason.strip():
        raise DomainError("Say why in a few words.", field="reason")
    with days.changing("waitlist.left", site=waiting.site, day=waiting.day, by=by, at=at):
        if waiting.offers.filter(state=OfferState.OPEN).exists():
            raise NotWaiting("A time is offered to them just now: say whether they take it.")
        return _move(waiting, WaitState.WITHDRAWN, by=by, at=at, closed_reason=reason.strip())


def booked(*, visit: Visit, by: User, at: datetime) -> Waiting | None:
    """Whoever was booked that day waits no longer; returns the entry, if any. The day is held. One query."""
    theirs = Q(patient=visit.patient_id) | Q(patient__merged_into=visit.patient_id)
    rows = Waiting.objects.filter(theirs, site=visit.site, day=visit.day, state=WaitState.WAITING)
    waiting = rows.select_related("call").order_by("pk").first()
    return _move(waiting, WaitState.BOOKED, by=by, at=at) if waiting else None


def no_earlier(*, visit: Visit, by: User, at: datetime) -> None:
    """A visit that somebody would have given up is no longer one to give up. The day is held. One query."""
    for waiting in Waiting.objects.filter(visit=visit, state=WaitState.WAITING):
        reason = f"Their visit is “{visit.get_status_display()}”"
        _move(waiting, WaitState.WITHDRAWN, by=by, at=at, closed_reason=reason)


def given_up_for(visit: Visit) -> Visit | None:
    """The later visit that the patient gives up by taking this hold, if it still stands. One query."""
    later = Visit.objects.filter(wants_earlier__offers__visit=visit, status=Status.BOOKED)
    return later.select_related("site", "patient").first()


def _move(waiting: Waiting, target: str, *, by: User, at: datetime, **facts: str) -> Waiting:
    sources = [source for source, targets in WAIT_MOVES.items() if target in targets]
    rows = Waiting.objects.filter(pk=waiting.pk, state__in=sources)
    moved = rows.update(state=target, closed_at=at, closed_by=by, updated_at=at, **facts)
    waiting.refresh_from_db()
    if not moved:
        raise NotWaiting(f"This entry is “{waiting.get_state_display()}” already.")
    return waiting
