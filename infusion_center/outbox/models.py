"""Messages on their way. Apps compose them; the outbox only carries them.

due → claimed → sent | failed | unknown | skipped. What a crash leaves claimed becomes unknown and is
shown to a person; nothing is sent again by itself (design.md, States).
"""

from datetime import datetime

import pghistory
from django.contrib.contenttypes.models import ContentType
from django.db import models

from infusion_center.shared.dated import Dated


class State(models.TextChoices):
    DUE = "due", "Due"
    CLAIMED = "claimed", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"
    UNKNOWN = "unknown", "Not known whether sent"
    SKIPPED = "skipped", "Skipped"


class Channel(models.TextChoices):
    EMAIL = "email", "E-mail"
    SMS = "sms", "Text"


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self, at: datetime) -> "MessageQuerySet":
        return self.filter(state=State.DUE, due_at__lte=at)

    def left_claimed(self, before: datetime) -> "MessageQuerySet":
        """Claimed and never finished: a worker died between claiming and marking."""
        return self.filter(state=State.CLAIMED, claimed_at__lt=before)


@pghistory.track()
class Message(Dated):
    """One thing to tell one person once: unique per subject, kind, channel and due moment."""

    subject_type = models.ForeignKey(ContentType, on_delete=models.PROTECT)
    subject_key = models.CharField(max_length=40)
    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    due_at = models.DateTimeField()
    useless_after = models.DateTimeField(help_text="Past this moment it is skipped, not sent late")
    to = models.CharField(max_length=254)
    title = models.CharField(max_length=120)
    text = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DUE)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True, help_text="Why it failed or was skipped")

    objects = MessageQuerySet.as_manager()

    class PHI:
        fields = frozenset({"to"})
        safe = frozenset(
            [
                "id",
                "subject_type",
                "subject_key",
                "kind",
                "channel",
                "due_at",
                "useless_after",
                "title",
                "text",
                "state",
                "claimed_at",
                "sent_at",
                "note",
            ]
        )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_key", "kind", "channel", "due_at"],
                name="one_message_per_occasion",
            ),
            models.CheckConstraint(condition=models.Q(state__in=State.values), name="message_state_is_known"),
            models.CheckConstraint(
                condition=~models.Q(state="sent") | models.Q(sent_at__isnull=False),
                name="sent_message_has_its_moment",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=models.Q(state="due"), name="messages_due")]
