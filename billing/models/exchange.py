"""Files that go out and come in. Bytes are kept; reading them is a second step."""

import uuid

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from billing.models.claim import Claim
from billing.states import InboundState
from infusion_center.places.models import Site
from infusion_center.shared.dated import Dated


@pghistory.track()
class Submission(Dated):
    """One 837P file: control numbers, text, and which claims it carries."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="submissions")
    control_number = models.PositiveIntegerField(unique=True, help_text="ISA13 and GS06")
    text = models.TextField()
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    downloaded_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class PHI:
        fields = frozenset({"text"})
        safe = frozenset(
            [
                "id",
                "key",
                "site",
                "control_number",
                "digest",
                "made_at",
                "made_by",
                "downloaded_at",
                "answered_at",
            ]
        )


@pghistory.track()
class SubmittedClaim(models.Model):
    """A claim in a file, with the transaction set (ST02) that carried it."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="claims")
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="submissions")
    set_number = models.CharField(max_length=9)
    answer = models.CharField(
        max_length=1, blank=True, help_text="IK501 of its transaction set; empty: none yet"
    )
    answer_note = models.CharField(max_length=300, blank=True)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset({"id", "submission", "claim", "set_number", "answer", "answer_note"})

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission", "claim"], name="a_claim_is_once_in_a_file"),
            models.UniqueConstraint(
                fields=["claim"], condition=Q(answer=""), name="one_open_submission_per_claim"
            ),
        ]


@pghistory.track()
class InboundFile(Dated):
    """An answer as it came: bytes first. The same bytes twice are one row."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200)
    raw = models.BinaryField()
    digest = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=8, blank=True, help_text="999, 277CA, 835 ...; empty: not recognised")
    state = models.CharField(max_length=12, choices=InboundState.choices)
    reason = models.CharField(max_length=300, blank=True)
    submission = models.ForeignKey(
        Submission, null=True, blank=True, on_delete=models.PROTECT, related_name="answers"
    )
    received_at = models.DateTimeField()
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class PHI:
        fields = frozenset({"name", "raw", "reason"})
        safe = frozenset(["id", "key", "digest", "kind", "state", "submission", "received_at", "received_by"])

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=InboundState.values), name="inbound_state_is_known")
        ]
