"""Answers from outside: bytes are kept first, read second, matched third. The same file twice is one row."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from billing.models import InboundFile, Submission, SubmittedClaim
from billing.services.moves import move_claims
from billing.states import ClaimState, InboundState
from billing.x12.acks import Ack999, EnvelopeAck, GroupAck, read_999
from billing.x12.reader import UnreadableX12, sniff
from billing.x12.writer import VERSION
from infusion_center.accounts.models import User
from infusion_center.audit import history
from infusion_center.errors import DomainError

NOT_READ_YET = "Kept, and not read yet"
MOST_BYTES = 20 * 1024 * 1024
READABLE = frozenset({"999", "TA1"})


class FileRefused(DomainError):
    """An upload that is no answer at all: nothing is kept of it."""


def load_file(*, name: str, raw: bytes, by: User, at: datetime) -> InboundFile:
    """Keep the bytes, then read them. A file that came before is the same row, read again only if it was not.

    What happened stands in `state` and `reason`. A row with `received_at` before `at` had come before.
    Raises FileRefused for an empty or huge file.
    """
    if not raw.strip():
        raise FileRefused("This file is empty.", field="file")
    if len(raw) > MOST_BYTES:
        raise FileRefused("This file is larger than 20 MB: it is not an answer to our claims.", field="file")
    row = _keep(name, raw, by=by, at=at)
    return _read(row, by=by, at=at)


def _keep(name: str, raw: bytes, *, by: User, at: datetime) -> InboundFile:
    digest = hashlib.sha256(raw).hexdigest()
    row = InboundFile(
        name=name[:200],
        raw=raw,
        digest=digest,
        state=InboundState.UNREADABLE,
        reason=NOT_READ_YET,
        received_at=at,
        received_by=by,
    )
    with transaction.atomic(), history.verb("answer.received", by=by, at=at):
        InboundFile.objects.bulk_create([row], ignore_conflicts=True)
    return InboundFile.objects.get(digest=digest)


def _read(row: InboundFile, *, by: User, at: datetime) -> InboundFile:
    with transaction.atomic(), history.verb("answer.read", by=by, at=at):
        row = InboundFile.objects.select_for_update(no_key=True).get(pk=row.pk)
        if row.reason != NOT_READ_YET:
            return row
        text = bytes(row.raw).decode("utf-8", errors="replace")
        row.kind = sniff(text) or ""
        if row.kind in READABLE:
            _match(row, text, at=at)
        elif row.kind:
            _settle(row, InboundState.UNREADABLE, f"A {row.kind} cannot be read yet. It is kept.")
        else:
            _settle(row, InboundState.UNREADABLE, "This is not an X12 file that we know. It is kept.")
        row.save(update_fields=["kind", "state", "reason", "submission", "updated_at"])
    return row


def _settle(row: InboundFile, state: str, reason: str) -> None:
    row.state, row.reason = InboundState(state), reason[:300]


def _match(row: InboundFile, text: str, *, at: datetime) -> None:
    try:
        ack = read_999(text)
    except UnreadableX12 as no:
        _settle(row, InboundState.UNREADABLE, no.message)
        return
    said = [*_groups(row, ack, at=at), *_envelopes(row, ack, at=at)]
    if row.submission is None:
        _settle(row, InboundState.UNMATCHED, "It answers no file of ours. It is kept.")
    else:
        _settle(row, InboundState.MATCHED, " ".join(said))


def _groups(row: InboundFile, ack: Ack999, *, at: datetime) -> Iterable[str]:
    for group in ack.groups:
        submission = _submission(group)
        if submission is None:
            continue
        row.submission = row.submission or submission
        yield _answer(submission, _answers(submission, group), at=at)


def _submission(group: GroupAck) -> Submission | None:
    """Ours by its group control number (AK102), if it answers professional claims of our version."""
    if group.kind != "HC" or group.version not in ("", VERSION):
        return None
    return _by_number(group.control_number)


def _by_number(number: str) -> Submission | None:
    if not (number.isascii() and number.isdigit()):
        return None
    return Submission.objects.exclude(text="").filter(control_number=int(number)).first()


def _answers(submission: Submission, group: GroupAck) -> list[tuple[SubmittedClaim, bool, str, str]]:
    """Of each claim not answered yet: itself, whether its set was taken, the code, and the first fault."""
    sets = {one.control_number: one for one in group.sets}
    found = []
    for sent in submission.claims.filter(answer="").order_by("pk"):
        taken = group.accepts(sent.set_number)
        one = sets.get(sent.set_number)
        if taken is not None:
            fault = one.faults[0].sentence if one and one.faults else ""
            found.append((sent, taken, (one.code if one and one.code else group.code)[:1], fault))
    return found


def _envelopes(row: InboundFile, ack: Ack999, *, at: datetime) -> Iterable[str]:
    """A TA1 that refuses the envelope refuses every claim in it; one that takes it says nothing of them."""
    for envelope in ack.envelopes:
        submission = _by_number(envelope.control_number)
        if submission is None:
            continue
        row.submission = row.submission or submission
        yield (
            _refuse_envelope(submission, envelope, at=at)
            if not envelope.accepted
            else "The envelope was taken."
        )


def _refuse_envelope(submission: Submission, envelope: EnvelopeAck, *, at: datetime) -> str:
    note = f"The envelope was refused with code {envelope.note_code}."
    waiting = submission.claims.filter(answer="").order_by("pk")
    return _answer(submission, [(sent, False, "R", note) for sent in waiting], at=at)


def _answer(
    submission: Submission, answers: list[tuple[SubmittedClaim, bool, str, str]], *, at: datetime
) -> str:
    """Write each answer beside its claim and move the claims. Says what happened in numbers."""
    for sent, _, code, fault in answers:
        sent.answer, sent.answer_note = code, fault[:300]
    SubmittedClaim.objects.bulk_update([sent for sent, *_ in answers], ["answer", "answer_note"])
    taken = move_claims([one.claim_id for one, yes, *_ in answers if yes], ClaimState.ACKNOWLEDGED, at=at)
    refused = move_claims(
        [one.claim_id for one, yes, *_ in answers if not yes], ClaimState.FILE_REJECTED, at=at
    )
    if not answers:
        return f"File {submission.control_number:09d} was answered before."
    Submission.objects.filter(pk=submission.pk).update(answered_at=at, updated_at=at)
    return f"File {submission.control_number:09d}: {taken} accepted, {refused} rejected."
