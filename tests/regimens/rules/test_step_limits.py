from dataclasses import replace
from decimal import Decimal

import pytest

from regimens.rules.step_limits import Typed, problems

FINE = Typed(
    drug="ketorolac",
    dose=Decimal(30),
    unit="mg",
    ordered_in="mg",
    minutes=2,
    volume_ml=None,
    gap_minutes=0,
    only_if_pain_over=None,
)


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"unit": "mg/kg", "dose": Decimal("0.5")},
        {"dose": Decimal("0.001")},
        {"dose": Decimal(20_000)},
        {"minutes": 720, "gap_minutes": 480, "volume_ml": Decimal(5_000)},
        {"only_if_pain_over": 0},
        {"only_if_pain_over": 10},
        {"unit": "mL", "ordered_in": ""},
    ],
)
def test_what_somebody_may_mean_passes(facts):
    assert problems(replace(FINE, **facts)) == {}


@pytest.mark.parametrize(
    ("facts", "field", "sentence"),
    [
        ({"dose": Decimal(0)}, "dose", "The dose must be more than zero."),
        ({"dose": Decimal("NaN")}, "dose", "The dose must be more than zero."),
        ({"dose": Decimal("20000.1")}, "dose", "Nobody gives more than 20,000 mg: check the dose."),
        (
            {"dose": Decimal(1001), "unit": "mg/kg"},
            "dose",
            "Nobody gives more than 1,000 mg/kg: check the dose.",
        ),
        ({"unit": "mL"}, "unit", "Ketorolac is ordered in mg or mg/kg."),
        ({"unit": "g"}, "unit", "Ketorolac is ordered in mg or mg/kg."),
        ({"unit": "", "ordered_in": ""}, "unit", "Ketorolac is ordered in mg or mg/kg."),
        ({"ordered_in": "mL"}, "unit", "Ketorolac is ordered in mL or mL/kg."),
        ({"minutes": 0}, "minutes", "A step takes 1 to 720 minutes."),
        ({"minutes": 721}, "minutes", "A step takes 1 to 720 minutes."),
        ({"gap_minutes": -1}, "gap_minutes", "The wait before a step is 0 to 480 minutes."),
        ({"volume_ml": Decimal(0)}, "volume_ml", "The volume must be more than zero, or left empty."),
        ({"volume_ml": Decimal(5001)}, "volume_ml", "A volume is at most 5,000 mL: check it."),
        ({"only_if_pain_over": 11}, "only_if_pain_over", "Pain is a number from 0 to 10."),
        ({"only_if_pain_over": -1}, "only_if_pain_over", "Pain is a number from 0 to 10."),
    ],
)
def test_what_nobody_means_is_said_in_one_sentence(facts, field, sentence):
    assert problems(replace(FINE, **facts)) == {field: sentence}
