"""One patient's page, card by card. A merged record's rows are read as the kept one's."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.shortcuts import get_object_or_404

from infusion_center.shared.rows import row_or_404
from patients.models import (
    Allergy,
    Condition,
    Contact,
    Coverage,
    HomeMedication,
    Measurement,
    Patient,
    Phone,
    PregnancyAnswer,
)
from patients.models.patient import Fold, PatientQuerySet
from patients.rules.measures import WEIGHT_GOOD_FOR_DAYS
from patients.states import Answer, CoverageState, Life, MeasurementKind

LISTS: dict[str, type[Allergy] | type[Condition] | type[HomeMedication]] = {
    "allergies": Allergy,
    "medications": HomeMedication,
    "conditions": Condition,
}


def patient_by_key(key: UUID) -> Patient:
    """The person: the record itself, or the one it was merged into. 404 where there is none."""
    patient = row_or_404(Patient, "key", key)
    return patient.merged_into or patient


def records_of(patient: Patient) -> PatientQuerySet:
    """The record and those merged into it: `patient__in=records_of(patient)` reads the whole person."""
    return Patient.objects.filter(Q(pk=patient.pk) | Q(merged_into=patient.pk)).only("pk")


def with_same_name(patients: Iterable[Patient]) -> list[Patient]:
    """Sets `same_name` on each: another person here has the same given and family name. One query."""
    listed = list(patients)
    found = set(_namesakes([patient.pk for patient in listed])) if listed else set()
    for patient in listed:
        patient.same_name = patient.pk in found  # type: ignore[attr-defined]  # read by _ui/patient_name.html
    return listed


def _namesakes(pks: list[int]) -> QuerySet[Patient, int]:
    others = (
        Patient.objects.kept()
        .annotate(given=Fold("given_name"), family=Fold("family_name"))
        .filter(given=Fold(OuterRef("given_name")), family=Fold(OuterRef("family_name")))
        .exclude(pk=OuterRef("pk"))
    )
    return Patient.objects.filter(Exists(others), pk__in=pks).values_list("pk", flat=True)


def with_allergies(patients: Iterable[Patient]) -> list[Patient]:
    """Sets `active_allergies` on each, for banners and boards. One query.

    Those of all records of the person count, whichever of them is asked for.
    """
    listed = list(patients)
    kept = {patient.merged_into_id or patient.pk for patient in listed}
    rows = Allergy.objects.filter(Q(patient__in=kept) | Q(patient__merged_into__in=kept), state=Life.ACTIVE)
    by_person: dict[int, list[Allergy]] = {}
    for row in rows.select_related("patient").order_by("text", "pk"):
        by_person.setdefault(row.patient.merged_into_id or row.patient_id, []).append(row)
    for patient in listed:
        mine = by_person.get(patient.merged_into_id or patient.pk, [])
        patient.active_allergies = mine  # type: ignore[attr-defined]  # for the banner
        if patient.active_allergies:  # type: ignore[attr-defined]  # set above
            patient.allergies = Answer.LISTED
    return listed


@dataclass(frozen=True)
class FactList:
    """One list of facts with the answer it amounts to."""

    what: str
    answer: str
    active: list[Any]
    past: list[Any]


def facts(patient: Patient, what: str) -> FactList:
    """`what` is allergies, conditions or medications. What is listed on a merged record counts as listed."""
    rows = LISTS[what].objects.filter(patient__in=records_of(patient)).select_related("recorded_by")
    listed = list(rows.order_by("text", "pk"))
    active = [row for row in listed if row.state == Life.ACTIVE]
    answer = Answer.LISTED if active else getattr(patient, what)
    return FactList(what, answer, active, [row for row in listed if row.state != Life.ACTIVE])


def phones(patient: Patient) -> QuerySet[Phone]:
    return (
        Phone.objects.filter(patient__in=records_of(patient))
        .select_related("may_text_by")
        .order_by("kind", "pk")
    )


def contacts(patient: Patient) -> QuerySet[Contact]:
    return Contact.objects.filter(patient__in=records_of(patient)).order_by("name", "pk")


def coverages(patient: Patient) -> list[Coverage]:
    """Running ones by place, then those that ended. The same plan on two merged records is shown once."""
    rows = Coverage.objects.filter(patient__in=records_of(patient)).select_related("payer", "verified_by")
    ordered = sorted(
        rows.order_by("rank", "pk"),
        key=lambda row: (row.state == CoverageState.ENDED, row.patient_id != patient.pk),
    )
    seen: dict[tuple[object, ...], Coverage] = {}
    for row in ordered:
        seen.setdefault((row.payer_id, row.member_id, row.rank, row.state == CoverageState.ENDED), row)
    return sorted(seen.values(), key=lambda row: (row.state == CoverageState.ENDED, row.rank))


def weights(patient: Patient, at: datetime, limit: int = 6) -> list[Measurement]:
    """The newest weights, each with `days_old` and whether that is `too_old` to dose by."""
    rows = list(_measured(patient, MeasurementKind.WEIGHT)[:limit])
    for row in rows:
        row.days_old = (at - row.measured_at).days  # type: ignore[attr-defined]  # for the weights card
        row.too_old = row.days_old > WEIGHT_GOOD_FOR_DAYS  # type: ignore[attr-defined]  # for the weights card
    return rows


def newest_weight(
    patient: Patient, at: datetime, max_age_days: int = WEIGHT_GOOD_FOR_DAYS
) -> Measurement | None:
    """The weight to dose by: the newest of the last days, in kg, or None: then it has to be measured."""
    since = at - timedelta(days=max_age_days)
    return (
        _measured(patient, MeasurementKind.WEIGHT).filter(measured_at__gte=since, measured_at__lte=at).first()
    )


def newest_height(patient: Patient) -> Measurement | None:
    return _measured(patient, MeasurementKind.HEIGHT).first()


def _measured(patient: Patient, kind: str) -> QuerySet[Measurement]:
    rows = Measurement.objects.filter(patient__in=records_of(patient), kind=kind)
    return rows.select_related("recorded_by").order_by("-measured_at", "-pk")


def pregnancy(patient: Patient) -> PregnancyAnswer | None:
    """The newest answer."""
    rows = PregnancyAnswer.objects.filter(patient__in=records_of(patient)).select_related("answered_by")
    return rows.order_by("-answered_at", "-pk").first()


def merged_records(patient: Patient) -> QuerySet[Patient]:
    """The records that stand for this one now."""
    return patient.merged.select_related("merged_by").order_by(F("merged_at").desc(), "pk")


def merged_record(patient: Patient, key: UUID) -> Patient:
    """One of them. 404 where the key is none of theirs."""
    return get_object_or_404(patient.merged, key=key)
