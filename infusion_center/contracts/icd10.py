"""`explain icd10`: whether a diagnosis code may stand on a claim of that date."""

from datetime import date
from typing import Any

from billing.rules.identifiers import BadDiagnosis, check_diagnosis

from .case import InputCase
from .reference import find_diagnosis


class DiagnosisCase(InputCase):
    """`dos` None: only the form and the release are asked about."""

    dos: date | None = None


def answer(case: dict[str, Any]) -> dict[str, Any]:
    asked = DiagnosisCase.read(case)
    try:
        wire = check_diagnosis(asked.input, on=asked.dos, lookup=find_diagnosis)
    except BadDiagnosis as no:
        return {"ok": False, "wire": None, "error": no.reason}
    return {"ok": True, "wire": wire, "error": None}
