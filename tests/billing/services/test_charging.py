from decimal import Decimal

import pytest

from billing.models import Claim
from billing.services import charging
from billing.states import ClaimState
from tests.billing.scenes import EVENING, MIGRAINE, NAUSEA, claim_of, diagnosed, lines, said
from tests.clock import NINE


def test_a_done_visit_becomes_a_claim_that_waits_only_for_its_diagnosis(centre, insured):
    claim = claim_of(centre.finished(insured, "magnesium_sulfate", "ketorolac"))
    assert claim.state == ClaimState.HELD
    assert said(claim).keys() == {"no_diagnosis"}
    assert lines(claim) == [
        ("96365", 1, ()),
        ("96375", 1, ()),
        ("J1885", 2, ("JZ",)),
        ("J3475", 4, ("JZ",)),
    ]
    assert claim.rendering == centre.dana


def test_with_a_diagnosis_it_is_ready_and_priced(centre, insured, bea):
    claim = diagnosed(centre.finished(insured, "magnesium_sulfate"), by=bea)
    assert (said(claim), claim.state) == ({}, ClaimState.READY)
    infusion, drug = claim.lines.order_by("position")
    # (0.21 x 1.007 + 1.54 x 1.023 + 0.04 x 2.018) x 32.3465 x 3
    assert infusion.charge == Decimal("181.23")
    assert infusion.price_note == "Fee schedule 2025, newest loaded: 2025 (charged at 3 times)"
    assert (drug.unit_charge, drug.charge) == (Decimal("1.4670"), Decimal("5.87"))
    assert drug.price_note == "Part B limit 2025 Q1, newest loaded: 2025 Q1 (charged at 3 times)"
    assert (drug.ndc11, drug.ndc_quantity, drug.ndc_unit) == ("63323006402", Decimal(4), "ML")
    assert claim.total == Decimal("187.10")
