"""The call list: who phoned for a chair, and what became of it."""

from datetime import date, datetime
from typing import Any

from infusion_center.accounts.models import User
from infusion_center.errors import Conflict, DomainError
from infusion_center.places.models import Site
from patients.models import Patient
from visits.models import CallRequest, Visit
from visits.services import days
from visits.states import CALL_MOVES, CallState


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
) -> CallRequest:
    """Note a request before there is a time for it. `day` is the day they want to be seen."""
    if not caller.strip():
        raise DomainError("Who is calling?", field="caller")
    with days.changing("call.taken", site=site, day=day, by=by, at=at):
        return CallRequest.objects.create(
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
        )


def refuse(*, call: CallRequest, reason: str, by: User, at: datetime) -> CallRequest:
    """No place for them; the reason is kept for the “seen same day” rate."""
    return _end(call, CallState.REFUSED, "call.refused", reason=reason, by=by, at=at)


def close(*, call: CallRequest, reason: str, by: User, at: datetime) -> CallRequest:
    """They no longer want a place, or were helped otherwise."""
    return _end(call, CallState.CLOSED, "call.closed", reason=reason, by=by, at=at)


def booked(*, call: CallRequest, visit: Visit, by: User, at: datetime) -> CallRequest:
    """The request became this visit. Called by `booking` in its transaction, with the day held."""
    return _move(
        call, CallState.BOOKED, visit=visit, patient=visit.patient, closed_at=at, closed_by=by, updated_at=at
    )


def _end(call: CallRequest, target: str, verb: str, *, reason: str, by: User, at: datetime) -> CallRequest:
    if not reason.strip():
        raise DomainError("Say why in a few words.", field="reason")
    with days.changing(verb, site=call.site, day=call.day, by=by, at=at):
        facts = {"closed_at": at, "closed_by": by, "closed_reason": reason.strip(), "updated_at": at}
        return _move(call, target, **facts)


def _move(call: CallRequest, target: str, **facts: Any) -> CallRequest:
    sources = [source for source, targets in CALL_MOVES.items() if target in targets]
    moved = CallRequest.objects.filter(pk=call.pk, state__in=sources).update(state=target, **facts)
    call.refresh_from_db()
    if not moved:
        raise CallClosed(f"This call is “{call.get_state_display()}” already.")
    return call
