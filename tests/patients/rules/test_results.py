from decimal import Decimal

import pytest

from patients.rules import results
from patients.states import ResultKind


def test_every_kind_has_a_test_that_answers_with_a_number_or_with_words():
    assert set(results.TESTS) == set(ResultKind)
    for test in results.TESTS.values():
        assert bool(test.unit) == (test.hard is not None) == (test.words is None)


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("ecg", "199"),
        ("ecg", "801"),
        ("ecg", "41.2"),
        ("creatinine", "0.09"),
        ("creatinine", "88"),  # µmol/L typed as mg/dL
        ("clearance", "0"),
        ("potassium", "41"),
        ("glucose", "5.5"),  # mmol/L typed as mg/dL
        ("alt", "NaN"),
        ("alt", None),
    ],
)
def test_a_number_nobody_has_is_refused_at_its_field(kind, number):
    with pytest.raises(results.ResultRefused) as no:
        results.check(kind=kind, number=None if number is None else Decimal(number), outcome="")
    assert no.value.field == "number"


@pytest.mark.parametrize(
    ("kind", "number", "outcome", "field"),
    [
        ("hcg", Decimal(5), "", "number"),
        ("hcg", None, "", "outcome"),
        ("hcg", None, "maybe", "outcome"),
        ("ecg", Decimal(410), "negative", "outcome"),
        ("pulse", Decimal(80), "", "kind"),
    ],
)
def test_a_test_answers_in_its_own_way(kind, number, outcome, field):
    with pytest.raises(results.ResultRefused) as no:
        results.check(kind=kind, number=number, outcome=outcome)
    assert no.value.field == field


@pytest.mark.parametrize(
    ("kind", "number", "warning"),
    [("ecg", 449, ""), ("ecg", 450, "high"), ("creatinine", "1.4", "high"), ("clearance", 59, "low")],
)
def test_what_is_unusual_is_shown_and_taken(kind, number, warning):
    results.check(kind=kind, number=Decimal(number), outcome="")
    assert results.warning(kind, Decimal(number)) == warning


def test_how_it_is_said():
    assert results.said("ecg", number=Decimal("412.00"), outcome="") == "412 ms"
    assert results.said("hcg", number=None, outcome="negative") == "negative"
    assert results.said("mri", number=None, outcome="negative") == "read, no ARIA"
