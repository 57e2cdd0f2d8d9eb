"""`explain ndc`: the eleven digits a claim carries, or why there are none."""

from typing import Any

from regimens.rules.ndc import BadNdc, wire_form

from .case import InputCase


def answer(case: dict[str, Any]) -> dict[str, Any]:
    asked = InputCase.read(case)
    try:
        return {"ndc11": wire_form(asked.input), "error": None}
    except BadNdc as no:
        return {"ndc11": None, "error": no.reason}
