"""Claims, their lines and the named reasons that keep them here."""

import uuid

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from billing.states import ClaimState, LineKind
from infusion_center.places.models import Site
from infusion_center.shared.dated import Dated
from patients.models import Coverage, Patient
from visits.models import Visit


class ClaimQuerySet(models.QuerySet["Claim"]):
    def ready(self) -> "ClaimQuerySet":
        return self.filter(state=ClaimState.READY)


@pghistory.track()
class Claim(Dated):
    """One visit on its way to one payer. `number` is CLM01: what every answer comes back with."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(max_length=20, unique=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="claims")
    visit = models.OneToOneField(Visit, on_delete=models.PROTECT, related_name="claim")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="claims")
    coverage = models.ForeignKey(
        Coverage, null=True, blank=True, on_delete=models.PROTECT, related_name="claims"
    )
    service_on = models.DateField()
    state = models.CharField(max_length=16, choices=ClaimState.choices, default=ClaimState.DRAFT)
    frequency = models.CharField(max_length=1, default="1")
    diagnoses = ArrayField(
        models.CharField(max_length=7), default=list, blank=True, help_text="Without points, principal first"
    )
    rendering = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    total = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    drafted_at = models.DateTimeField()
    coded_at = models.DateTimeField(null=True, blank=True)
    chart_digest = models.CharField(max_length=64, blank=True, help_text="Of the chart it was coded from")

    objects = ClaimQuerySet.as_manager()

    class PHI:
        fields = frozenset({"service_on", "diagnoses", "chart_digest"})
        safe = frozenset(
            [
                "id",
                "key",
                "number",
                "site",
                "visit",
                "patient",
                "coverage",
                "state",
                "frequency",
                "rendering",
                "total",
                "drafted_at",
                "coded_at",
            ]
        )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ClaimState.values), name="claim_state_is_known"),
            models.CheckConstraint(condition=Q(total__gte=0), name="claim_total_is_not_negative"),
        ]
        indexes = [models.Index(fields=["site", "state"], name="claims_by_state")]

    def __str__(self) -> str:
        return self.number


@pghistory.track()
class ClaimLine(models.Model):
    """One service line. `sources` are keys of the administrations it was earned by."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=14, choices=LineKind.choices)
    code = models.CharField(max_length=5)
    modifiers = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    units = models.DecimalField(max_digits=10, decimal_places=3)
    unit_charge = models.DecimalField(max_digits=12, decimal_places=4)
    charge = models.DecimalField(max_digits=12, decimal_places=2)
    service_on = models.DateField()
    description = models.CharField(max_length=80, blank=True, help_text="SV101-7, for unclassified codes")
    ndc11 = models.CharField(max_length=11, blank=True)
    ndc_quantity = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    ndc_unit = models.CharField(max_length=2, blank=True)
    sources = ArrayField(models.UUIDField(), default=list, blank=True)
    price_note = models.CharField(max_length=120, blank=True, help_text="Which release priced it")

    class PHI:
        fields = frozenset({"code", "service_on", "description", "ndc11", "ndc_quantity"})
        safe = frozenset(
            [
                "id",
                "claim",
                "position",
                "kind",
                "modifiers",
                "units",
                "unit_charge",
                "charge",
                "ndc_unit",
                "sources",
                "price_note",
            ]
        )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["claim", "position"], name="one_claim_line_per_position"),
            models.CheckConstraint(condition=Q(units__gt=0), name="claim_line_has_units"),
        ]


@pghistory.track()
class Hold(models.Model):
    """A named reason why a claim may not go. Cleared by the facts, or by a named person with a reason."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="holds")
    code = models.CharField(max_length=60)
    sentence = models.CharField(max_length=300)
    raised_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True, blank=True)
    cleared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    cleared_reason = models.CharField(max_length=200, blank=True)

    class PHI:
        fields = frozenset({"sentence", "cleared_reason"})
        safe = frozenset({"id", "claim", "code", "raised_at", "cleared_at", "cleared_by"})

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["claim", "code"], condition=Q(cleared_at=None), name="one_open_hold_per_reason"
            )
        ]
