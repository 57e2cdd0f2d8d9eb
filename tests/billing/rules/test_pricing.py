from datetime import date
from decimal import Decimal

import pytest

from billing.rules import pricing
from billing.rules.pricing import Parts, Price, Release

DOS = date(2025, 3, 1)
YEAR = Release("Fee schedule", "2025", date(2025, 12, 31))
CHICAGO = Parts(Decimal("1.007"), Decimal("1.023"), Decimal("2.018"))
EVEN = Parts(Decimal(1), Decimal(1), Decimal(1))


def fee(values, *, indices=EVEN, multiplier="1", dos=DOS):
    return pricing.fee_schedule_price(
        values=Parts(*map(Decimal, values)),
        indices=indices,
        conversion_factor=Decimal("32.3465"),
        multiplier=Decimal(multiplier),
        release=YEAR,
        dos=dos,
    )


@pytest.mark.parametrize(
    ("values", "indices", "multiplier", "charge"),
    [
        (("0.21", "1.54", "0.04"), EVEN, "1", "57.90"),  # 96365: 1.79 x 32.3465
        (("0.21", "1.54", "0.04"), CHICAGO, "1", "60.41"),
        (("0.21", "1.54", "0.04"), CHICAGO, "3", "181.23"),
        (("0.17", "0.25", "0.01"), EVEN, "2.5", "34.77"),  # 96372
    ],
)
def test_a_service_is_its_values_by_locality_times_factor_and_multiplier(values, indices, multiplier, charge):
    assert fee(values, indices=indices, multiplier=multiplier).unit_charge == Decimal(charge)


def test_a_price_says_where_it_comes_from_and_when_nothing_newer_is_loaded():
    values = ("0.21", "1.54", "0.04")
    assert fee(values).note == "Fee schedule 2025 (charged at 1 times)"
    assert fee(values, dos=date(2025, 12, 31)).note.startswith("Fee schedule 2025 (")
    assert fee(values, dos=date(2026, 1, 1)).note.startswith("Fee schedule 2025, newest loaded: 2025 (")


def test_a_drug_unit_may_cost_less_than_a_cent_and_the_line_is_in_cents():
    quarter = Release("Part B limit", "2025 Q1", date(2025, 3, 31))
    price = pricing.drug_price(limit=Decimal("0.048"), multiplier=Decimal("3"), release=quarter, dos=DOS)
    assert price.unit_charge == Decimal("0.1440")
    assert price.charge(Decimal(100)) == Decimal("14.40")
    assert price.note == "Part B limit 2025 Q1 (charged at 3 times)"


@pytest.mark.parametrize(("units", "charge"), [(1, "0.13"), (2, "0.25"), (300, "37.50")])
def test_a_line_is_rounded_half_up_once(units, charge):
    assert Price(Decimal("0.125"), "").charge(Decimal(units)) == Decimal(charge)
