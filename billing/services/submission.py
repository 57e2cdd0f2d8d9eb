"""A file of claims: taken together, written, checked, validated, and only then sent.

1. ready claims → sending, with the file's row, commit   2. write and validate, holding nothing
3. submitted, or back with the reason, commit. A crash between 1 and 3 leaves an unfinished file, which
the sweep takes back.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from billing.models import Claim, ClaimLine, Submission, SubmittedClaim
from billing.rules.claim_checks import Finding
from billing.services import wire
from billing.services.charging import current_digest, with_parts
from billing.services.coded import hold
from billing.services.moves import CannotMove, move_claims, next_number
from billing.states import ClaimState
from billing.x12.checks import problems_in
from billing.x12.elements import CannotWrite
from billing.x12.validator import validate
from billing.x12.values import Batch837
from billing.x12.writer import set_control_number, write_837p
from infusion_center.accounts.models import User
from infusion_center.audit import history
from infusion_center.errors import Conflict, DomainError
from infusion_center.places.models import Site
from visits.states import Status

MOST_CLAIMS = 500  # in one file: about a second and a half of validation while somebody waits
LEFT_BEHIND = timedelta(minutes=10)
TAKEN_BACK = "X"  # our own answer for a file that never left


class NothingReady(Conflict):
    """No claim may go now."""


class FileRefused(DomainError):
    """Our own checks refused the file; nothing was sent."""


@dataclass(frozen=True)
class Draft:
    """A file on the way to being made: its row, its claims with their lines, its values."""

    row: Submission
    claims: Sequence[Claim]
    batch: Batch837


def make_batch(*, site: Site, by: User, at: datetime) -> Submission:
    """The ready claims of a site as one 837P that pyx12 accepts. Raises NothingReady, FileRefused.

    At most MOST_CLAIMS; what is left is ready for the next file.
    """
    draft = _take(site, by=by, at=at)
    try:
        text, refused = _write(draft)
    except Exception:
        _take_back(draft.row, {}, by=by, at=at)
        raise
    if refused:
        _take_back(draft.row, refused, by=by, at=at)
        raise FileRefused(_sentence(refused))
    return _send(draft, text, by=by, at=at)


def take_back_unfinished(*, at: datetime) -> int:
    """Files whose maker died before they were whole: their claims are ready again. How many files."""
    left = Submission.objects.filter(text="", made_at__lt=at - LEFT_BEHIND, claims__answer="").distinct()
    rows = list(left.order_by("pk"))
    for row in rows:
        _take_back(row, {}, by=None, at=at)
    return len(rows)


def note_download(*, submission: Submission, by: User, at: datetime) -> None:
    """When the file was fetched first."""
    with transaction.atomic(), history.verb("submission.downloaded", by=by, at=at):
        Submission.objects.filter(pk=submission.pk, downloaded_at=None).update(
            downloaded_at=at, updated_at=at
        )


def _take(site: Site, *, by: User, at: datetime) -> Draft:
    """Claims that somebody else is taking are passed over; those whose chart changed wait for the sweep."""
    with transaction.atomic(), history.verb("claim.batched", by=by, at=at):
        ready = Claim.objects.ready().filter(site=site).select_for_update(skip_locked=True, no_key=True)
        pks = list(ready.order_by("pk").values_list("pk", flat=True)[:MOST_CLAIMS])
        listed = with_parts(Claim.objects.filter(pk__in=pks)).prefetch_related("lines").order_by("pk")
        claims = [claim for claim in listed if _is_current(claim)]
        if not claims:
            raise NothingReady("No claim is ready to go.")
        batch = _values(claims, site=site, number=next_number(Submission), by=by, at=at)
        row = _open(site, batch, claims, by=by, at=at)
        if move_claims([claim.pk for claim in claims], ClaimState.SENDING, at=at) != len(claims):
            raise CannotMove("Somebody else took some of these claims. Try again.")
    return Draft(row, claims, batch)


def _is_current(claim: Claim) -> bool:
    return claim.visit.status == Status.DONE and claim.chart_digest == current_digest(claim)


def _values(claims: Sequence[Claim], *, site: Site, number: int, by: User, at: datetime) -> Batch837:
    with_lines = [(claim, sorted(claim.lines.all(), key=_position)) for claim in claims]
    return wire.batch_values(with_lines, site=site, number=number, by=by, at=at)


def _position(line: ClaimLine) -> int:
    return line.position


def _open(site: Site, batch: Batch837, claims: Sequence[Claim], *, by: User, at: datetime) -> Submission:
    number = batch.control.interchange
    row = Submission.objects.create(
        site=site, control_number=number, text="", digest="", made_at=at, made_by=by
    )
    SubmittedClaim.objects.bulk_create(
        SubmittedClaim(submission=row, claim=claim, set_number=set_control_number(batch.control, position))
        for position, claim in enumerate(claims)
    )
    return row


def _write(draft: Draft) -> tuple[str, dict[str, list[Finding]]]:
    """The text, or why not, by claim number; under the empty number what concerns the whole file."""
    refused: dict[str, list[Finding]] = defaultdict(list)
    for problem in problems_in(draft.batch):
        refused[problem.claim].append(Finding(f"file:{problem.code}"[:60], problem.sentence[:300]))
    if refused:
        return "", refused
    try:
        text = write_837p(draft.batch)
    except CannotWrite as no:
        return "", {"": [Finding("file:not_writable", no.message)]}
    verdict = validate(text)
    for fault in verdict.faults if not verdict.ok else ():
        refused[fault.claim].append(Finding(f"file:{fault.segment}:{fault.position}", str(fault)[:300]))
    return text, refused


def _send(draft: Draft, text: str, *, by: User, at: datetime) -> Submission:
    """The file is whole: it counts as sent. Raises CannotMove if the sweep took it back meanwhile."""
    pks = [claim.pk for claim in draft.claims]
    with transaction.atomic(), history.verb("claim.submitted", by=by, at=at):
        row = Submission.objects.select_for_update(no_key=True).get(pk=draft.row.pk)
        if move_claims(pks, ClaimState.SUBMITTED, at=at) != len(pks):
            raise CannotMove("This file took too long and was taken back. Make the batch again.")
        row.text, row.digest = text, hashlib.sha256(text.encode()).hexdigest()
        row.save(update_fields=["text", "digest", "updated_at"])
    return row


def _take_back(row: Submission, refused: dict[str, list[Finding]], *, by: User | None, at: datetime) -> None:
    """Nothing was sent: the claims are ready again, but for those that are held with their sentence."""
    with transaction.atomic(), history.verb("claim.taken_back", by=by, at=at):
        Submission.objects.select_for_update(no_key=True).get(pk=row.pk)
        sent = list(row.claims.filter(answer="").select_related("claim").order_by("claim"))
        row.claims.filter(answer="").update(answer=TAKEN_BACK, answer_note="This file was never sent")
        move_claims([one.claim_id for one in sent], ClaimState.READY, at=at)
        for one in sent:
            if one.claim.number in refused:
                hold(one.claim, refused[one.claim.number], at=at)


def _sentence(refused: dict[str, list[Finding]]) -> str:
    whole = refused.get("", [])
    if whole:
        return f"Nothing was sent. {whole[0].sentence}"
    return f"Nothing was sent. {len(refused)} of the claims cannot go: each is held with its reason."
