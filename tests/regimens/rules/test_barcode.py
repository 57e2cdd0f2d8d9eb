from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from regimens.rules.barcode import BadBarcode, Scan, read_scan

GTIN = "00367386130517"
WHOLE = Scan(GTIN, "6738613051", date(2027, 2, 28), "A1234B", "SER0001")


@pytest.mark.parametrize("separator", ["\x1d", "<GS>", "{GS}", "<gs>"])
@pytest.mark.parametrize("prefix", ["]d2", "", "\x1d", "]d2\x1d"])
def test_the_same_package_through_any_scanner(prefix, separator):
    assert read_scan(f"{prefix}01{GTIN}1727020010A1234B{separator}21SER0001") == WHOLE


@pytest.mark.parametrize(
    ("printed", "expiry"),
    [("270200", date(2027, 2, 28)), ("280200", date(2028, 2, 29)), ("271231", date(2027, 12, 31))],
)
def test_day_nought_is_the_last_of_the_month(printed, expiry):
    assert read_scan(f"01{GTIN}17{printed}").expiry == expiry


def test_what_the_code_does_not_carry_is_none():
    assert read_scan(f"01{GTIN}") == Scan(GTIN, "6738613051")


def test_a_carton_has_another_indicator_and_the_same_drug():
    assert read_scan("0120367386130511").ndc10 == "6738613051"


def test_a_product_that_is_no_us_drug_has_no_ndc():
    assert read_scan("0104012345678901").ndc10 is None


@pytest.mark.parametrize("linear", ["367386130517", "0367386130517", GTIN])
def test_a_linear_code_of_a_vial_is_its_gtin(linear):
    assert read_scan(linear) == Scan(GTIN, "6738613051")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("010036738613051017270215", "gtin_check_digit"),
        ("367386130510", "gtin_check_digit"),
        (f"01{GTIN}17271340", "bad_format"),
        (f"01{GTIN}17270230", "bad_format"),
        (f"01{GTIN}10" + "A" * 21, "bad_format"),
        ("0100367386130", "bad_format"),
        ("01003673861305", "bad_format"),
        ("0100367386130A17", "bad_format"),
        (f"(01){GTIN}", "bad_format"),
        ("01０0367386130517", "bad_format"),
        ("]d2", "bad_format"),
        ("", "bad_format"),
    ],
)
def test_a_scan_that_cannot_be_trusted_says_why(raw, reason):
    with pytest.raises(BadBarcode) as no:
        read_scan(raw)
    assert no.value.reason == reason


@given(st.text(max_size=60))
@example("]")
def test_any_text_is_a_scan_or_a_refusal(raw):
    try:
        read_scan(raw)
    except BadBarcode as no:
        assert no.message
