"""A year at the center, a visit each weekday, with everything that happens to vials, to hold the books to.

Not part of the demo day: it takes minutes. `manage.py seed_demo --days 365`, then `manage.py check_ledger`.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from infusion_center.accounts.models import User
from infusion_center.demo import center, day
from infusion_center.errors import DomainError
from infusion_center.places.models import Site
from patients.models import Patient
from patients.services import history, results
from regimens.models import Lot, Product
from regimens.selectors import on_hand
from regimens.services import stocking
from visits.models import Administration
from visits.services import discharge, giving, preparing
from visits.states import Given, Status

REGIMENS = ["magnesium_antiemetic", "no_sedation_drive_home", "standard_migraine_cocktail", "valproate_load"]
MINUTE = timedelta(minutes=1)


def make(*, site: Site, patients: Mapping[str, Patient], days: int, at: datetime) -> int:
    """The weekdays before today, the earliest first. Returns how many patients were treated to the end."""
    staff, today = day.Staff(), site.day_of(at)
    first = today - timedelta(days=days)
    center.roster(site=site, day=first, days=days, at=site.moment(first, time(0)))
    people, done = sorted(patients.values(), key=lambda one: one.pk), 0
    for number, of in enumerate(_weekdays(first, today)):
        if number % 20 == 0:
            _deliver(site, of, staff.nurse)
        done += _treat(site, people[number % len(people)], number, of, staff)
    return done


def _weekdays(first: date, until: date) -> Iterator[date]:
    found = first
    while found < until:
        if found.weekday() < 5:
            yield found
        found += timedelta(days=1)


def _deliver(site: Site, of: date, by: User) -> None:
    """A month's delivery of everything in the list."""
    for product in Product.objects.order_by("pk"):
        stocking.receive_lot(
            site=site,
            product=product,
            number=f"Y{of:%y%m%d}",
            expires_on=of + timedelta(days=500),
            vials=60,
            cost_per_vial=Decimal("2.00"),
            by=by,
            at=site.moment(of, time(6)),
        )


def _treat(site: Site, patient: Patient, number: int, of: date, staff: day.Staff) -> bool:
    """One visit, with a course that follows from its number. A rule that stands against it ends it early."""
    starts_at = site.moment(of, time(10))
    plan = day.Plan(patient.family_name, REGIMENS[number % len(REGIMENS)], 0)
    until = starts_at + timedelta(hours=6)
    _known(patient, starts_at - timedelta(hours=1), staff.nurse)
    try:
        visit = day.book(site, patient, plan.regimen, starts_at, staff, starts_at - 25 * MINUTE)
    except DomainError:
        return False
    with suppress(DomainError):
        day.live(visit, plan, staff, until, COURSES[number % len(COURSES)])
    visit.refresh_from_db()
    if visit.status == Status.IN_CHAIR:
        discharge.left_early(visit=visit, reason="Had to go", by=staff.nurse, at=until)
    return visit.status == Status.DONE


def _known(patient: Patient, at: datetime, by: User) -> None:
    """Weight and kidneys of that day, without which most drugs are blocked."""
    history.measure(
        patient=patient, kind="weight", value=Decimal(70), unit="kg", measured_at=at, by=by, at=at
    )
    results.record(
        patient=patient,
        kind="clearance",
        number=Decimal(95),
        method="lab_report",
        taken_at=at,
        by=by,
        at=at,
    )


def _start(line: Administration, pains: list[int], staff: day.Staff) -> datetime:
    begins = line.scheduled_at or line.visit.starts_at
    giving.start(
        administration=line,
        lots=_lots(line),
        acknowledged=True,
        started_at=begins,
        pain=pains[0],
        by=staff.nurse,
        at=begins,
    )
    return begins


def _lots(line: Administration) -> list[Lot]:
    visit = line.visit
    found = on_hand.lots_for(drug=line.drug, site=visit.site, day=visit.day, patient=visit.patient)
    return list(found[:2])


def _mix(line: Administration, at: datetime, staff: day.Staff) -> None:
    preparing.mix(
        administration=line, lots=_lots(line), mixed_at=at, acknowledged=True, by=staff.nurse, at=at
    )


def _stop(line: Administration, begins: datetime, staff: day.Staff, given: Decimal | None = None) -> None:
    ends = begins + line.minutes * MINUTE
    giving.stop(
        administration=line,
        stopped_at=ends,
        given_amount=given,
        reason="Enough" if given else "",
        by=staff.nurse,
        at=ends,
    )


def _paused(line: Administration, pains: list[int], staff: day.Staff, until: datetime) -> None:
    """A pause of a minute, where it runs long enough."""
    begins = _start(line, pains, staff)
    if line.minutes > 3:
        for verb, after in ((giving.pause, 1), (giving.resume, 2)):
            moment = begins + after * MINUTE
            verb(administration=line, happened_at=moment, by=staff.nurse, at=moment)
    _stop(line, begins, staff)


def _partly(line: Administration, pains: list[int], staff: day.Staff, until: datetime) -> None:
    """Three quarters go in, the rest is waste."""
    begins = _start(line, pains, staff)
    _stop(line, begins, staff, given=(line.dose * Decimal("0.75")).quantize(Decimal("0.001")))


def _in_error(line: Administration, pains: list[int], staff: day.Staff, until: datetime) -> None:
    """Charted on the wrong line, taken back, and charted again."""
    begins = _start(line, pains, staff)
    line.refresh_from_db()
    again = giving.enter_in_error(
        administration=line, reason="Wrong line", by=staff.nurse, at=begins + MINUTE
    )
    again = Administration.objects.select_related("drug", "visit__site", "visit__patient").get(pk=again.pk)
    _stop(again, _start(again, pains, staff), staff)


def _thrown(line: Administration, pains: list[int], staff: day.Staff, until: datetime) -> None:
    """Mixed, dropped, mixed again, looked at by the desk of providers, and given."""
    begins = line.scheduled_at or line.visit.starts_at
    early, by = begins - 4 * MINUTE, staff.nurse
    for after in (0, 2):
        _mix(line, early + after * MINUTE, staff)
        if after == 0:
            preparing.throw_away(administration=line, reason="Dropped", by=by, at=early + MINUTE)
    preparing.check(administration=line, by=staff.provider, at=begins)
    _stop(line, _start(line, pains, staff), staff)


def _refused(line: Administration, pains: list[int], staff: day.Staff, until: datetime) -> None:
    """The last drug of the order is refused with its bag mixed; the others are given."""
    last = line.visit.administrations.exclude(state=Given.ENTERED_IN_ERROR).order_by("-position").first()
    if last is None or last.pk != line.pk:
        day.give(line, pains, staff, until)
        return
    begins = line.scheduled_at or line.visit.starts_at
    _mix(line, begins, staff)
    giving.not_given(
        administration=line, state=Given.REFUSED, reason="Feels well", by=staff.nurse, at=begins + MINUTE
    )


COURSES: list[day.Course] = [day.give, _paused, _partly, _in_error, _thrown, _refused]
