"""What the writer lets through, and how names come out of it."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.x12.claims import claim_segments
from billing.x12.elements import (
    CannotWrite,
    clean,
    control_number,
    digits,
    identifier,
    money,
    quantity,
    words,
)
from billing.x12.values import Address, Patient, PersonName
from tests.billing.x12.people import ADDRESS, DAY, cocktail, line, replace, with_line

PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!\"&'()+,-./;?= ")


@pytest.mark.parametrize(
    ("kept", "written"),
    [
        ("Zoë Peña", "ZOE PENA"),
        ("O’Brien", "O'BRIEN"),
        ("O´Brien", "O'BRIEN"),
        ("Straße", "STRASSE"),
        ("Łukasz Øst Đorđe Ævar", "LUKASZ OST DORDE AEVAR"),
        ("A~B*C:D^E", "A B C D E"),
        ("  Mary \t Ann\r\n", "MARY ANN"),
        ("Lidocaine 2% – 50 µg", "LIDOCAINE 2 PCT - 50 MCG"),
        ("½ vial", "1/2 VIAL"),
        ("Apt #4", "APT 4"),
        ("李", ""),
    ],
)
def test_names_and_notes_come_out_in_characters_every_payer_takes(kept, written):
    assert clean(kept) == written


@given(st.text())
@settings(max_examples=300, deadline=None, database=None)
def test_cleaning_leaves_nothing_to_clean(text):
    written = clean(text)
    assert set(written) <= PLAIN
    assert clean(written) == written == written.strip()


ODD = st.text(max_size=8)
SHORT = st.text(max_size=4)  # one odd letter can become six plain ones, and a middle name may have 25
NAMES = st.builds(PersonName, ODD.map("Q".__add__), SHORT, SHORT, st.text(max_size=1))


@given(NAMES, ODD, ODD, ODD, ODD)
@settings(max_examples=200, deadline=None, database=None)
def test_odd_text_never_breaks_a_segment(name, street, claim_note, description, line_note):
    """Whatever stands in a name or a note, every other element keeps its place."""
    home = Address(f"{street} 1", "Springfield", "IL", "62701", street)
    claim = replace(cocktail(), patient=Patient(name, "19", DAY, "F", home), note=f"N{claim_note}")
    claim = with_line(claim, 4, description=f"{description}.", note=f"N{line_note}")
    written = [one.split("*") for one in claim_segments(claim)]
    plain = [one.split("*") for one in claim_segments(replace(cocktail(), note="N"))]
    assert [one[0] for one in written] == [one[0] for one in plain]
    assert all(set("".join(one)) <= PLAIN | {":"} for one in written)
    person, procedure = written[6], next(one for one in written if one[1].startswith("HC:J3490"))
    assert (person[:3], len(person) <= 8, person[3][0]) == (["NM1", "QC", "1"], True, "Q")
    assert (procedure[1].count(":"), procedure[2:]) == (6, ["140.00", "UN", "1", "", "", "1"])


@given(st.text(max_size=20))
@settings(max_examples=200, deadline=None, database=None)
def test_an_identifier_is_carried_whole_or_refused(text):
    try:
        assert identifier(text, name="member number", longest=80) == text.strip().upper()
    except CannotWrite as no:
        assert set(text.strip().upper()) - PLAIN or not text.strip() or "  " in text
        assert no.message.startswith("The member number ")


def test_an_identifier_that_cannot_be_carried_is_refused_and_not_changed():
    with pytest.raises(
        CannotWrite, match=r"^The member number holds a character that a claim cannot carry\.$"
    ):
        identifier("AB*12", name="member number", longest=80)
    with pytest.raises(CannotWrite, match="claim number"):
        identifier("clm-1", name="claim number", longest=20, exact=True)
    assert identifier(" ab12 ", name="member number", longest=80) == "AB12"


def test_too_long_and_empty_text_is_refused_by_name_and_never_by_value():
    with pytest.raises(CannotWrite, match=r"^The patient's last name is longer than 60 characters\.$"):
        words("Q" * 61, name="patient's last name", longest=60)
    with pytest.raises(CannotWrite, match=r"^The patient's last name is missing, or has no character"):
        words("李", name="patient's last name", longest=60)


@pytest.mark.parametrize("amount", ["0.005", "NaN", "Infinity", "1E+40"])
def test_money_is_never_rounded(amount):
    with pytest.raises(CannotWrite, match="whole cents"):
        money(Decimal(amount), name="line charge")


def test_amounts_are_written_plainly():
    assert money(Decimal("1E+3"), name="charge") == "1000.00"
    assert quantity(Decimal("4.500"), name="units") == "4.5"
    assert quantity(Decimal("1E+2"), name="units") == "100"
    with pytest.raises(CannotWrite, match="three decimal places"):
        quantity(Decimal("0.0001"), name="units")


def test_phones_and_control_numbers_have_their_size():
    assert digits("(217) 555-0142", name="phone", lengths=(10,)) == "2175550142"
    with pytest.raises(CannotWrite, match="5 or 9 digits"):
        digits("627O1", name="ZIP code", lengths=(5, 9))
    with pytest.raises(CannotWrite, match="between 1 and"):
        control_number(0, name="group control number")


def test_a_line_takes_four_modifiers_and_no_more():
    claim = replace(cocktail(), lines=(line(1, "96365", "1.00", modifiers=("25", "59", "JW", "JZ", "XU")),))
    with pytest.raises(CannotWrite, match="four modifiers"):
        list(claim_segments(claim))
    assert ADDRESS.state == "IL"
