"""What a provider wants given to one patient."""

import uuid

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from infusion_center.shared.dated import Dated
from patients.models import Patient
from regimens.models.regimen import STEP_FIELDS, Regimen, Step, step_promises
from regimens.states import OrderState


@pghistory.track()
class Order(Dated):
    """Steps resolved to doses, signed. A change makes a new version that `replaces` this one."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="orders")
    regimen = models.ForeignKey(Regimen, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=120)
    version = models.PositiveSmallIntegerField(default=1)
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    state = models.CharField(max_length=10, choices=OrderState.choices, default=OrderState.DRAFT)
    weight_kg = models.DecimalField(
        max_digits=5, decimal_places=1, null=True, blank=True, help_text="That doses per kg rest on"
    )
    weight_measured_at = models.DateTimeField(null=True, blank=True)
    chair_minutes = models.PositiveSmallIntegerField()
    load = models.PositiveSmallIntegerField()
    driver_required = models.BooleanField(default=False)
    note = models.CharField(max_length=500, blank=True)
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_reason = models.CharField(max_length=200, blank=True)

    @property
    def is_open(self) -> bool:
        """Something can still come of it."""
        return self.state in (OrderState.DRAFT, OrderState.SIGNED)

    class PHI:
        fields = frozenset({"title", "weight_kg", "weight_measured_at", "note", "withdrawn_reason"})
        safe = frozenset(
            [
                "id",
                "key",
                "patient",
                "regimen",
                "version",
                "replaces",
                "state",
                "chair_minutes",
                "load",
                "driver_required",
                "written_at",
                "written_by",
                "signed_at",
                "signed_by",
                "withdrawn_at",
                "withdrawn_by",
            ]
        )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=OrderState.values), name="order_state_is_known"),
            models.CheckConstraint(
                condition=Q(signed_at=None, signed_by=None)
                | Q(signed_at__isnull=False, signed_by__isnull=False),
                name="order_signed_at_with_signed_by",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["signed", "completed"]) | Q(signed_at__isnull=False),
                name="signed_order_has_its_signature",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="order_withdrawn_at_with_withdrawn_by",
            ),
        ]


@pghistory.track()
class OrderStep(Step):
    """One drug to be given: a resolved dose, never per kg. `reckoning` says how a dose per kg came about.

    `dose_per_kg` and `max_dose` are what was typed for it, so that a draft is edited as it was written.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="steps")
    reckoning = models.CharField(max_length=200, blank=True)
    dose_per_kg = models.DecimalField(
        max_digits=10,
        decimal_places=3,
        null=True,
        blank=True,
        help_text="In `unit` per kg; empty: typed flat",
    )
    max_dose = models.DecimalField(
        max_digits=10, decimal_places=3, null=True, blank=True, help_text="That the dose per kg stops at"
    )
    note = models.CharField(max_length=300, blank=True)

    class PHI:
        fields = frozenset(
            "dose volume_ml reckoning note dose_per_kg max_dose indication only_if_pain_over".split()
        )
        safe = frozenset((STEP_FIELDS + " id order").split()) - fields

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="one_order_step_per_position"),
            models.CheckConstraint(condition=Q(dose__gt=0), name="ordered_dose_is_positive"),
            *step_promises("ordered"),
        ]
