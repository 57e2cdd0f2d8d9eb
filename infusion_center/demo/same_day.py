"""Who called this morning, who waits for a time, and a bed that just fell free."""

from contextlib import suppress
from datetime import datetime, time, timedelta
from typing import Any

from infusion_center.accounts.models import User
from infusion_center.errors import DomainError
from infusion_center.places.models import Site
from patients.models import Patient
from visits.models import CallRequest
from visits.services import booking, calls, flow, reserves, waitlist
from visits.states import ChairKind

NONE_OF_THEM = dict.fromkeys(["thunderclap", "fever", "injury", "deficit", "pregnancy", "new_kind"], "no")
HALF_ASKED = {"thunderclap": "no", "fever": "no", "deficit": "no"}


def make(*, site: Site, patients: dict[str, Patient], desk: User, at: datetime) -> None:
    """Made once, with the day."""
    for minutes, caller, phone, wish, asked in [
        (12, "Mara Lind", "312-555-0147", "third day, nothing at home helps, could come at once", HALF_ASKED),
        (4, "Theo Brandt", "312-555-0162", "knows the magnesium, must leave by four", NONE_OF_THEM),
    ]:
        _called(site, caller, phone, wish, asked, desk, at - timedelta(minutes=minutes))
    earlier = at - timedelta(minutes=95)
    flagged = _called(site, "Ann Voss", "312-555-0171", "worst ever", {"thunderclap": "yes"}, desk, earlier)
    calls.send_on(call=flagged, where="emergency", by=desk, at=earlier)
    refused = _called(site, "Ben Ruiz", "312-555-0188", "after six only", NONE_OF_THEM, desk, earlier)
    calls.refuse(call=refused, reason="Can only come after closing", by=desk, at=earlier)
    for weekday in range(5):
        _keep_two(site, weekday, at)
    with suppress(DomainError):  # too late in the day for it
        _freed(site, patients, desk, at)


def _keep_two(site: Site, weekday: int, at: datetime) -> None:
    """Two recliners of the early afternoon are for who calls that day."""
    reserves.keep(
        site=site,
        weekday=weekday,
        chair_kind=ChairKind.RECLINER,
        starts=time(13),
        ends=time(15),
        places=2,
        released_days_before=1,
        released_at=time(16),
        by=User.objects.get(username="max"),
        at=at,
    )


def _called(
    site: Site, caller: str, phone: str, wish: str, asked: dict[str, str], desk: User, at: datetime
) -> CallRequest:
    return calls.take_call(
        site=site, day=site.day_of(at), caller=caller, phone=phone, wish=wish, red_flags=asked, by=desk, at=at
    )


def _freed(site: Site, patients: dict[str, Patient], desk: User, at: datetime) -> None:
    """The bed was booked in an hour, two wait for it, and the visit is cancelled."""
    leaver, *waiting = [patients[name] for name in ("Toy", "Mante", "Echevarría") if name in patients]
    starts_at = at.replace(minute=at.minute - at.minute % 5, second=0, microsecond=0) + timedelta(minutes=60)
    bed: dict[str, Any] = {"minutes": 120, "load": 3, "chair_kind": ChairKind.BED}
    visit = booking.book_visit(
        site=site, patient=leaver, starts_at=starts_at, reason="Migraine since Monday", by=desk, at=at, **bed
    )
    for patient, minutes, away in zip(waiting, (120, 90), (25, 40), strict=False):
        waitlist.join(
            site=site,
            day=site.day_of(at),
            patient=patient,
            **(bed | {"minutes": minutes}),
            earliest_at=starts_at,
            must_leave_by=starts_at + timedelta(hours=2),
            travel_minutes=away,
            by=desk,
            at=at - timedelta(minutes=minutes // 3),
        )
    flow.cancel(visit=visit, reason="Feels better", by=desk, at=at)
