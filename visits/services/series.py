"""A treatment that comes back: start its series, book a dose, skip one, end it. Edits: `rescheduling`."""

from dataclasses import asdict, replace
from datetime import date, datetime

from infusion_center.accounts.models import User
from infusion_center.errors import DomainError
from infusion_center.places.models import Site
from patients.models import Patient
from regimens.models import Drug, Regimen
from visits.models import Occurrence, Series, Visit
from visits.rules import series as rules
from visits.rules.series import Fate
from visits.selectors import series as found
from visits.selectors.loads import visit_load
from visits.services import booking, days, occurrences
from visits.services.consequences import agree, changing, fate_of, reached_by, release_visits
from visits.services.series_terms import SeriesRefused, Terms, Wish, counted_drug, sensible, sensible_wish
from visits.states import HOLDS_CHAIR, OccurrenceState, Scope, VisitKind


def start(
    *,
    patient: Patient,
    site: Site,
    regimen: Regimen,
    by: User,
    at: datetime,
    terms: Terms | None = None,
    wish: Wish | None = None,
    first_due_on: date | None = None,
    given_elsewhere_on: date | None = None,
) -> Series:
    """Begin a series. It counts from the last dose given here, else elsewhere, else from its first due day.

    A visit that is booked for the regimen already becomes its first dose. Raises SeriesRefused.
    """
    drug = counted_drug(regimen)
    terms = terms or Terms()
    if terms.every_days is None:
        terms = replace(terms, every_days=regimen.series_days)
    sensible(terms)
    wish = sensible_wish(wish or Wish())
    with days.changing("series.started", site=site, day=site.day_of(at), by=by, at=at):
        _not_running(patient, drug)
        if given_elsewhere_on and given_elsewhere_on > site.day_of(at):
            raise SeriesRefused("That day is still to come.", field="given_elsewhere_on")
        coming = _booked_already(patient, regimen, site.day_of(at))
        due = _first_due(patient, drug, terms, first_due_on, given_elsewhere_on, coming)
        series = Series.objects.create(
            patient=patient,
            site=site,
            regimen=regimen,
            drug=drug,
            given_elsewhere_on=given_elsewhere_on,
            started_on=site.day_of(at),
            started_by=by,
            **asdict(terms),
            **asdict(wish),
        )
        first = Occurrence.objects.create(series=series, number=1, due_on=due, **asdict(wish))
        occurrences.top_up(series)
        if coming is not None:
            occurrences.booked(visit=coming, occurrence=first, at=at)
    return series


def confirm(*, occurrence: Occurrence, starts_at: datetime, by: User, at: datetime) -> Visit:
    """Book this dose: the patient has agreed to this start. Its length is that of the order that waits.

    Raises what `booking.book_visit` raises, and DoseIsPast where somebody else was first.
    """
    series, order = occurrence.series, found.order_waiting(occurrence.series)
    what = order or series.regimen
    said = f"Dose {occurrence.number} of a series"
    return booking.book_visit(
        site=series.site,
        patient=found.person_of(series),
        starts_at=starts_at,
        minutes=what.chair_minutes,
        load=visit_load(
            site=series.site,
            day=booking.day_asked(series.site, starts_at, at=at),
            orders=[order] if order else [],
            regimen=series.regimen,
            otherwise=what.load,
        ),
        regimen=series.regimen,
        orders=[order] if order else [],
        reason=f"{said}: {series.comfort}" if series.comfort else said,
        kind=VisitKind.SCHEDULED,
        chair_kind=series.chair_kind,
        occurrence=occurrence,
        by=by,
        at=at,
    )


def tried(*, occurrence: Occurrence, by: User, at: datetime) -> Occurrence:
    """The patient was called and did not answer; the dose still waits for a time."""
    with changing(occurrence.series, "occurrence.tried", by=by, at=at):
        waiting = Occurrence.objects.filter(pk=occurrence.pk, state=OccurrenceState.PROPOSED)
        if not waiting.update(tried_at=at, tried_by=by, updated_at=at):
            occurrence.refresh_from_db()
            raise occurrences.DoseIsPast(
                f"Dose {occurrence.number} is “{occurrence.get_state_display()}” now."
            )
        occurrence.refresh_from_db()
    return occurrence


def skip(*, occurrence: Occurrence, reason: str, by: User, at: datetime, agreed: str = "") -> Occurrence:
    """This dose will not be given; the later ones keep their days. Its booked time is given back.

    Raises LookFirst where it is booked, and DomainError without a reason.
    """
    why = _said(reason)
    with changing(occurrence.series, "occurrence.skipped", by=by, at=at) as series:
        (now,) = reached_by(series, occurrence, Scope.ONE)
        consequences = [fate_of(now, "skipped")]
        agree(consequences, agreed)
        release_visits([now], consequences, why, by=by, at=at)
        occurrences.move(occurrence=now, target=OccurrenceState.SKIPPED, at=at, reason=why)
        occurrences.top_up(series)
    return now


def end(
    *, series: Series, reason: str, by: User, at: datetime, cancel_visits: bool = True, agreed: str = ""
) -> Series:
    """No more doses. What is booked is cancelled with it, or kept; nothing of it comes back either way."""
    why = _said(reason)
    with changing(series, "series.ended", by=by, at=at) as now:
        waiting = list(found.to_come(now))
        booked: Fate = "ended" if cancel_visits else "kept"
        consequences = [fate_of(one, booked if one.visit else "ended") for one in waiting]
        agree(consequences, agreed)
        today = now.site.day_of(at)
        Series.objects.filter(pk=now.pk).update(ended_on=today, ended_by=by, ended_reason=why, updated_at=at)
        if cancel_visits:
            release_visits(waiting, consequences, why, by=by, at=at)
        for one in found.to_come(now).filter(state=OccurrenceState.PROPOSED):
            occurrences.move(occurrence=one, target=OccurrenceState.CANCELLED, at=at, reason=why)
    series.refresh_from_db()
    return series


def _said(reason: str) -> str:
    if not reason.strip():
        raise DomainError("Say why in a few words.", field="reason")
    return reason.strip()[:200]


def _not_running(patient: Patient, drug: Drug) -> None:
    if found.running(patient, drugs=[drug.pk]).exists():
        raise SeriesRefused(f"A series of {drug.name} is running for this patient already.", field="regimen")


def _booked_already(patient: Patient, regimen: Regimen, today: date) -> Visit | None:
    """A visit to come for the regimen that belongs to no series yet."""
    rows = Visit.objects.filter(patient=patient, regimen=regimen, status__in=HOLDS_CHAIR, day__gte=today)
    return rows.filter(occurrences=None).order_by("day", "pk").first()


def _first_due(
    patient: Patient,
    drug: Drug,
    terms: Terms,
    first_due_on: date | None,
    given_elsewhere_on: date | None,
    coming: Visit | None,
) -> date:
    """Counted from the last dose; typed, or booked, where there is none. Raises SeriesRefused."""
    dose = found.last_dose(patient, drug)
    given = max((day for day in (dose and dose.day, given_elsewhere_on) if day), default=None)
    if given is not None:
        counted = rules.after_dose(given, as_number=0, numbers=[1], every=terms.every_days or 1)[1]
        if first_due_on and first_due_on < rules.window(counted, terms.early_days, 0).opens:
            raise SeriesRefused(
                f"The last dose was given on {given:%d %b %Y}: the next is due on {counted:%d %b %Y}.",
                field="first_due_on",
            )
        return first_due_on or counted
    if first_due_on is None and coming is None:
        raise SeriesRefused(
            "Say when the first dose is due, or when the last was given.", field="first_due_on"
        )
    return first_due_on or coming.day  # type: ignore[union-attr]  # one of them is there
