"""What pyx12 does not see in a claim (billing.md 7), said before the file is made.

Each rule is a small function over one claim that yields problems in plain words. None of them repeats a
patient's particulars: a problem may be logged, and stands as the reason why a claim is held.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.rules.identifiers import is_npi
from billing.x12.claims import claim_segments
from billing.x12.elements import CannotWrite
from billing.x12.values import Batch837, Claim837, Line837

UNCLASSIFIED = frozenset({"J3490", "J3590"})
NDC_UNITS = frozenset({"F2", "GR", "ME", "ML", "UN"})
MOST_DIAGNOSES, MOST_POINTERS, MOST_LINES = 12, 4, 50

_ICD = re.compile(r"[A-Z][0-9][0-9A-Z][0-9A-Z]{0,4}")
_NDC = re.compile(r"[0-9]{11}")


@dataclass(frozen=True, slots=True)
class Problem:
    """`claim` is CLM01, empty for the batch; `line` counts from 1; `code` is stable and never reworded."""

    claim: str
    line: int | None
    code: str
    sentence: str


Found = Iterator[tuple[str, str]]  # code, sentence


def problems_in(batch: Batch837) -> list[Problem]:
    """Every problem in the batch, in the order of its claims. An empty list means: ask pyx12 next."""
    found = [Problem("", None, code, sentence) for code, sentence in _batch_rules(batch)]
    for claim in batch.claims:
        found.extend(problems_of(claim, on=batch.created_at.date()))
    return found


def problems_of(claim: Claim837, *, on: date) -> list[Problem]:
    """Every problem of one claim; `on` is the day it would be sent."""
    found = [Problem(claim.number, None, *one) for rule in _CLAIM_RULES for one in rule(claim)]
    for line in claim.lines:
        found.extend(
            Problem(claim.number, line.number, *one) for rule in _LINE_RULES for one in rule(claim, line)
        )
        if line.service_on > on:
            found.append(
                Problem(claim.number, line.number, "service_date", "The service date is in the future.")
            )
    return found


# --- the batch ----------------------------------------------------------------------------------------


def _batch_rules(batch: Batch837) -> Found:
    if not is_npi(batch.billing_provider.npi):
        yield "billing_npi", "The billing provider's NPI is not valid."
    for number, times in Counter(claim.number for claim in batch.claims).items():
        if times > 1:
            yield "claim_number_twice", f"Claim number {number} stands {times} times in this batch."


# --- one claim ----------------------------------------------------------------------------------------


def _charge(claim: Claim837) -> Found:
    total = sum((line.charge for line in claim.lines), Decimal())
    if claim.charge <= 0:
        yield "claim_charge", "The claim charge must be more than zero."
    if claim.charge != total:
        yield "charge_total", f"The claim charge is {claim.charge}, but its lines add up to {total}."


def _lines(claim: Claim837) -> Found:
    numbers = [line.number for line in claim.lines]
    if not 1 <= len(numbers) <= MOST_LINES:
        yield "line_count", f"A claim has 1 to {MOST_LINES} lines; this one has {len(numbers)}."
    if numbers != list(range(1, len(numbers) + 1)):
        yield "line_order", "The lines must be numbered 1, 2, 3 without a gap."
    twice = [one for one, times in Counter(line.line_control for line in claim.lines).items() if times > 1]
    if twice:
        yield "line_control_twice", f"Line number {twice[0]} is used on more than one line."


def _diagnoses(claim: Claim837) -> Found:
    if not 1 <= len(claim.diagnoses) <= MOST_DIAGNOSES:
        yield (
            "diagnosis_count",
            f"A claim has 1 to {MOST_DIAGNOSES} diagnoses; this one has {len(claim.diagnoses)}.",
        )
    if len(set(claim.diagnoses)) < len(claim.diagnoses):
        yield "diagnosis_twice", "A diagnosis stands twice on the claim."
    for place, code in enumerate(claim.diagnoses, start=1):
        if not _ICD.fullmatch(code):
            yield "diagnosis_form", f"Diagnosis {place} must be an ICD-10 code in capitals without its point."


def _numbers(claim: Claim837) -> Found:
    if not claim.payer.payer_id.strip():
        yield "payer_id", "The payer has no electronic payer id."
    if not claim.subscriber.member_id.strip():
        yield "member_id", "The member id is missing."
    if claim.rendering is not None and not is_npi(claim.rendering.npi):
        yield "rendering_npi", "The rendering provider's NPI is not valid."
    if claim.authorization_required and not claim.authorization_number.strip():
        yield "authorization", "The payer requires an authorization and its number is missing."


def _resubmission(claim: Claim837) -> Found:
    if claim.frequency not in {"1", "7", "8"}:
        yield "frequency", "The claim frequency must be 1 (original), 7 (replacement) or 8 (void)."
    if claim.frequency in {"7", "8"} and not claim.payer_claim_number.strip():
        yield "payer_claim_number", "A replacement or void must name the payer's own claim number."


def _subscriber_as_patient(claim: Claim837) -> Found:
    person = claim.subscriber
    if claim.patient is None and (person.birth_date is None or person.address is None):
        yield "patient_facts", "The patient's birth date and address are needed on the claim."


def _writable(claim: Claim837) -> Found:
    """What the writer would refuse, found now, so that one claim is held and not the whole file."""
    try:
        for _ in claim_segments(claim):
            pass
    except CannotWrite as no:
        yield "not_writable", no.message


# --- one line -----------------------------------------------------------------------------------------


def _line_amounts(claim: Claim837, line: Line837) -> Found:
    if line.charge <= 0:
        yield "line_charge", "The line charge must be more than zero."
    if line.units <= 0:
        yield "line_units", "The units must be more than zero."


def _pointers(claim: Claim837, line: Line837) -> Found:
    if not 1 <= len(line.pointers) <= MOST_POINTERS:
        yield "pointer_count", f"A line points at 1 to {MOST_POINTERS} diagnoses."
    if any(not 1 <= pointer <= len(claim.diagnoses) for pointer in line.pointers):
        yield "pointer_range", "The line points at a diagnosis that is not on the claim."
    if len(set(line.pointers)) < len(line.pointers):
        yield "pointer_twice", "The line points at one diagnosis twice."


def _ndc(claim: Claim837, line: Line837) -> Found:
    if not line.ndc11:
        return
    if not _NDC.fullmatch(line.ndc11):
        yield "ndc_form", "The NDC must be 11 digits without hyphens."
    if line.ndc_quantity is None or line.ndc_quantity <= 0:
        yield "ndc_quantity", "The NDC needs a quantity of more than zero."
    if line.ndc_unit not in NDC_UNITS:
        yield "ndc_unit", "The NDC unit must be one of F2, GR, ME, ML, UN."


def _unclassified(claim: Claim837, line: Line837) -> Found:
    """billing.md 2.2: the name and total dose in SV101-7, the NDC in 2410, and no concentration."""
    if line.procedure_code not in UNCLASSIFIED:
        return
    if not line.description.strip():
        yield (
            "unclassified_text",
            f"{line.procedure_code} needs the drug's name and total dose as its description.",
        )
    if "MG/ML" in line.description.upper().replace(" ", ""):
        yield (
            "unclassified_strength",
            "The description must give the total dose, not a strength such as mg/mL.",
        )
    if not line.ndc11:
        yield "unclassified_ndc", f"{line.procedure_code} needs the NDC of the vial."


_CLAIM_RULES: tuple[Callable[[Claim837], Found], ...] = (
    _charge,
    _lines,
    _diagnoses,
    _numbers,
    _resubmission,
    _subscriber_as_patient,
    _writable,
)
_LINE_RULES: tuple[Callable[[Claim837, Line837], Found], ...] = (
    _line_amounts,
    _pointers,
    _ndc,
    _unclassified,
)
