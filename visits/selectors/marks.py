"""How far the facts that a verdict rests on have grown."""

import hashlib
from typing import Any

from django.db.models import Max

from patients.models import (
    Allergy,
    Condition,
    HomeDose,
    HomeMedication,
    Measurement,
    Patient,
    PregnancyAnswer,
    Result,
    ScreeningAnswer,
)
from patients.selectors import card
from visits.models import Visit

# Whatever changes an answer of the rules, and the column that tells that it has changed.
GROWING: tuple[tuple[Any, str], ...] = (
    (Allergy, "updated_at"),
    (Condition, "updated_at"),
    (HomeMedication, "updated_at"),
    (PregnancyAnswer, "pk"),
    (Measurement, "pk"),
    (Result, "pk"),
    (Result, "in_error_at"),
    (ScreeningAnswer, "pk"),
    (HomeDose, "pk"),
    (HomeDose, "in_error_at"),
)


def mark_of(patient: Patient, visit: Visit | None) -> str:
    """Changes when a fact that a rule may rest on was added, changed or struck out."""
    records = card.records_of(patient)
    newest = [
        model.objects.filter(patient__in=records).aggregate(at=Max(column))["at"] for model, column in GROWING
    ]
    answers = list(
        records.values_list("allergies", "conditions", "medications", "sex_at_birth").order_by("pk")
    )
    today = Visit.objects.filter(pk=visit.pk).values_list("has_driver", "iv_site").first() if visit else None
    return hashlib.sha256(repr([*newest, *answers, today]).encode()).hexdigest()[:32]
