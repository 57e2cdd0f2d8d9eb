"""Somebody stands at the desk without an appointment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from infusion_center.accounts.models import User
from infusion_center.errors import Conflict
from infusion_center.places.models import Site
from patients.models import Patient
from regimens.models import Order, Regimen
from visits.models import CallRequest, Visit, Waiting
from visits.selectors import availability
from visits.services import arriving, booking, calls, days, waitlist
from visits.states import CallState, ChairKind, Status, VisitKind

SOON = timedelta(minutes=15)  # as long as somebody who is here waits without being put on a list


class IsBooked(Conflict):
    """They have a visit today: check them in."""


@dataclass(frozen=True)
class WalkIn:
    """Either the visit, arrived, or the entry of the waitlist with the next place there is, if any."""

    visit: Visit | None = None
    waiting: Waiting | None = None
    next_at: datetime | None = None
    why_not: tuple[str, ...] = ()


def walk_in(
    *,
    site: Site,
    patient: Patient,
    minutes: int,
    load: int,
    by: User,
    at: datetime,
    regimen: Regimen | None = None,
    orders: Iterable[Order] = (),
    kind: str = VisitKind.RESCUE,
    chair_kind: str = ChairKind.RECLINER,
) -> WalkIn:
    """Arrived now where a start exists within SOON, else on the waitlist; either way one who asked.

    Raises IsBooked, and what a booking refuses.
    """
    day = site.day_of(at)
    wanted: dict[str, Any] = {"minutes": minutes, "load": load, "regimen": regimen}
    wanted |= {"kind": kind, "chair_kind": chair_kind, "site": site, "patient": patient}
    with days.changing("visit.walked_in", site=site, day=day, by=by, at=at):
        _not_booked(site, patient, at)
        call = _call_of(site, patient, by=by, at=at)
        found = availability.offers(
            site=site, day=day, minutes=minutes, load=load, chair_kind=chair_kind, limit=1, at=at
        )
        next_at = found.starts[0].at if found.starts else None
        if next_at is None or next_at - at > SOON:
            waiting = waitlist.join(day=day, travel_minutes=0, call=call, **wanted, by=by, at=at)
            return WalkIn(waiting=waiting, next_at=next_at, why_not=found.why_not)
        visit = booking.book_visit(starts_at=next_at, orders=orders, call=call, **wanted, by=by, at=at)
        return WalkIn(visit=arriving.check_in(visit=visit, by=by, at=at))


def _call_of(site: Site, patient: Patient, *, by: User, at: datetime) -> CallRequest:
    """The call they made this morning, else coming is asking."""
    day = site.day_of(at)
    made = CallRequest.objects.filter(site=site, day=day, patient=patient, state=CallState.OPEN)
    return made.order_by("pk").first() or calls.take_call(
        site=site, day=day, caller=patient.name, patient=patient, walk_in=True, by=by, at=at
    )


def _not_booked(site: Site, patient: Patient, at: datetime) -> None:
    today = Visit.objects.on(site=site, day=site.day_of(at)).filter(patient=patient, status=Status.BOOKED)
    visit = today.order_by("planned").first()
    if visit is not None:
        wall = f"{visit.starts_at.astimezone(site.zoneinfo):%H:%M}"
        raise IsBooked(f"{patient.called} has a visit at {wall} today: check them in.")
