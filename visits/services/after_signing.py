"""What comes after the signature: new rows that stand beside what was signed and leave it as it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

from infusion_center.accounts.models import User
from infusion_center.accounts.permissions import Can
from infusion_center.errors import Conflict, DomainError
from infusion_center.shared import clock
from visits.models import Addendum, Administration, Correction, CoSignature, Visit
from visits.rules import minutes, vital_limits
from visits.selectors import corrections
from visits.services import days
from visits.services.lines import SEAT_LEEWAY, said
from visits.states import IN_ERROR, Corrected

MOMENTS = ("at", "scored_at", "taken_at")


class NotSigned(Conflict):
    """Before the signature the chart itself is corrected."""


class CorrectionRefused(DomainError):
    """What was found cannot be, or corrects nothing."""


class CannotCoSign(Conflict):
    """The signer, or somebody who signs no notes."""


def add(*, visit: Visit, text: str, reason: str, by: User, at: datetime) -> Addendum:
    """An addendum, with its reason. Raises NotSigned, DomainError."""
    if not text.strip():
        raise DomainError("Write what is to be added.", field="text")
    with _signed(visit, "note.addendum_written", by=by, at=at) as visit:
        return Addendum.objects.create(
            visit=visit, text=text.strip(), reason=said(reason), written_at=at, written_by=by
        )


def correct(
    *,
    visit: Visit,
    kind: str,
    row: int,
    field: str,
    reason: str,
    by: User,
    at: datetime,
    found_at: datetime | None = None,
    found: Decimal | None = None,
) -> Correction:
    """Name a charted row and what was found later: a moment, a number, or `in_error` for the row as a whole.

    A claim is reckoned with moments and rates found later; vials and stock stay as they were taken.
    Raises NotSigned, CorrectionRefused.
    """
    with _signed(visit, "note.corrected", by=by, at=at) as visit:
        of = next((one for one in corrections.rows_of(visit) if (one.kind, one.row) == (kind, row)), None)
        if of is None or field not in (*of.fields, IN_ERROR):
            raise CorrectionRefused("Choose what was written down wrong.", field="what")
        if field == IN_ERROR:
            found_at = found = None
        elif field in MOMENTS:
            found = None
            _check_moment(visit, of, found_at, at=at)
        else:
            found_at = None
            _check_number(field, found)
        return Correction.objects.create(
            visit=visit,
            kind=kind,
            row=row,
            field=field,
            found_at=found_at,
            found=found,
            was=_was(visit, of, field),
            reason=said(reason),
            written_at=at,
            written_by=by,
        )


def ask_cosignature(*, visit: Visit, provider: User, by: User, at: datetime) -> CoSignature:
    """Ask another provider to sign beside the signer. Raises NotSigned, CannotCoSign."""
    with _signed(visit, "note.cosignature_asked", by=by, at=at) as visit:
        _may_cosign(visit, provider)
        row, _ = CoSignature.objects.get_or_create(
            visit=visit, provider=provider, defaults={"asked_at": at, "asked_by": by}
        )
        return row


def cosign(*, visit: Visit, by: User, at: datetime) -> CoSignature:
    """A second signature, asked for or not. Once. Raises NotSigned, CannotCoSign."""
    with _signed(visit, "note.cosigned", by=by, at=at) as visit:
        _may_cosign(visit, by)
        row, _ = CoSignature.objects.get_or_create(
            visit=visit, provider=by, defaults={"asked_at": at, "asked_by": by}
        )
        if not CoSignature.objects.filter(pk=row.pk, signed_at=None).update(signed_at=at):
            raise CannotCoSign("You have co-signed this note already.")
        row.refresh_from_db()
        return row


@contextmanager
def _signed(visit: Visit, verb: str, *, by: User, at: datetime) -> Iterator[Visit]:
    """The day row, then the visit read again; its note must be signed."""
    with days.changing(verb, site=visit.site, day=visit.day, by=by, at=at):
        fresh = Visit.objects.select_related("site", "patient", "signed_by").get(pk=visit.pk)
        if fresh.signed_at is None:
            raise NotSigned("This note is not signed yet: put it right in the chart or in the note itself.")
        yield fresh


def _may_cosign(visit: Visit, provider: User) -> None:
    if not provider.is_active or not provider.can(Can.SIGN_NOTE):
        raise CannotCoSign("Only a provider who signs notes may co-sign.")
    if visit.signed_by_id == provider.pk:
        raise CannotCoSign("Who signed a note does not co-sign it.")


def _check_moment(visit: Visit, of: corrections.Row, found_at: datetime | None, *, at: datetime) -> None:
    """Within the visit, and for an event still in the order of what happened around it."""
    if found_at is None:
        raise CorrectionRefused("Give the time that was found.", field="found_at")
    since = visit.arrived_at or visit.seated_at or found_at
    minutes.check_moment(
        found_at, now=at, not_before=since - SEAT_LEEWAY, before_what="the patient arrived", field="found_at"
    )
    if visit.left_at and found_at > visit.left_at + minutes.AHEAD:
        raise CorrectionRefused("This time is after the patient left.", field="found_at")
    if of.kind == Corrected.EVENT:
        _in_order(visit, of.row, found_at)


def _in_order(visit: Visit, event: int, found_at: datetime) -> None:
    """Raises CorrectionRefused where the events of one drug would change places."""
    line = Administration.objects.prefetch_related("events").get(events=event)
    before = sorted(line.events.all(), key=lambda one: (one.at, one.pk))
    corrections.as_found([line], list(visit.corrections.order_by("written_at", "pk")))
    moments = [found_at if one.pk == event else one.at for one in before]
    if moments != sorted(moments):
        raise CorrectionRefused("What came before and after would change places.", field="found_at")


def _check_number(field: str, found: Decimal | None) -> None:
    if found is None:
        raise CorrectionRefused("Give the number that was found.", field="found")
    if field == "pain" and (found != int(found) or not 0 <= found <= 10):
        raise CorrectionRefused("Pain is a whole number from 0 to 10.", field="found")
    if field == "rate_ml_h" and found <= 0:
        raise CorrectionRefused("This must be more than zero.", field="found")
    if field in vital_limits.LIMITS:
        vital_limits.check({field: found})


def _was(visit: Visit, of: corrections.Row, field: str) -> str:
    """The row and its value as charted, in words."""
    if field == IN_ERROR:
        return of.words
    charted = of.charted[field]
    if isinstance(charted, datetime):
        return f"{of.words}, {of.fields[field]} {clock.local(charted, visit.site.zone):%H:%M}"
    return f"{of.words}, {of.fields[field]} {'–' if charted is None else charted}"
