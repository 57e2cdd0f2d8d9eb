"""An adult's amount, or by the kilogram; a child whose weight nobody knows gets no guess."""

from decimal import Decimal

import pytest

from visits.rules.emergency_doses import proposed

EPINEPHRINE = {"amount": Decimal("0.3"), "per_kg": Decimal("0.01"), "below_kg": Decimal(30)}


@pytest.mark.parametrize(
    ("age", "weight", "amount"),
    [
        (40, None, "0.3"),
        (40, 80, "0.3"),
        (40, 30, "0.3"),
        (40, "28.4", "0.28"),
        (9, 30, "0.3"),
        (9, "17.3", "0.17"),
        (12, 55, "0.3"),
        (17, None, None),
    ],
)
def test_epinephrine_by_age_and_weight(age, weight, amount):
    kg = None if weight is None else Decimal(weight)
    found = proposed(**EPINEPHRINE, age_years=age, weight_kg=kg)
    assert found == (None if amount is None else Decimal(amount))


def test_a_drug_without_a_dose_by_weight_is_an_adults():
    bare = {"amount": Decimal(50), "per_kg": None, "below_kg": None}
    assert proposed(**bare, age_years=18, weight_kg=Decimal(40)) == 50
    assert proposed(**bare, age_years=10, weight_kg=Decimal(40)) is None
