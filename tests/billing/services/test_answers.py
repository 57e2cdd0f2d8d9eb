from datetime import timedelta
from pathlib import Path

import pytest

from billing.models import InboundFile
from billing.services import answers, charging, submission
from billing.states import ClaimState, InboundState
from billing.x12.validator import validate
from tests.billing.scenes import EVENING, diagnosed

SAMPLES = Path(__file__).parents[2] / "data" / "x12"
LATER = EVENING + timedelta(hours=1)


@pytest.fixture
def sent(centre, insured, site, bea):
    diagnosed(centre.finished(insured, "ketorolac"), by=bea)
    return submission.make_batch(site=site, by=bea, at=EVENING)


def load(text, *, by, at=LATER, name="answer.999"):
    return answers.load_file(name=name, raw=text.encode(), by=by, at=at)


def state_of(sent):
    return sent.claims.get().claim.state


def test_the_999_that_pyx12_makes_of_our_file_moves_its_claims(sent, bea):
    row = load(validate(sent.text).ack, by=bea)
    assert (row.kind, row.state, row.submission) == ("999", InboundState.MATCHED, sent)
    assert row.reason == f"File {sent.control_number:09d}: 1 accepted, 0 rejected."
    assert (state_of(sent), sent.claims.get().answer) == (ClaimState.ACKNOWLEDGED, "A")
    sent.refresh_from_db()
    assert sent.answered_at == LATER


def test_a_999_that_refuses_the_set_rejects_its_claims_and_they_can_go_again(sent, site, bea):
    broken = validate(sent.text.replace("SV1*HC:96374", "SV1*XX:96374"))
    row = load(broken.ack, by=bea)
    assert row.state == InboundState.MATCHED
    one = sent.claims.select_related("claim").get()
    assert (one.claim.state, one.answer) == (ClaimState.FILE_REJECTED, "R")
    assert one.answer_note.startswith("Segment SV1")
    charging.code_claim(claim=one.claim, by=bea, at=LATER)
    assert submission.make_batch(site=site, by=bea, at=LATER).claims.get().claim == one.claim


def test_the_same_bytes_twice_are_one_row_and_move_nothing_again(sent, bea):
    ack = validate(sent.text).ack
    first = load(ack, by=bea)
    again = load(ack, by=bea, at=LATER + timedelta(minutes=1), name="again.999")
    assert again == first
    assert again.received_at == LATER
    assert InboundFile.objects.count() == 1


def test_another_999_for_a_file_that_was_answered_says_so(sent, bea):
    ack = validate(sent.text).ack
    load(ack, by=bea)
    row = load(ack.replace("\n", "") + "\n", by=bea)
    assert row.reason == f"File {sent.control_number:09d} was answered before."
    assert state_of(sent) == ClaimState.ACKNOWLEDGED


def test_a_999_that_answers_nothing_of_ours_is_kept(sent, bea):
    raw = (SAMPLES / "imsweb-accepted.999").read_bytes()
    row = answers.load_file(name="imsweb-accepted.999", raw=raw, by=bea, at=LATER)
    assert (row.kind, row.state, row.submission) == ("999", InboundState.UNMATCHED, None)
    assert bytes(InboundFile.objects.get().raw) == raw
    assert state_of(sent) == ClaimState.SUBMITTED


def test_our_number_on_another_kind_of_claim_is_not_ours(sent, bea):
    ack = validate(sent.text).ack.replace("005010X222A1", "005010X223A2")
    assert load(ack, by=bea).state == InboundState.UNMATCHED
    assert state_of(sent) == ClaimState.SUBMITTED


@pytest.mark.parametrize("name", ["imsweb-accepted.277ca", "emedny.835", "linuxforhealth-dependent.271"])
def test_what_cannot_be_read_yet_is_kept_and_says_so(bea, name):
    row = answers.load_file(name=name, raw=(SAMPLES / name).read_bytes(), by=bea, at=LATER)
    assert row.state == InboundState.UNREADABLE
    assert "cannot be read yet" in row.reason


@pytest.mark.parametrize("raw", [b"hello", b"\xff\xfe\x00", b"%PDF-1.7 " + bytes(range(256))])
def test_what_is_no_x12_is_kept_with_its_reason(bea, raw):
    row = answers.load_file(name="x", raw=raw, by=bea, at=LATER)
    assert (row.state, row.kind) == (InboundState.UNREADABLE, "")
    assert "not an X12 file" in row.reason


def test_a_999_that_breaks_off_is_kept_with_its_reason(sent, bea):
    row = load(validate(sent.text).ack[:-40], by=bea)
    assert row.state == InboundState.UNREADABLE
    assert "breaks off" in row.reason
    assert state_of(sent) == ClaimState.SUBMITTED


def test_an_empty_file_is_refused(bea):
    with pytest.raises(answers.FileRefused, match="empty"):
        answers.load_file(name="x", raw=b" \n", by=bea, at=LATER)


def test_a_file_kept_by_somebody_who_died_is_read_when_it_comes_again(sent, bea):
    ack = validate(sent.text).ack
    answers._keep("first.999", ack.encode(), by=bea, at=EVENING)
    assert load(ack, by=bea).state == InboundState.MATCHED


def test_a_ta1_that_refuses_the_envelope_refuses_its_claims(sent, bea):
    isa = sent.text.split("~")[0]
    ta1 = f"{isa}~TA1*{sent.control_number:09d}*261120*1700*R*024~IEA*0*{sent.control_number:09d}~"
    row = load(ta1, by=bea)
    assert (row.kind, row.state) == ("TA1", InboundState.MATCHED)
    assert state_of(sent) == ClaimState.FILE_REJECTED
