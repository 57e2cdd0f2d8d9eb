from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.identifiers import BadDiagnosis, Diagnosis, check_diagnosis, is_npi

RELEASE = {
    "G43": Diagnosis(billable=False),
    "G437": Diagnosis(billable=False),
    "G43709": Diagnosis(billable=True),
    "G43E09": Diagnosis(billable=True, effective_from=date(2023, 10, 1)),
    "R51": Diagnosis(billable=True, effective_to=date(2020, 9, 30)),
}
TODAY = date(2026, 11, 20)


def check(text, on=TODAY):
    return check_diagnosis(text, on=on, lookup=RELEASE.get)


@pytest.mark.parametrize("npi", ["1234567893", "1245319599", "2234567891"])
def test_a_provider_number_with_its_check_digit(npi):
    assert is_npi(npi)


@pytest.mark.parametrize(
    "text",
    ["1234567890", "3234567893", "123456789", "12345678930", "123456789X", "", " 1234567893", "١234567893"],
)
def test_what_is_no_provider_number(text):
    assert not is_npi(text)


@given(st.integers(100_000_000, 299_999_999))
def test_each_nine_digits_have_exactly_one_check_digit(base):
    assert sum(is_npi(f"{base}{check}") for check in range(10)) == 1


@given(st.integers(0, 8), st.integers(0, 9))
def test_one_wrong_digit_is_always_found(place, digit):
    wrong = "1234567893"[:place] + str(digit) + "1234567893"[place + 1 :]
    assert is_npi(wrong) is (wrong == "1234567893")


@pytest.mark.parametrize("text", ["G43.709", "g43.709", "G43709", " g43.709 "])
def test_the_wire_form_is_upper_case_without_the_point(text):
    assert check(text) == "G43709"


@pytest.mark.parametrize(
    ("text", "on", "reason"),
    [
        ("43.709", TODAY, "bad_format"),
        ("G437.09", TODAY, "bad_format"),
        ("G43.", TODAY, "bad_format"),
        ("G43.70912", TODAY, "bad_format"),
        ("", TODAY, "bad_format"),
        ("G43.70X", TODAY, "unknown"),
        ("G43", TODAY, "not_billable"),
        ("G43.7", TODAY, "not_billable"),
        ("G43.E09", date(2023, 9, 30), "not_effective"),
        ("R51", date(2020, 10, 1), "not_effective"),
    ],
)
def test_a_code_that_cannot_stand_on_the_claim_says_why(text, on, reason):
    with pytest.raises(BadDiagnosis) as no:
        check(text, on)
    assert no.value.reason == reason


@pytest.mark.parametrize(
    ("text", "on"), [("G43.E09", date(2023, 10, 1)), ("R51", date(2020, 9, 30)), ("G43.E09", None)]
)
def test_the_first_and_last_day_count(text, on):
    assert check(text, on)
