"""What bookings, endings and undone endings of visits do to the series they belong to.

Called by `booking` and `flow` in their transaction, with the visit's day held: a dose given and the days that
follow from it are one act.
"""

from collections.abc import Mapping
from datetime import date, datetime

from infusion_center.errors import Conflict
from patients.models import Patient
from visits.models import Administration, Occurrence, Series, Visit
from visits.rules import series as rules
from visits.selectors import series as found
from visits.states import (
    CAME_TO_NOTHING,
    ENDED_IN_CHAIR,
    FINISHED,
    OCCURRENCE_MOVES,
    STILL_TO_COME,
    OccurrenceState,
    Status,
)

AHEAD = 4  # doses to come that each running series shows


class DoseIsPast(Conflict):
    """Somebody else has booked, given or taken out this dose."""


def move(*, occurrence: Occurrence, target: str, at: datetime, **facts: object) -> Occurrence:
    """The one compare-and-set of a dose's state. Raises DoseIsPast in words."""
    sources = [source for source, targets in OCCURRENCE_MOVES.items() if target in targets]
    rows = Occurrence.objects.filter(pk=occurrence.pk, state__in=sources)
    moved = rows.update(state=target, updated_at=at, **facts)
    occurrence.refresh_from_db(fields=["state", *facts])
    if not moved:
        raise DoseIsPast(f"Dose {occurrence.number} is “{occurrence.get_state_display()}” now.")
    return occurrence


def booked(*, visit: Visit, occurrence: Occurrence | None, at: datetime) -> None:
    """The visit is for this dose. Booked some other way, it is for the next dose of its regimen's series."""
    meant = occurrence or _next_of(visit)
    if meant is not None:
        lock(meant.series)
        facts = {"visit": visit, "tried_at": None, "tried_by": None, "reason": ""}
        move(occurrence=meant, target=OccurrenceState.CONFIRMED, at=at, **facts)


def follow(*, visit: Visit, source: str, at: datetime) -> None:
    """The visit has moved from `source` to where it is now."""
    if visit.status in CAME_TO_NOTHING:
        for one in _booked_into(visit):
            _open_again(one, visit.get_status_display().lower(), at=at)
    elif visit.status in ENDED_IN_CHAIR:
        _count(visit, at=at)
    elif source == Status.DONE:
        _take_back(visit, at=at)


def redate(series: Series, due: Mapping[int, date], *, at: datetime) -> None:
    """Set the due days of doses to come. What is booked keeps its visit; if it fits is read from both."""
    for one in found.to_come(series):
        if one.number in due and due[one.number] != one.due_on:
            Occurrence.objects.filter(pk=one.pk).update(due_on=due[one.number], updated_at=at)


def top_up(series: Series) -> None:
    """Add doses until `AHEAD` are to come. Numbers go on from the highest ever used."""
    if series.ended_on is not None:
        return
    rows = list(series.occurrences.order_by("number"))
    waiting = [one for one in rows if one.state in STILL_TO_COME]
    counted = waiting or [one for one in rows if one.given_on] or rows
    new = [rows[-1].number + n for n in range(1, AHEAD - len(waiting) + 1)]
    base = counted[-1]
    numbers = [base.number, *new]
    due = rules.from_first(base.given_on or base.due_on, numbers=numbers, every=series.every_days)
    wish = {"weekday": series.weekday, "start_from": series.start_from, "start_until": series.start_until}
    Occurrence.objects.bulk_create(
        Occurrence(series=series, number=number, due_on=due[number], **wish) for number in new
    )


def reckon(series: Series, patient: Patient, *, at: datetime) -> None:
    """Count the doses to come from the last one that was given, whichever dose of the series it was."""
    waiting = list(found.to_come(series))
    if waiting:
        redate(series, _counted(series, waiting, found.last_dose(patient, series.drug)), at=at)


def _counted(series: Series, waiting: list[Occurrence], dose: found.Dose | None) -> dict[int, date]:
    numbers, every = [one.number for one in waiting], series.every_days
    if dose is None:
        return rules.from_first(waiting[0].due_on, numbers=numbers, every=every)
    given = series.occurrences.filter(given_on=dose.day).order_by("-number").first()
    as_number = given.number if given else numbers[0] - 1
    return rules.after_dose(dose.day, as_number=as_number, numbers=numbers, every=every)


def lock(series: Series) -> Series:
    """The series as it is now, until the transaction ends. After the day, before its doses."""
    return Series.objects.select_for_update(no_key=True).get(pk=series.pk)


def _next_of(visit: Visit) -> Occurrence | None:
    """The first dose to come of the series that this visit's regimen belongs to, if it waits for a visit."""
    if visit.regimen is None or not visit.regimen.series_days:
        return None
    drugs = visit.regimen.steps.values_list("drug", flat=True)
    series = found.running(visit.patient, drugs=list(drugs)).first()
    first = found.to_come(series).first() if series else None
    return first if first and first.state == OccurrenceState.PROPOSED else None


def _booked_into(visit: Visit) -> list[Occurrence]:
    rows = visit.occurrences.filter(state=OccurrenceState.CONFIRMED)
    return list(rows.select_related("series__drug", "series__site").order_by("pk"))


def _open_again(one: Occurrence, why: str, *, at: datetime) -> None:
    """It waits for another time, and says what became of this one. An ended series gets nothing back."""
    reason = f"{one.visit.day:%d %b %Y}: {why}" if one.visit else why
    move(occurrence=one, target=OccurrenceState.PROPOSED, at=at, visit=None, reason=reason)
    if one.series.ended_on is not None:
        move(occurrence=one, target=OccurrenceState.CANCELLED, at=at)


def _count(visit: Visit, *, at: datetime) -> None:
    """The visit has ended: its doses are given and the ones after them move, or it brought none."""
    lines = Administration.objects.filter(visit=visit, state__in=FINISHED).order_by("started_at")
    starts = {line.drug_id: line.started_at for line in lines}
    day_by_drug = {drug: visit.site.day_of(start) for drug, start in starts.items() if start}
    here = _booked_into(visit)
    for one in here:
        if one.series.drug_id not in day_by_drug:
            _open_again(one, f"{one.series.drug.name} was not given", at=at)
    if not day_by_drug:
        return
    patient = visit.patient.merged_into or visit.patient
    of_the_drug = {one.series for one in here} | set(found.running(patient, drugs=list(day_by_drug)))
    for series in sorted(of_the_drug, key=lambda series: series.pk):
        if series.drug_id in day_by_drug:
            _given(lock(series), visit, patient, day_by_drug[series.drug_id], at=at)


def _given(series: Series, visit: Visit, patient: Patient, day: date, *, at: datetime) -> None:
    """The dose of this visit, or the one that waited for a visit. An extra dose moves what follows, too."""
    first = found.to_come(series).first()
    own = found.to_come(series).filter(visit=visit).first()
    dose = own or (first if first and first.state == OccurrenceState.PROPOSED else None)
    if dose is not None:
        facts = {"visit": visit, "given_on": day, "tried_at": None, "tried_by": None, "reason": ""}
        move(occurrence=dose, target=OccurrenceState.GIVEN, at=at, **facts)
        for passed in found.to_come(series).filter(state=OccurrenceState.PROPOSED, number__lt=dose.number):
            why = f"Dose {dose.number} was given instead"
            move(occurrence=passed, target=OccurrenceState.SKIPPED, at=at, reason=why)
    reckon(series, patient, at=at)
    top_up(series)


def _take_back(visit: Visit, *, at: datetime) -> None:
    """A discharge was undone: the dose counts again when the visit ends again."""
    patient = visit.patient.merged_into or visit.patient
    given = visit.occurrences.filter(state=OccurrenceState.GIVEN)
    for one in given.select_related("series").order_by("pk"):
        move(occurrence=one, target=OccurrenceState.CONFIRMED, at=at, given_on=None)
    drugs = visit.administrations.filter(state__in=FINISHED).values_list("drug", flat=True)
    for series in found.running(patient, drugs=list(drugs)):
        reckon(lock(series), patient, at=at)
