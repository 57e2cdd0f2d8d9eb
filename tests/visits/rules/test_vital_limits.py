"""Typing errors stop, odd numbers warn, both per age."""

from decimal import Decimal

import pytest

from visits.rules import vital_limits
from visits.rules.vital_limits import VitalsRefused


@pytest.mark.parametrize(
    ("numbers", "field"),
    [
        ({"systolic": 1200}, "systolic"),
        ({"diastolic": 8}, "diastolic"),
        ({"systolic": 80, "diastolic": 120}, "diastolic"),
        ({"pulse": 720}, "pulse"),
        ({"breaths": 160}, "breaths"),
        ({"spo2": 989}, "spo2"),
        ({"spo2": 101}, "spo2"),
        ({"celsius": Decimal("3.7")}, "celsius"),
        ({"systolic": None, "pulse": None}, "systolic"),
    ],
)
def test_a_slip_of_the_key_is_refused_at_its_field(numbers, field):
    with pytest.raises(VitalsRefused) as no:
        vital_limits.check(numbers)
    assert no.value.field == field


def test_numbers_of_a_sick_but_living_person_pass():
    vital_limits.check(
        {"systolic": 212, "diastolic": 130, "pulse": 140, "spo2": 84, "celsius": Decimal("40.1")}
    )


def test_the_bounds_themselves_pass():
    for field, limit in vital_limits.LIMITS.items():
        for number in limit.hard:
            vital_limits.check({field: number})


def test_soft_limits_warn_by_age():
    numbers = {"systolic": 150, "diastolic": 90, "pulse": 120}
    assert vital_limits.warnings(numbers, age=44) == {"pulse": "high"}
    assert vital_limits.warnings(numbers, age=12) == {"systolic": "high", "diastolic": "high"}


def test_what_was_not_measured_does_not_warn():
    assert vital_limits.warnings({"spo2": None, "pulse": 45}, age=30) == {"pulse": "low"}


@pytest.mark.parametrize(
    ("typed", "read"), [("98.6", "37.0"), ("37.2", "37.2"), ("101", "38.3"), ("45", "45.0")]
)
def test_fahrenheit_is_read_as_such(typed, read):
    assert vital_limits.celsius(Decimal(typed)) == Decimal(read)
