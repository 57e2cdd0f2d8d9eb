"""Condition, AllergyIntolerance, MedicationRequest and MedicationStatement → facts of a person's health."""

from typing import Any

from patients.fhir import reading
from patients.fhir.reading import Index
from patients.fhir.records import Allergy, Condition, LeftOut, Medication
from patients.fhir.resources import validated
from patients.states import Life

_OVER = {"resolved", "inactive", "completed", "stopped", "cancelled", "not-taken", "ended"}
_NEVER_BEGAN = {"draft", "intended"}
_NO_ORDER = {"proposal", "plan", "option"}


def condition(resource: Any, key: str, index: Index) -> Condition:
    period = resource.onsetPeriod
    ended_on = reading.day(resource.abatementDateTime)
    over = (
        resource.abatementDateTime
        or resource.abatementString
        or resource.abatementAge
        or resource.abatementPeriod
    )
    return Condition(
        key=key,
        subject=index.person(resource.subject),
        codings=reading.codings(resource.code),
        text=_said(resource.code),
        state=_life(resource, over=bool(over)),
        began_on=reading.day(resource.onsetDateTime) or (reading.day(period.start) if period else None),
        ended_on=ended_on,
    )


def allergy(resource: Any, key: str, index: Index) -> Allergy:
    reactions = resource.reaction or []
    manifested = [reading.text(sign) for reaction in reactions for sign in reaction.manifestation or []]
    substance = resource.code or next(
        (reaction.substance for reaction in reactions if reaction.substance), None
    )
    return Allergy(
        key=key,
        subject=index.person(resource.patient),
        codings=reading.codings(substance),
        text=_said(substance),
        state=_life(resource, over=False),
        categories=tuple(resource.category or []),
        reaction=", ".join(filter(None, manifested))[:120],
        severe=_severe(resource.criticality, [reaction.severity for reaction in reactions]),
    )


def medication(resource: Any, key: str, index: Index) -> Medication:
    """A request or a statement. Raises LeftOut for what was only planned, and for a drug not in the file."""
    if resource.status in _NEVER_BEGAN or getattr(resource, "intent", None) in _NO_ORDER:
        raise LeftOut("It was planned, not taken.")
    if getattr(resource, "doNotPerform", None):
        raise LeftOut("It asks not to give a drug. Read it, and enter what it means.")
    concept, written = _drug(resource, index)
    period = getattr(resource, "effectivePeriod", None)
    began = getattr(resource, "authoredOn", None) or getattr(resource, "effectiveDateTime", None)
    return Medication(
        key=key,
        subject=index.person(resource.subject),
        codings=reading.codings(concept),
        text=reading.text(concept) or written or _said(None),
        state=_of_status(resource.status),
        started_on=reading.day(period.start) if period else reading.day(began),
        ended_on=reading.day(period.end) if period else None,
    )


def _drug(resource: Any, index: Index) -> tuple[Any, str]:
    """The concept of a drug, written in place, contained, or as a Medication of the file; and its display."""
    reference = resource.medicationReference
    if resource.medicationCodeableConcept is not None or reference is None:
        return resource.medicationCodeableConcept, ""
    inside = (reference.reference or "").removeprefix("#")
    for contained in resource.contained or []:
        if contained.id == inside:
            return contained.code, reference.display or ""
    entry = index.entry(reference)
    if entry is not None and entry.key.startswith("Medication/"):
        return validated(entry.raw).code, reference.display or ""
    if not reference.display:
        raise LeftOut("It names a Medication that is not in this file.")
    return None, reference.display


def _said(concept: Any) -> str:
    said = reading.text(concept)
    if not said:
        raise LeftOut("It has neither a code nor a text.")
    return said


def _life(resource: Any, *, over: bool) -> str:
    """Of a condition or an allergy. What is refuted was never true, like what was entered in error."""
    if reading.code(resource.verificationStatus) in ("entered-in-error", "refuted"):
        return Life.ENTERED_IN_ERROR
    said = reading.code(resource.clinicalStatus)
    return Life.ENDED if said in _OVER or (not said and over) else Life.ACTIVE


def _of_status(status: str | None) -> str:
    """Of a medication. On hold and unknown count as taken: unknown is not "no"."""
    if status == "entered-in-error":
        return Life.ENTERED_IN_ERROR
    return Life.ENDED if status in _OVER else Life.ACTIVE


def _severe(criticality: str | None, severities: list[str | None]) -> bool | None:
    if criticality == "high" or "severe" in severities:
        return True
    return False if criticality == "low" else None
