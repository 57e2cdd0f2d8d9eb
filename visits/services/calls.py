"""The call list: who phoned for a chair, and what became of it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from infusion_center.accounts.models import User
from infusion_center.errors import Conflict, DomainError
from infusion_center.places.models import Site
from patients.models import Patient
from visits.models import CallRequest, Visit, Waiting
from visits.services import days, triage, waitlist
from visits.states import CALL_MOVES, CallState, SentTo, WaitState


class CallClosed(Conflict):
    """Somebody else has answered this call."""


def take_call(
    *,
    site: Site,
    day: date,
    caller: str,
    by: User,
    at: datetime,
    phone: str = "",
    wish: str = "",
    patient: Patient | None = None,
    earliest_at: datetime | None = None,
    must_leave_by: datetime | None = None,
    walk_in: bool = False,
    red_flags: Mapping[str, str] | None = None,
) -> CallRequest:
    """Note a request before there is a time for it. `day` is the day they want to be seen.

    `red_flags`: yes or no by flag, as far as it was asked.
    """
    if not caller.strip():
        raise DomainError("Who is calling?", field="caller")
    with days.changing("call.taken", site=site, day=day, by=by, at=at):
        call = CallRequest.objects.create(
            site=site,
            day=day,
            patient=patient,
            caller=caller.strip(),
            phone=phone.strip(),
            wish=wish.strip(),
            earliest_at=earliest_at,
            must_leave_by=must_leave_by,
            called_at=at,
            taken_by=by,
            walk_in=walk_in,
        )
        return triage.ask(call=call, answers=red_flags, by=by, at=at) if red_flags else call


def refuse(*, call: CallRequest, reason: str, by: User, at: datetime) -> CallRequest:
    """No place for them; the reason is kept for the “seen same day” rate."""
    return _end(call, CallState.REFUSED, "call.refused", reason=reason, by=by, at=at)


def close(*, call: CallRequest, reason: str, by: User, at: datetime) -> CallRequest:
    """They no longer want a place, or were helped otherwise."""
    return _end(call, CallState.CLOSED, "call.closed", reason=reason, by=by, at=at)


def send_on(*, call: CallRequest, where: str, by: User, at: datetime) -> CallRequest:
    """Told to go where they belong: to an emergency department, or to a provider on the phone."""
    if where not in SentTo.values:
        raise DomainError("Say where they are sent.", field="where")
    with days.changing("call.sent_on", site=call.site, day=call.day, by=by, at=at):
        _off_the_list(call, SentTo(where).label, by=by, at=at)
        facts = {"sent_to": where, "closed_at": at, "closed_by": by, "updated_at": at}
        return _move(call, CallState.SENT_ON, **facts)


def off_the_list(*, waiting: Waiting, reason: str, by: User, at: datetime, refused: bool = False) -> Waiting:
    """Off the waitlist with their call: no place was found (`refused`), or they want none any more."""
    if waiting.call is None:
        return waitlist.withdraw(waiting=waiting, reason=reason, by=by, at=at)
    (refuse if refused else close)(call=waiting.call, reason=reason, by=by, at=at)
    waiting.refresh_from_db()
    return waiting


def served(*, visit: Visit, by: User, at: datetime) -> None:
    """Whoever is booked waits no longer, and the call they waited with has its answer. The day is held."""
    waiting = waitlist.booked(visit=visit, by=by, at=at)
    if waiting is not None and waiting.call is not None and waiting.call.state == CallState.OPEN:
        booked(call=waiting.call, visit=visit, by=by, at=at)


def booked(*, call: CallRequest, visit: Visit, by: User, at: datetime) -> CallRequest:
    """The request became this visit. Called by `booking` in its transaction, with the day held.

    Raises triage.NotForAChair while a red flag stands.
    """
    triage.may_have_a_chair(call)
    return _move(
        call, CallState.BOOKED, visit=visit, patient=visit.patient, closed_at=at, closed_by=by, updated_at=at
    )


def _end(call: CallRequest, target: str, verb: str, *, reason: str, by: User, at: datetime) -> CallRequest:
    if not reason.strip():
        raise DomainError("Say why in a few words.", field="reason")
    with days.changing(verb, site=call.site, day=call.day, by=by, at=at):
        _off_the_list(call, reason, by=by, at=at)
        facts = {"closed_at": at, "closed_by": by, "closed_reason": reason.strip(), "updated_at": at}
        return _move(call, target, **facts)


def _off_the_list(call: CallRequest, reason: str, *, by: User, at: datetime) -> None:
    """Who waits for this call waits no longer."""
    for waiting in Waiting.objects.filter(call=call, state=WaitState.WAITING):
        waitlist.withdraw(waiting=waiting, reason=reason, by=by, at=at)


def _move(call: CallRequest, target: str, **facts: Any) -> CallRequest:
    sources = [source for source, targets in CALL_MOVES.items() if target in targets]
    moved = CallRequest.objects.filter(pk=call.pk, state__in=sources).update(state=target, **facts)
    call.refresh_from_db()
    if not moved:
        raise CallClosed(f"This call is “{call.get_state_display()}” already.")
    return call
