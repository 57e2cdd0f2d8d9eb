"""What the rules said of an order, when, on which facts; and who took responsibility for what they said."""

import uuid

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from regimens.models.order import Order, OrderStep
from regimens.states import CheckMoment, FindingSeverity


class Check(models.Model):
    """One run of the rules over an order, or over one step about to start. Append-only.

    `facts` is the whole case as `explain order` takes it: what the verdict rested on. `problem` is set, and
    there is no verdict, where the check failed to run: then nothing may be signed or started.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="checks")
    step = models.ForeignKey(
        OrderStep,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="checks",
        help_text="Set: the check before this step started",
    )
    moment = models.CharField(max_length=8, choices=CheckMoment.choices)
    because = models.CharField(max_length=40, help_text="What made us look: signing, check-in, a new allergy")
    checked_at = models.DateTimeField()
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    verdict = models.CharField(max_length=16, blank=True)
    problem = models.CharField(max_length=200, blank=True)
    mark = models.CharField(max_length=64, blank=True, help_text="How far the patient's facts had grown")
    findings = models.JSONField(default=list)
    facts = models.JSONField(default=dict)

    class PHI:
        fields = frozenset({"verdict", "problem", "findings", "facts"})
        safe = frozenset(
            {"id", "key", "order", "step", "moment", "because", "checked_at", "checked_by", "mark"}
        )

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
        indexes = [models.Index(fields=["order", "-checked_at"], name="checks_of_an_order")]
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict="") ^ Q(problem=""), name="check_has_verdict_or_problem"
            ),
            models.CheckConstraint(condition=Q(moment__in=CheckMoment.values), name="check_moment_is_known"),
        ]


@pghistory.track()
class Clearance(models.Model):
    """A finding somebody answered for: a warning acknowledged, or gone on with for the reason given.

    `reviewed`: the pharmacist has seen it on the review list.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="clearances")
    rule = models.CharField(max_length=120)
    drug = models.CharField(max_length=60, blank=True, help_text="Its code; empty: about the visit")
    severity = models.CharField(max_length=16, choices=FindingSeverity.choices)
    message = models.CharField(max_length=500)
    involves = ArrayField(
        models.CharField(max_length=80), default=list, help_text="What the finding rested on"
    )
    reason = models.CharField(max_length=300, blank=True, help_text="Empty: a warning, acknowledged")
    cleared_at = models.DateTimeField()
    cleared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    review_note = models.CharField(max_length=300, blank=True)

    class PHI:
        fields = frozenset({"rule", "drug", "severity", "message", "involves", "reason", "review_note"})
        safe = frozenset({"id", "key", "order", "cleared_at", "cleared_by", "reviewed_at", "reviewed_by"})

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(severity="warn") | (Q(severity="override_reason") & ~Q(reason="")),
                name="an_override_has_its_reason",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_at=None, reviewed_by=None)
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False),
                name="clearance_reviewed_at_with_reviewed_by",
            ),
        ]
        indexes = [
            models.Index(
                fields=["cleared_at"],
                condition=Q(reviewed_at=None, severity="override_reason"),
                name="overrides_to_review",
            )
        ]
