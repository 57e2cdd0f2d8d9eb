"""Answers to our files: matched by their numbers, read even when odd, refused in one sentence when broken."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.x12 import writer
from billing.x12.acks import read_999
from billing.x12.reader import UnreadableX12, sniff
from billing.x12.validator import validate
from billing.x12.writer import set_control_number, write_837p
from tests.billing.x12.people import batch, cocktail

DATA = Path(__file__).parents[2] / "data" / "x12"
FOREIGN = (DATA / "imsweb-accepted.999").read_text()
BLANK = " " * 10
ISA = f"ISA*00*{BLANK}*00*{BLANK}*ZZ*CH987654       *ZZ*HHC12345       *261121*0800*^*00501*000000077*0*T*:~"
REJECTED = f"""{ISA}
GS*FA*CH987654*HHC12345*20261121*0800*77*X*005010X231A1~
ST*999*0001*005010X231A1~
AK1*HC*815*005010X222A1~
AK2*837*0001*005010X222A1~
IK3*SV1*29*2400*8~
CTX*CLM01:CLM-0001~
IK4*1:2*234*7*J9999~
IK4*7**1~
IK3*NM1*40**3~
IK5*R*5*I5~
AK2*837*0002*005010X222A1~
IK5*E*5~
AK9*P*2*2*1*1~
SE*12*0001~
GE*1*77~
IEA*1*000000077~
"""


def test_the_999_of_our_own_batch_is_accepted_and_names_our_numbers():
    ours = batch()
    answer = read_999(validate(write_837p(ours)).ack)
    (group,) = answer.groups
    assert (answer.sender, answer.receiver) == ("CH987654", "HHC12345")
    assert (group.kind, group.control_number, group.version) == (
        "HC",
        str(ours.control.group),
        "005010X222A1",
    )
    assert (group.code, group.included, group.received, group.accepted_sets) == ("A", 1, 1, 1)
    (one,) = group.sets
    assert one.control_number == set_control_number(ours.control, 0)
    assert one.accepted
    assert one.faults == ()
    assert group.accepts("0001") is True


def test_the_999_of_a_faulty_batch_says_which_set_and_segment(monkeypatch):
    monkeypatch.setattr(writer, "CLAIMS_IN_SET", 1)
    text = write_837p(batch(cocktail("GOOD"), cocktail("BAD"))).replace("CLM*BAD*612.35", "CLM*BAD*ALOT")
    (group,) = read_999(validate(text).ack).groups
    assert [one.accepted for one in group.sets] == [True, False]
    assert [group.accepts(number) for number in ("0001", "0002")] == [True, False]
    (fault,) = group.sets[1].faults
    assert (fault.segment, fault.elements[0].position, fault.elements[0].bad_value) == ("CLM", "2", "ALOT")
    assert fault.sentence.endswith("Element 2 holds a character that is not allowed.")


def test_a_999_from_elsewhere_is_read_with_its_own_numbers():
    answer = read_999(FOREIGN)
    (group,) = answer.groups
    assert (answer.sender, answer.receiver, answer.control_number) == ("12345", "987654321", "000000286")
    assert (group.control_number, group.version) == ("17456", "005010X223A2")
    assert group.accepts("0001") is True
    assert answer.notes == ("IEA id=000000001 does not match ISA id=000000286",)


def test_every_fault_of_a_rejection_is_kept_with_its_place():
    (group,) = read_999(REJECTED).groups
    first, second = group.sets
    assert (first.code, first.errors, first.accepted) == ("R", ("5", "I5"), False)
    assert [(one.segment, one.position, one.loop, one.code) for one in first.faults] == [
        ("SV1", 29, "2400", "8"),
        ("NM1", 40, "", "3"),
    ]
    assert [(one.position, one.code, one.bad_value) for one in first.faults[0].elements] == [
        ("1-2", "7", "J9999"),
        ("7", "1", ""),
    ]
    assert "Element 1-2 holds a code that is not allowed. Element 7 is missing." in first.faults[0].sentence
    assert "J9999" not in first.faults[0].sentence
    assert (second.code, second.accepted) == ("E", True)
    assert (group.code, group.included, group.accepted_sets, group.errors) == ("P", 2, 1, ("1",))


def test_a_partial_answer_says_nothing_of_a_set_it_does_not_name():
    (group,) = read_999(REJECTED).groups
    assert [group.accepts(number) for number in ("0001", "0002", "0003")] == [False, True, None]


def test_other_delimiters_and_line_ends_are_read_from_the_isa():
    other = REJECTED.replace(":", "|").replace("*", "!").replace("~\n", "~\r\n")
    (group,) = read_999("\ufeff\n" + other).groups
    assert group.sets[0].faults[0].elements[0].position == "1-2"
    (lines,) = read_999(REJECTED.replace("~\n", "\n")).groups
    assert lines.accepts("0002") is True


def test_a_ta1_alone_is_read():
    text = f"{ISA}\nTA1*000004711*261121*0730*R*018~\nIEA*0*000000077~\n"
    assert sniff(text) == "TA1"
    answer = read_999(text)
    (envelope,) = answer.envelopes
    assert (envelope.control_number, envelope.code, envelope.note_code) == ("000004711", "R", "018")
    assert not envelope.accepted
    assert answer.groups == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "not X12"),
        ("Dear practice, your file was fine.", "not X12"),
        (REJECTED[:300], "breaks off"),
        (REJECTED.replace("IEA*1*000000077~", ""), "breaks off"),
        (REJECTED.replace("IK5*R*5*I5~", "~~"), "breaks off"),
        (f"{ISA}\nSE*1*0001~\nIEA*0*000000077~\nIEA*0*1~\nSE*1*1~", "not X12"),
        ((DATA / "linuxforhealth-managed-care.835").read_text(), "no acknowledgment"),
        ((DATA / "no-isa.835").read_text(), "not X12"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(text, sentence):
    with pytest.raises(UnreadableX12, match=sentence):
        read_999(text)


@given(st.text(alphabet="AIKSTGE0123459*~:\n ", max_size=200))
@settings(max_examples=150, deadline=None, database=None)
def test_garbage_inside_an_envelope_is_read_or_refused_and_never_crashes(garbage):
    text = f"{ISA}\n{garbage}~\nIEA*0*000000077~\n"
    sniff(text)
    try:
        read_999(text)
    except UnreadableX12 as no:
        assert no.message


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("imsweb-accepted.999", "999"),
        ("imsweb-accepted.277ca", "277CA"),
        ("emedny.835", "835"),
        ("linuxforhealth-managed-care.835", "835"),
        ("linuxforhealth-drug-10-1.837", "837"),
        ("linuxforhealth-dependent.271", "271"),
        ("no-isa.835", None),
    ],
)
def test_the_kind_of_a_file_is_read_from_its_envelope(name, kind):
    assert sniff((DATA / name).read_text()) == kind


def test_a_status_response_is_not_taken_for_a_claim_acknowledgment():
    status = (DATA / "imsweb-accepted.277ca").read_text().replace("005010X214", "005010X212")
    assert sniff(status) is None
    assert sniff("ISA*00") is None
