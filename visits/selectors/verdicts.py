"""What the rules last said of orders, and what of it still stands in the way."""

import hashlib
from collections.abc import Iterable, Mapping
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
from regimens.models import Check, Clearance
from regimens.rules.safety.verdicts import Cleared, Finding, Severity, standing

Found = dict[str, Any]
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


def mark_of(patient: Patient) -> str:
    """Changes when a fact that a rule may rest on was added, changed or struck out."""
    records = card.records_of(patient)
    newest = [
        model.objects.filter(patient__in=records).aggregate(at=Max(column))["at"] for model, column in GROWING
    ]
    answers = [patient.allergies, patient.conditions, patient.medications, patient.sex_at_birth]
    return hashlib.sha256(repr([*newest, *answers]).encode()).hexdigest()[:32]


def newest_checks(orders: Iterable[int]) -> dict[int, Check]:
    """Order (pk) -> the newest check of the whole order. One query."""
    rows = Check.objects.filter(order__in=list(orders), step=None).select_related("checked_by")
    return {row.order_id: row for row in rows.order_by("order", "-checked_at", "-pk").distinct("order")}


def clearances_of(orders: Iterable[int]) -> list[Clearance]:
    """Who answered for what, oldest first. One query."""
    rows = Clearance.objects.filter(order__in=list(orders)).select_related("cleared_by")
    return list(rows.order_by("cleared_at", "pk"))


def standing_of(check: Check, clearances: Iterable[Clearance]) -> list[Found]:
    """The findings of this check that still stand in the way, most severe first."""
    cleared = [
        Cleared(row.rule, row.drug or None, Severity(row.severity), frozenset(row.involves))
        for row in clearances
        if row.order_id == check.order_id
    ]
    left = {(one.rule, one.drug) for one in standing(map(_finding, check.findings), cleared)}
    return [found for found in check.findings if (found["rule"], found["drug"]) in left]


def standing_by_order(orders: Iterable[int]) -> Mapping[int, tuple[Check, list[Found]]]:
    """Order (pk) -> its newest check and what of it stands. Two queries."""
    checks = newest_checks(orders)
    clearances = clearances_of(checks)
    return {pk: (check, standing_of(check, clearances)) for pk, check in checks.items()}


def _finding(found: Found) -> Finding:
    return Finding(
        found["rule"],
        Severity(found["severity"]),
        found["drug"],
        found["message"],
        involves=tuple(found["involves"]),
    )
