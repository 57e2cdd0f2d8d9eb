"""The note of a visit, and what is added after its signature: new rows that name what they are about."""

import uuid

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from infusion_center.shared.dated import Dated
from visits.models.locked import LockedOnceSigned, append_only
from visits.models.visit import Visit
from visits.states import CORRECTABLE, IN_ERROR, Corrected


def _staff() -> models.ForeignKey:
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")


@pghistory.track()
class Note(Dated):
    """Typed paragraphs around what the chart tells by itself. `version` grows with each saved change.

    With the signature (`Visit.signed_at`) the whole is frozen in `text`, and `sha256` is of its UTF-8 bytes.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    visit = models.OneToOneField(Visit, on_delete=models.PROTECT, related_name="note")
    before = models.TextField(blank=True, help_text="Why they came, in the writer's words")
    after = models.TextField(blank=True, help_text="Assessment and plan")
    version = models.PositiveIntegerField(default=1)
    edited_at = models.DateTimeField()
    edited_by = _staff()
    text = models.TextField(blank=True, help_text="Frozen; empty until it is signed")
    sha256 = models.CharField(max_length=64, blank=True)

    class PHI:
        fields = frozenset({"before", "after", "text"})
        safe = frozenset({"id", "key", "visit", "version", "edited_at", "edited_by", "sha256"})

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(text="", sha256="") | (~Q(text="") & Q(sha256__regex=r"^[0-9a-f]{64}$")),
                name="frozen_note_has_its_hash",
            )
        ]
        triggers = [LockedOnceSigned()]


class SignedPaper(models.Model):
    """The PDF as drawn at the signature. Another day's fonts would draw other bytes: these are kept."""

    note = models.OneToOneField(Note, on_delete=models.PROTECT, related_name="paper")
    pdf = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class PHI:
        fields = frozenset({"pdf"})
        safe = frozenset({"id", "note", "sha256", "made_at"})

    class Meta:
        triggers = [append_only()]


class Addendum(models.Model):
    """Written after the signature, and shown beside the note. Append-only."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="addenda")
    text = models.TextField()
    reason = models.CharField(max_length=200)
    written_at = models.DateTimeField()
    written_by = _staff()

    class PHI:
        fields = frozenset({"text", "reason"})
        safe = frozenset({"id", "key", "visit", "written_at", "written_by"})

    class Meta:
        triggers = [append_only()]


class Correction(models.Model):
    """What was found later about one charted row, which stays as it is. The newest of a field counts.

    `kind` and `row`: the table and its key. `field`: the column, or `in_error` for the row as a whole.
    Append-only.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="corrections")
    kind = models.CharField(max_length=16, choices=Corrected.choices)
    row = models.PositiveBigIntegerField()
    field = models.CharField(max_length=20)
    found_at = models.DateTimeField(null=True, blank=True, help_text="The moment, where one was wrong")
    found = models.DecimalField(
        max_digits=10, decimal_places=3, null=True, blank=True, help_text="The number, where one was wrong"
    )
    was = models.CharField(max_length=200, help_text="The row and its value as charted, in words")
    reason = models.CharField(max_length=200)
    written_at = models.DateTimeField()
    written_by = _staff()

    class PHI:
        fields = frozenset({"found_at", "found", "was", "reason"})
        safe = frozenset({"id", "key", "visit", "kind", "row", "field", "written_at", "written_by"})

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    *(Q(kind=kind, field__in=[*fields, IN_ERROR]) for kind, fields in CORRECTABLE.items()),
                    _connector=Q.OR,
                ),
                name="correction_names_a_known_field",
            ),
            models.CheckConstraint(
                condition=Q(field=IN_ERROR, found=None, found_at=None)
                | ~Q(field=IN_ERROR) & Q(found=None, found_at__isnull=False)
                | ~Q(field=IN_ERROR) & Q(found__isnull=False, found_at=None),
                name="correction_says_what_was_found",
            ),
        ]
        triggers = [append_only()]
        indexes = [models.Index(fields=["visit", "written_at"], name="corrections_of_a_visit")]


@pghistory.track()
class CoSignature(models.Model):
    """A second provider's signature, asked for or given unasked. Empty `signed_at`: it is waited for."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="cosignatures")
    provider = _staff()
    asked_at = models.DateTimeField()
    asked_by = _staff()
    signed_at = models.DateTimeField(null=True, blank=True)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset({"id", "visit", "provider", "asked_at", "asked_by", "signed_at"})

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visit", "provider"], name="one_cosignature_per_provider")
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="cosigned_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__signed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["provider"], condition=Q(signed_at=None), name="cosignatures_waited_for")
        ]
