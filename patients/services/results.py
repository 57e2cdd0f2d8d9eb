"""Tests and their results: written down, computed, struck out. Nothing is deleted."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from infusion_center.audit import history
from infusion_center.errors import Conflict, DomainError
from patients.models import Measurement, Patient, Result
from patients.rules import clearance
from patients.rules import results as rules
from patients.selectors import results as read
from patients.services import history as health
from patients.states import MeasurementKind, ResultKind, ResultMethod


class MomentRefused(DomainError):
    """A moment that is still to come, or before the person was born."""


class InErrorAlready(Conflict):
    """Somebody struck it out already."""


def record(
    *,
    patient: Patient,
    kind: str,
    number: Decimal | None = None,
    outcome: str = "",
    method: str = "",
    note: str = "",
    taken_at: datetime,
    by: Any,
    at: datetime,
) -> Result:
    """One result: a number in the unit of its kind, or an outcome. `method` empty: the usual one.

    A creatinine (mg/dL) brings its clearance with it where that can be computed. Raises ResultRefused outside
    the hard limits and MomentRefused for a moment to come, each at its field.
    """
    rules.check(kind=kind, number=number, outcome=outcome)
    check_moment(patient, taken_at, at=at, field="taken_at")
    test = rules.test_of(kind)
    row = Result(
        patient=patient,
        kind=kind,
        number=number,
        unit=test.unit,
        outcome=outcome,
        method=_method(test, method),
        note=" ".join(note.split()),
        taken_at=taken_at,
        recorded_at=at,
        recorded_by=by,
    )
    _clean(row)
    with transaction.atomic(), history.verb(f"{kind}.resulted", by=by, at=at):
        row.save(force_insert=True)
        if kind == ResultKind.CREATININE:
            _clearance_of(row, by=by, at=at)
    return row


def compute_clearance(*, creatinine: Result, by: Any, at: datetime) -> Result:
    """The clearance of a creatinine that could not have one before: after the weighing, say.

    Raises clearance.CannotCompute with what is missing.
    """
    if creatinine.in_error_at is not None or creatinine.kind != ResultKind.CREATININE:
        raise InErrorAlready("This is no creatinine that stands.")
    standing = creatinine.computed.filter(in_error_at=None).first()
    if standing is not None:
        return standing
    number = read.computed(creatinine, at=at)
    with transaction.atomic(), history.verb("clearance.resulted", by=by, at=at):
        return _write_clearance(creatinine, number, by=by, at=at)


def weigh(
    *, patient: Patient, value: Decimal, unit: str, measured_at: datetime, by: Any, at: datetime
) -> Measurement:
    """A weight in kg or lb, and with it the clearance that waited for one. Raises Unbelievable, BadFact."""
    with transaction.atomic():
        row = health.measure(
            patient=patient,
            kind=MeasurementKind.WEIGHT,
            value=value,
            unit=unit,
            measured_at=measured_at,
            by=by,
            at=at,
        )
        newest = read.newest_results(patient, at)
        creatinine = newest.get(ResultKind.CREATININE)
        if creatinine is not None and ResultKind.CLEARANCE not in newest:
            with history.verb("clearance.resulted", by=by, at=at):
                _clearance_of(creatinine, by=by, at=at)
    return row


def enter_in_error(*, result: Result, reason: str, by: Any, at: datetime) -> Result:
    """It never was so: struck out, kept, and whatever was computed from it with it."""
    said = said_why(reason)
    with transaction.atomic(), history.verb("result.entered_in_error", by=by, at=at):
        wrong = {"in_error_at": at, "in_error_by": by, "in_error_reason": said}
        if not Result.objects.filter(pk=result.pk, in_error_at=None).update(**wrong):
            raise InErrorAlready("This result is struck out already.")
        Result.objects.filter(computed_from=result.pk, in_error_at=None).update(**wrong)
    result.refresh_from_db()
    return result


def check_moment(patient: Patient, moment: datetime, *, at: datetime, field: str) -> None:
    """Raises MomentRefused."""
    if moment > at:
        raise MomentRefused("That moment is still to come.", field=field)
    if moment.date() < patient.birth_date:
        raise MomentRefused("That is before the patient was born.", field=field)


def said_why(reason: str) -> str:
    """The reason without blanks around it. Raises DomainError if there is none."""
    if not reason.strip():
        raise DomainError("Say what was wrong.", field="reason")
    return reason.strip()[:200]


def _method(test: rules.Test, method: str) -> str:
    if method and method not in test.methods:
        raise rules.ResultRefused(f"{test.name} is not done that way.", field="method")
    return method or test.methods[0]


def _clearance_of(creatinine: Result, *, by: Any, at: datetime) -> None:
    """Where it cannot be computed the creatinine stands alone; the panel says why."""
    try:
        number = read.computed(creatinine, at=at)
    except DomainError:
        return
    _write_clearance(creatinine, number, by=by, at=at)


def _write_clearance(creatinine: Result, number: Decimal, *, by: Any, at: datetime) -> Result:
    return Result.objects.create(
        patient=creatinine.patient,
        kind=ResultKind.CLEARANCE,
        number=number,
        unit=rules.TESTS[ResultKind.CLEARANCE].unit,
        method=ResultMethod.COMPUTED,
        note=clearance.SOURCE,
        computed_from=creatinine,
        taken_at=creatinine.taken_at,
        recorded_at=at,
        recorded_by=by,
    )


def _clean(row: Result) -> None:
    """Lengths and digits, as a sentence at the field instead of a database error."""
    try:
        row.clean_fields(exclude={field.name for field in row._meta.fields if field.is_relation})
    except ValidationError as no:
        field, sentences = next(iter(no.message_dict.items()))
        raise rules.ResultRefused(sentences[0], field=field) from no
