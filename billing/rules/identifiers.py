"""Who claims, and for what diagnosis: identifiers a payer's computer checks first. `billing.md` 3 and 10."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from infusion_center.errors import DomainError

NPI = re.compile(r"[12][0-9]{9}")
HEALTH_CARD_ISSUER = "80840"
ICD10 = re.compile(r"[A-Z][0-9][0-9A-Z](\.?[0-9A-Z]{1,4})?")

WHY = {
    "bad_format": "A diagnosis code looks like G43.709: a letter, a digit, and up to five more.",
    "unknown": "This diagnosis code is not in the loaded release.",
    "not_billable": "This diagnosis code has finer codes below it: pick one of those.",
    "not_effective": "This diagnosis code was not in force on the date of service.",
}


class BadDiagnosis(DomainError):
    """Not a code for this date; `reason` is `bad_format`, `unknown`, `not_billable` or `not_effective`."""

    def __init__(self, reason: str):
        super().__init__(WHY[reason], field="diagnosis")
        self.reason = reason


@dataclass(frozen=True)
class Diagnosis:
    """A code of the release: billable if no finer code stands below it. None: no known start or end."""

    billable: bool
    effective_from: date | None = None
    effective_to: date | None = None


def is_npi(text: str) -> bool:
    """Ten digits, the first 1 or 2, the last the check digit of a health card number (`billing.md` 10)."""
    return bool(NPI.fullmatch(text)) and _luhn_sum(HEALTH_CARD_ISSUER + text) % 10 == 0


def _luhn_sum(digits: str) -> int:
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2]]
    return sum(doubled) + sum(int(digit) for digit in digits[::-2])


def check_diagnosis(text: str, *, on: date | None, lookup: Callable[[str], Diagnosis | None]) -> str:
    """The wire form: upper case, no point (`billing.md` 3). Raises BadDiagnosis.

    `lookup` finds a code, given without its point, in the release. `on`: the date of service; None: any.
    """
    code = text.strip().upper()
    if not ICD10.fullmatch(code):
        raise BadDiagnosis("bad_format")
    wire = code.replace(".", "")
    found = lookup(wire)
    if found is None:
        raise BadDiagnosis("unknown")
    if not found.billable:
        raise BadDiagnosis("not_billable")
    if on and not _in_force(found, on):
        raise BadDiagnosis("not_effective")
    return wire


def _in_force(found: Diagnosis, on: date) -> bool:
    return (found.effective_from or on) <= on <= (found.effective_to or on)
