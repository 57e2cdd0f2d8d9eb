"""What a provider wants given to one patient."""

import uuid

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from infusion_center.shared.dated import Dated
from patients.models import Patient
from regimens.models.protocol import Protocol
from regimens.models.regimen import STEP_FIELDS, Regimen, RegimenVersion, Step, step_promises
from regimens.states import Authority, OrderState

# What lets a drug start: a signature, or a standing or verbal order that has begun and waits for one.
MAY_RUN = Q(state=OrderState.SIGNED) | Q(state=OrderState.DRAFT, begun_at__isnull=False)


@pghistory.track()
class Order(Dated):
    """Steps resolved to doses, signed. A change makes a new version that `replaces` this one.

    Under a standing order (`protocol`) or on a provider's spoken word (`spoken_by`) it begins as a draft,
    runs, and is signed until `sign_by`.
    """

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
    regimen_version = models.ForeignKey(
        RegimenVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    authority = models.CharField(max_length=10, choices=Authority.choices, default=Authority.PROVIDER)
    protocol = models.ForeignKey(Protocol, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField(null=True, blank=True, help_text="In force from here, before a signature")
    begun_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sign_by = models.DateTimeField(null=True, blank=True)
    spoken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The provider who gave it by word of mouth",
    )
    spoken_at = models.DateTimeField(null=True, blank=True)
    spoken = models.CharField(max_length=500, blank=True, help_text="As it was said")
    read_back = models.BooleanField(default=False)
    disputed = models.BooleanField(default=False, help_text="Withdrawn by a provider who did not order it so")

    @property
    def may_run(self) -> bool:
        """A drug of it may start."""
        return self.state == OrderState.SIGNED or self.waits_for_sign_off

    @property
    def waits_for_sign_off(self) -> bool:
        return self.state == OrderState.DRAFT and self.begun_at is not None

    @property
    def is_open(self) -> bool:
        """Something can still come of it."""
        return self.state in (OrderState.DRAFT, OrderState.SIGNED)

    class PHI:
        fields = frozenset({"title", "weight_kg", "weight_measured_at", "note", "withdrawn_reason", "spoken"})
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
                "regimen_version",
                "authority",
                "protocol",
                "begun_at",
                "begun_by",
                "sign_by",
                "spoken_by",
                "spoken_at",
                "read_back",
                "disputed",
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
            models.CheckConstraint(
                condition=Q(begun_at=None, begun_by=None, sign_by=None)
                | Q(begun_at__isnull=False, begun_by__isnull=False, sign_by__isnull=False),
                name="order_begun_at_with_begun_by_and_sign_by",
            ),
            models.CheckConstraint(
                condition=Q(authority=Authority.PROVIDER, begun_at=None)
                | Q(authority=Authority.PROTOCOL, begun_at__isnull=False, protocol__isnull=False)
                | Q(
                    ~Q(spoken=""),
                    authority=Authority.VERBAL,
                    begun_at__isnull=False,
                    spoken_by__isnull=False,
                    spoken_at__isnull=False,
                    read_back=True,
                ),
                name="order_has_its_authority",
            ),
            models.CheckConstraint(
                condition=Q(disputed=False) | Q(state=OrderState.WITHDRAWN, begun_at__isnull=False),
                name="a_disputed_order_is_withdrawn",
            ),
        ]
        indexes = [
            models.Index(
                fields=["begun_at"],
                condition=Q(state="draft", begun_at__isnull=False),
                name="orders_to_sign_off",
            )
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
