import pytest
from hypothesis import given
from hypothesis import strategies as st

from regimens.rules.ndc import BadNdc, wire_form


@pytest.mark.parametrize(
    ("printed", "wire"),
    [
        ("1234-5678-90", "01234567890"),
        ("12345-678-90", "12345067890"),
        ("12345-6789-0", "12345678900"),
        ("12345-6789-01", "12345678901"),
        ("12345678901", "12345678901"),
        (" 0187-0126-05 ", "00187012605"),
    ],
)
def test_the_short_group_is_padded(printed, wire):
    assert wire_form(printed) == wire


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        ("1234567890", "ambiguous_10_digit"),
        ("123456789012", "ndc12_not_yet"),
        ("123456-7890-12", "ndc12_not_yet"),
        ("12345-6789-012", "bad_format"),
        ("1234-567-89", "bad_format"),
        ("123-4567-89", "bad_format"),
        ("12345-67890", "bad_format"),
        ("123456789", "bad_format"),
        ("*1234-0678-90", "bad_format"),
        ("12345–678–90", "bad_format"),  # a dash is not a hyphen
        ("١2345678901", "bad_format"),
        ("", "bad_format"),
    ],
)
def test_what_a_claim_cannot_carry_says_why(printed, reason):
    with pytest.raises(BadNdc) as no:
        wire_form(printed)
    assert (no.value.reason, no.value.field) == (reason, "ndc")


@given(st.from_regex(r"[0-9]{5}-[0-9]{4}-[0-9]{2}", fullmatch=True))
def test_a_full_code_only_loses_its_hyphens(printed):
    assert wire_form(printed) == printed.replace("-", "") == wire_form(wire_form(printed))


@given(st.text(max_size=16))
def test_any_text_is_a_wire_form_or_a_refusal(text):
    try:
        assert len(wire_form(text)) == 11
    except BadNdc as no:
        assert no.message
