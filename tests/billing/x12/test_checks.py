"""Each of our own checks goes red on its fault, and on nothing else."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from billing.x12.checks import problems_in, problems_of
from tests.billing.x12.people import DANA, DAY, batch, cocktail, preventive, with_line

GOOD = preventive()
MIXED = cocktail()


def codes(claim):
    return {problem.code for problem in problems_of(claim, on=DAY)}


def test_a_good_batch_has_no_problem():
    assert problems_in(batch()) == []


FAULTS = {
    "charge_total": replace(GOOD, charge=Decimal("2100.01")),
    "line_count": replace(GOOD, charge=Decimal("250.00") * 51, lines=tuple(
        replace(GOOD.lines[0], number=n, line_control=f"L{n}") for n in range(1, 52))),
    "line_order": with_line(GOOD, 1, number=3),
    "line_control_twice": with_line(GOOD, 1, line_control="L0001"),
    "diagnosis_count": replace(GOOD, diagnoses=tuple(f"G437{n}" for n in range(13))),
    "diagnosis_twice": replace(GOOD, diagnoses=("G43709", "G43709")),
    "diagnosis_form": replace(GOOD, diagnoses=("G43.709",)),
    "payer_id": replace(GOOD, payer=replace(GOOD.payer, payer_id=" ")),
    "member_id": replace(GOOD, subscriber=replace(GOOD.subscriber, member_id="")),
    "rendering_npi": replace(GOOD, rendering=replace(DANA, npi="1234567890")),
    "authorization": replace(GOOD, authorization_number=""),
    "frequency": replace(GOOD, frequency="3"),
    "payer_claim_number": replace(GOOD, frequency="7"),
    "patient_facts": replace(GOOD, subscriber=replace(GOOD.subscriber, birth_date=None)),
    "not_writable": replace(GOOD, number="claim*1"),
    "line_units": with_line(GOOD, 0, units=Decimal(0)),
    "pointer_count": with_line(replace(GOOD, diagnoses=("G43709", "R112", "R519", "E860", "G4489")), 0,
                               pointers=(1, 2, 3, 4, 5)),
    "pointer_range": with_line(GOOD, 0, pointers=(2,)),
    "pointer_twice": with_line(GOOD, 0, pointers=(1, 1)),
    "ndc_form": with_line(GOOD, 1, ndc11="67386-0130-51"),
    "ndc_quantity": with_line(GOOD, 1, ndc_quantity=Decimal(0)),
    "ndc_unit": with_line(GOOD, 1, ndc_unit="MG"),
    "unclassified_text": with_line(MIXED, 4, description=""),
    "unclassified_strength": with_line(MIXED, 4, description="Ketamine 50 mg / mL"),
    "unclassified_ndc": with_line(MIXED, 4, ndc11=""),
    "service_date": with_line(GOOD, 0, service_on=DAY + timedelta(days=1)),
}  # fmt: skip


@pytest.mark.parametrize("code", FAULTS)
def test_each_fault_is_found_and_nothing_else(code):
    also = {"not_writable"} if code in {"payer_id", "member_id"} else set()
    assert codes(FAULTS[code]) - also == {code}


@pytest.mark.parametrize("charge", ["0.00", "-5.00"])
def test_a_charge_of_nothing_or_less_is_found(charge):
    free = replace(with_line(GOOD, 0, charge=Decimal(charge)), charge=Decimal("1850.00") + Decimal(charge))
    assert codes(free) == {"line_charge"}
    nothing = replace(with_line(with_line(GOOD, 0, charge=Decimal()), 1, charge=Decimal()), charge=Decimal())
    assert "claim_charge" in codes(nothing)


@pytest.mark.parametrize("diagnosis", ["g43709", "G437091AA", "43709", "G4", ""])
def test_a_diagnosis_in_another_form_is_found(diagnosis):
    assert "diagnosis_form" in codes(replace(GOOD, diagnoses=(diagnosis,)))


def test_a_problem_says_where_it_is_in_plain_words():
    (problem,) = problems_of(with_line(GOOD, 1, ndc11="6738613051"), on=DAY)
    assert (problem.claim, problem.line) == ("CLM-0001", 2)
    assert problem.sentence == "The NDC must be 11 digits without hyphens."


def test_faults_of_the_whole_batch_are_found():
    twice = batch(GOOD, MIXED, replace(MIXED, number=GOOD.number))
    (same_number,) = problems_in(twice)
    assert (same_number.claim, same_number.code) == ("", "claim_number_twice")
    provider = replace(batch().billing_provider, npi="1234567890")
    (npi,) = problems_in(batch(billing_provider=provider))
    assert npi.code == "billing_npi"


def test_no_sentence_repeats_the_patients_particulars():
    faulty = [*FAULTS.values(), replace(GOOD, subscriber=replace(GOOD.subscriber, member_id="MBR~001"))]
    said = " ".join(problem.sentence for claim in faulty for problem in problems_of(claim, on=DAY)).upper()
    assert said
    assert not any(fact in said for fact in ("PEÑA", "PENA", "MBR", "ZO", "TESSA", "1984", "MRN"))
