import re
from pathlib import Path

import pytest

from billing.rules import claim_checks, coding
from billing.rules.claim_checks import Finding

LINE = "3b0c2f0e-0000-4000-8000-000000000001"


def codes(findings):
    return [one.code for one in findings]


@pytest.mark.parametrize(
    ("flag", "code", "words"),
    [
        (f"hold:missing_stop:{LINE}", f"missing_stop:{LINE}", "ketorolac has no stop time"),
        (f"hold:zero_minutes:{LINE}/2", f"zero_minutes:{LINE}/2", "A drug stops in the minute"),
        (f"hold:no_order:{LINE}", f"no_order:{LINE}", "without a signed order"),
        (f"computed_stop:{LINE}", f"computed_stop:{LINE}", "was reckoned"),
        (f"downcoded:missing_stop:{LINE}", f"downcoded:missing_stop:{LINE}", "coded as a push"),
        ("review:repeat_infusion", "review:repeat_infusion", "infused twice"),
        ("ptp_check:96372", "ptp_check:96372", "59"),
        ("something_new:7", "review:something_new:7", "A coder must look"),
    ],
)
def test_every_flag_of_the_coding_engine_is_a_sentence(flag, code, words):
    (found,) = claim_checks.what_coding_says([flag], {LINE: "ketorolac"})
    assert found.code == code
    assert words in found.sentence


@pytest.mark.parametrize(
    ("code", "judgement"),
    [
        ("review:repeat_infusion", True),
        ("ptp_check:96372", True),
        (f"computed_stop:{LINE}", True),
        ("authorization:eptinezumab", True),
        ("clinical_review:J3032", True),
        (f"missing_stop:{LINE}", False),
        ("no_diagnosis", False),
        ("no_coverage", False),
        ("price:J1790:2", False),
        ("file:rendering_npi", False),
    ],
)
def test_only_judgement_may_be_cleared_by_a_person(code, judgement):
    assert claim_checks.may_be_cleared(code) is judgement


@pytest.mark.parametrize(
    ("code", "diagnoses", "expected"),
    [
        ("96365", ["G43709"], (1,)),
        ("96365", ["G43709", "R112", "E860", "I10", "M5481"], (1, 2, 3, 4)),
        ("96361", ["G43709", "R112"], (2, 1)),
        ("J7040", ["G43709", "I10", "M5481", "R110", "E860"], (4, 5, 1, 2)),
        ("96361", ["G43709"], (1,)),
        ("96365", [], ()),
    ],
)
def test_a_line_points_at_what_it_was_done_for(code, diagnoses, expected):
    assert claim_checks.pointers(code, diagnoses) == expected


@pytest.mark.parametrize(
    ("diagnoses", "supported"),
    [(["G43709", "R110"], True), (["E860"], True), (["G43709"], False), ([], False)],
)
def test_hydration_needs_nausea_or_dehydration_on_the_claim(diagnoses, supported):
    assert claim_checks.supports_hydration(diagnoses) is supported


@pytest.mark.parametrize(
    ("diagnoses", "held"),
    [
        (["G44009"], True),
        (["R519"], True),
        (["G44009", "R519"], True),
        (["G43709", "R519"], False),
        ([], False),
    ],
)
def test_eptinezumab_with_cluster_or_unspecified_headache_only_is_reviewed(diagnoses, held):
    found = claim_checks.eptinezumab_for_an_attack(["96365", "J3032"], diagnoses)
    assert bool(found) is held
    assert claim_checks.eptinezumab_for_an_attack(["96365"], diagnoses) is None


def test_what_is_missing_is_said_one_by_one():
    nothing = {"diagnoses": [], "has_coverage": False, "has_rendering": False, "rendering_npi": ""}
    assert codes(claim_checks.what_is_missing(**nothing)) == ["no_diagnosis", "no_coverage", "no_rendering"]
    all_there = {"diagnoses": ["G43709"], "has_coverage": True, "has_rendering": True, "rendering_npi": "1"}
    assert codes(claim_checks.what_is_missing(**all_there)) == []
    assert codes(claim_checks.what_is_missing(**(all_there | {"rendering_npi": ""}))) == ["no_rendering_npi"]


@pytest.mark.parametrize(("wanted", "held"), [("always", True), ("unknown", True), ("never", False)])
def test_an_authorization_that_is_wanted_or_not_known_holds(wanted, held):
    assert bool(claim_checks.authorization(drug="eptinezumab", code="eptinezumab", wanted=wanted)) is held


def test_the_kind_of_a_finding_is_the_first_word_of_its_code():
    assert Finding("price:J1790:2", "").kind == "price"


def test_every_reason_the_coding_rules_give_has_words():
    written = "".join(path.read_text() for path in Path(coding.__file__).parent.glob("*.py"))
    given = set(re.findall(r'drop\([^)]*?"(\w+)"\)', written)) | {"flush_or_kvo"}
    assert {"hydration_concurrent", "repeat_push_office"} < given
    assert given <= claim_checks.REASONS.keys()
