from decimal import Decimal

import pytest

from patients.rules.measures import Unbelievable, read_measure
from patients.rules.phone import UnreadablePhone, read_phone


def weight(value, unit="kg", age=40):
    return read_measure(kind="weight", value=Decimal(value), unit=unit, age_years=age)


def test_pounds_are_kept_as_kilograms():
    assert weight("180", "lb").value == Decimal("81.65")
    assert weight("180", "lb").unit == "kg"


@pytest.mark.parametrize(
    ("value", "age"), [("7", 40), ("24.99", 18), ("700", 40), ("400.01", 40), ("60", 1), ("3", 3)]
)
def test_a_weight_nobody_has_is_refused(value, age):
    with pytest.raises(Unbelievable, match="cannot be the weight") as no:
        weight(value, age=age)
    assert no.value.field == "value"


@pytest.mark.parametrize(
    ("value", "age"), [("25", 18), ("400", 40), ("7", 1), ("7", 2), ("20", 12), ("250", 17), ("45", 119)]
)
def test_a_weight_somebody_has_is_taken(value, age):
    assert weight(value, age=age).value == Decimal(value)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-3"])
def test_no_number_is_no_weight(value):
    with pytest.raises(Unbelievable):
        weight(value)


def test_an_unknown_unit_is_named():
    with pytest.raises(Unbelievable, match="“stone” is no unit") as no:
        weight("12", "stone")
    assert no.value.field == "unit"


def test_a_height_in_metres_or_inches_is_kept_in_centimetres():
    assert read_measure(kind="height", value=Decimal("1.68"), unit="m", age_years=40).value == Decimal(
        "168.00"
    )
    assert read_measure(kind="height", value=Decimal(66), unit="in", age_years=40).value == Decimal("167.64")


def test_pain_goes_from_nothing_to_ten():
    assert read_measure(kind="pain", value=Decimal(0), unit="score", age_years=40).value == 0
    with pytest.raises(Unbelievable):
        read_measure(kind="pain", value=Decimal(11), unit="score", age_years=40)


@pytest.mark.parametrize(
    "written", ["(312) 555-0142", "312.555.0142", "+1 312 555 0142", "13125550142", "312 5550142"]
)
def test_a_phone_is_read_however_it_is_written(written):
    number = read_phone(written)
    assert (number.written, number.digits) == ("(312) 555-0142", "3125550142")


def test_a_phone_of_abroad_needs_its_plus():
    assert read_phone("+44 20 7946 0958").digits == "2079460958"


@pytest.mark.parametrize("written", ["555-0142", "12", "call her sister", "", "312 555 01421"])
def test_what_nobody_can_dial_is_refused_in_words(written):
    with pytest.raises(UnreadablePhone, match="is no phone number") as no:
        read_phone(written)
    assert no.value.field == "written"
