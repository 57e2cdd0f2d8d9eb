"""`explain npi`: whether a provider number can be one."""

from typing import Any

from billing.rules.identifiers import is_npi

from .case import InputCase


def answer(case: dict[str, Any]) -> dict[str, Any]:
    return {"valid": is_npi(InputCase.read(case).input)}
