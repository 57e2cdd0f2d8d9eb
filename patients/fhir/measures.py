"""Observation → Measures: weight, height, pain and blood pressure; other observations are none of ours."""

from decimal import Decimal
from typing import Any

from patients.fhir import reading
from patients.fhir.reading import Index
from patients.fhir.records import LeftOut, Measure
from patients.states import MeasurementKind

KINDS = {
    "29463-7": MeasurementKind.WEIGHT,
    "3141-9": MeasurementKind.WEIGHT,
    "8302-2": MeasurementKind.HEIGHT,
    "72514-3": MeasurementKind.PAIN,
    "38208-5": MeasurementKind.PAIN,
    "38214-3": MeasurementKind.PAIN,
    "8480-6": MeasurementKind.SYSTOLIC,
    "8462-4": MeasurementKind.DIASTOLIC,
}
PANELS = {"85354-9", "55284-4"}  # blood pressure; the second is what Synthea writes
_UNITS = {  # UCUM, and how people write it → rules/measures.py
    "[lb_av]": "lb", "lbs": "lb", "lb": "lb", "kg": "kg", "g": "g",
    "cm": "cm", "m": "m", "[in_i]": "in", "in": "in",
    "{score}": "score", "{score}/10": "score", "1": "score", "": "score",
    "mm[hg]": "mmHg", "mmhg": "mmHg", "mm hg": "mmHg",
}  # fmt: skip
_WITHDRAWN = {"entered-in-error", "cancelled"}


def is_ours(raw: dict[str, Any]) -> bool:
    """True where a raw Observation carries a code of ours: the rest (laboratory) is not even validated."""
    concept = raw.get("code")
    listed = concept.get("coding") if isinstance(concept, dict) else None
    codes = {coding.get("code") for coding in listed or [] if isinstance(coding, dict)}
    return bool(codes & (KINDS.keys() | PANELS))


def measures(resource: Any, key: str, index: Index) -> list[Measure]:
    """One measure, or one per known component of a panel. Raises LeftOut where none can be read."""
    if resource.status in _WITHDRAWN:
        raise LeftOut("The sender has withdrawn it.")
    period = resource.effectivePeriod
    when = (
        resource.effectiveDateTime
        or resource.effectiveInstant
        or (period.start if period else None)
        or resource.issued
    )
    measured_at = reading.moment(when)
    if measured_at is None:
        raise LeftOut("It does not say on which day it was measured.")
    subject = index.person(resource.subject)
    found = [
        Measure(key=key, subject=subject, kind=str(kind), value=value, unit=unit, measured_at=measured_at)
        for part in [resource, *(resource.component or [])]
        for kind, value, unit in _read(part)
    ]
    if not found:
        raise LeftOut("It has no value.")
    return found


def _read(part: Any) -> list[tuple[str, Decimal, str]]:
    kind = next((KINDS[coding.code] for coding in reading.codings(part.code) if coding.code in KINDS), None)
    quantity = part.valueQuantity
    if kind is None:
        return []
    if quantity is not None and quantity.value is not None:
        unit = quantity.code or quantity.unit or ""
        return [(kind, Decimal(str(quantity.value)), _UNITS.get(unit.lower().strip(), unit))]
    return [(kind, Decimal(part.valueInteger), "score")] if part.valueInteger is not None else []
