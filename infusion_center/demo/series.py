"""Who comes back every 84 days: overdue, window closed, outside the window, booked, and two still ahead."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from infusion_center.demo.day import Staff
from infusion_center.errors import DomainError
from infusion_center.places.models import Site
from patients.models import Patient
from regimens.models import Regimen
from visits.models import Series
from visits.services import rescheduling, series
from visits.services.consequences import LookFirst
from visits.services.series_terms import Terms, Wish

REGIMEN = "eptinezumab_100"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Member:
    """When the next dose is due, in days from today; None: as the visit that is booked says."""

    family: str
    due_in: int | None
    wish: Wish = Wish()
    comfort: str = ""


MEMBERS = [
    Member("Klein", -20),
    Member("Mante", -9, comfort="Daughter comes along"),
    Member("Echevarría", None),
    Member("Larson", 4),
    Member("Rice", 6, wish=Wish(start_from=9 * 60, start_until=11 * 60), comfort="Dim light"),
    Member("Vargas", 20, wish=Wish(weekday=1)),
]


def make(*, site: Site, patients: Mapping[str, Patient], at: datetime) -> int:
    """Start them unless there are some. Returns how many run."""
    if not Series.objects.exists():
        staff, today = Staff(), site.day_of(at)
        begun = {one.family: _begin(one, site, patients, staff, today, at) for one in MEMBERS}
        _nobody_answered(begun.get("Mante"), staff, at)
        _thirteen_weeks(begun.get("Larson"), site, staff, today, at)
    return Series.objects.count()


def _begin(
    member: Member, site: Site, patients: Mapping[str, Patient], staff: Staff, today: date, at: datetime
) -> Series | None:
    patient = patients.get(member.family)
    if patient is None:
        return None
    regimen = Regimen.objects.get(code=REGIMEN)
    every = (regimen.series_days or 84) * DAY
    elsewhere = None if member.due_in is None else today + member.due_in * DAY - every
    with suppress(DomainError):  # nothing booked: a day made too late has no visit to begin with
        return series.start(
            patient=patient,
            site=site,
            regimen=regimen,
            terms=Terms(comfort=member.comfort),
            wish=member.wish,
            given_elsewhere_on=elsewhere,
            by=staff.desk,
            at=at,
        )
    return None


def _nobody_answered(row: Series | None, staff: Staff, at: datetime) -> None:
    if row is not None:
        series.tried(occurrence=row.occurrences.get(number=1), by=staff.desk, at=at - timedelta(hours=1))


def _thirteen_weeks(row: Series | None, site: Site, staff: Staff, today: date, at: datetime) -> None:
    """Booked after twelve weeks; then the payer counts thirteen, and the booked day is too early."""
    if row is None:
        return
    starts_at = site.moment(today + 5 * DAY, time(13, 0))
    series.confirm(occurrence=row.occurrences.get(number=1), starts_at=starts_at, by=staff.desk, at=at)
    try:
        _change(row, staff, at)
    except LookFirst as look:
        _change(row, staff, at, agreed=look.mark)


def _change(row: Series, staff: Staff, at: datetime, agreed: str = "") -> None:
    rescheduling.change_terms(series=row, terms=Terms(every_days=91), by=staff.desk, at=at, agreed=agreed)
