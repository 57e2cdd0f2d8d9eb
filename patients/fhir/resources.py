"""From a raw resource to a validated one. What senders are known to write otherwise is set right first."""

import re
from contextlib import suppress
from typing import Any

from fhir.resources.R4B.allergyintolerance import AllergyIntolerance
from fhir.resources.R4B.condition import Condition
from fhir.resources.R4B.coverage import Coverage
from fhir.resources.R4B.medication import Medication
from fhir.resources.R4B.medicationrequest import MedicationRequest
from fhir.resources.R4B.medicationstatement import MedicationStatement
from fhir.resources.R4B.observation import Observation
from fhir.resources.R4B.organization import Organization
from fhir.resources.R4B.patient import Patient
from pydantic import BaseModel, ValidationError

from patients.fhir.files import Raw
from patients.fhir.records import LeftOut

KNOWN: dict[str, type[BaseModel]] = {
    "AllergyIntolerance": AllergyIntolerance,
    "Condition": Condition,
    "Coverage": Coverage,
    "Medication": Medication,
    "MedicationRequest": MedicationRequest,
    "MedicationStatement": MedicationStatement,
    "Observation": Observation,
    "Organization": Organization,
    "Patient": Patient,
}
_WITHOUT_ZONE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?")
_STATUSES = ("clinicalStatus", "verificationStatus")
_NOT_READ = ("text", "meta")  # the narrative and the sender's bookkeeping


def validated(raw: Raw) -> Any:
    """The resource as fhir.resources understands it. Raises LeftOut with the first thing that is wrong.

    Properties that FHIR does not know are dropped rather than held against the resource.
    """
    model = KNOWN[raw["resourceType"]]
    tidied = tidy(raw)
    try:
        return model.model_validate(tidied)
    except ValidationError as no:
        unknown = [error["loc"] for error in no.errors() if error["type"] == "extra_forbidden"]
        if not unknown:
            raise LeftOut(_sentence(no)) from no
    for place in unknown:
        _drop(tidied, place)
    try:
        return model.model_validate(tidied)
    except ValidationError as no:
        raise LeftOut(_sentence(no)) from no


def tidy(raw: Raw) -> Raw:
    """Without what is empty; moments with a zone; statuses as the codeable concepts they are since R4."""
    tidied = {key: _tidied(value) for key, value in raw.items() if key not in _NOT_READ}
    for name in _STATUSES:
        if isinstance(tidied.get(name), str):
            tidied[name] = {"coding": [{"code": tidied[name]}]}
    return {key: value for key, value in tidied.items() if not _empty(value)}


def _tidied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: kept for key, part in value.items() if not _empty(kept := _tidied(part))}
    if isinstance(value, list):
        return [kept for part in value if not _empty(kept := _tidied(part))]
    if isinstance(value, str):
        return _with_zone(value.strip())
    return value


def _with_zone(text: str) -> str:
    """A moment that forgot its zone is taken as UTC; its day stays as written."""
    match = _WITHOUT_ZONE.fullmatch(text)
    return f"{text.replace(' ', 'T')}{'' if match.group(1) else ':00'}Z" if match else text


def _empty(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == {}


def _drop(raw: Any, place: tuple[Any, ...]) -> None:
    """Take the property at that place out of the raw resource."""
    *way, last = place
    with suppress(LookupError, TypeError):
        for step in way:
            raw = raw[step]
        raw.pop(last, None)


def _sentence(no: ValidationError) -> str:
    """The first error, with its place and without the value: the value is about a person."""
    error = no.errors()[0]
    place = ".".join(str(step) for step in error["loc"]) or "the resource"
    return f"Not valid FHIR at {place}: {error['msg'].removeprefix('Value error, ').rstrip('.')}."[:280]
