"""The drugs and what is known of them, loaded from the shipped formulary and edited by the pharmacist.

Columns hold what the product reckons with today; `row` keeps the whole sourced row, with provenance
per field, for the rule engine and the pages that show it.
"""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from infusion_center.shared.dated import Reviewed
from regimens.states import Container, Method


class Confidence(models.TextChoices):
    SOURCED = "sourced", "Sourced"
    RECALLED = "recalled", "Recalled, not checked"


@pghistory.track()
class Source(models.Model):
    """A page that was seen to say something (formulary.json `sources`)."""

    code = models.CharField(max_length=10, unique=True)
    kind = models.CharField(max_length=30)
    title = models.CharField(max_length=300)
    url = models.CharField(max_length=500, blank=True)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset({"id", "code", "kind", "title", "url"})


@pghistory.track()
class Drug(Reviewed):
    """One drug of the formulary. `code` is its id in every rule, order and case."""

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    brand_names = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    category = models.CharField(max_length=40)
    class_tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    orderable = models.BooleanField(default=True, help_text="The center's own switch")
    switched_because = models.CharField(max_length=200, blank=True, help_text="Empty: as shipped")
    dea_schedule = models.CharField(max_length=4, blank=True)
    observation_minutes = models.PositiveSmallIntegerField(default=0)
    driver_required = models.BooleanField(default=False)
    driving_hours = models.PositiveSmallIntegerField(default=0)
    max_patients_per_nurse = models.PositiveSmallIntegerField(default=4)
    row = models.JSONField(default=dict)
    row_hash = models.CharField(max_length=64)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset(
            [
                "id",
                "code",
                "name",
                "brand_names",
                "category",
                "class_tags",
                "orderable",
                "switched_because",
                "dea_schedule",
                "observation_minutes",
                "driver_required",
                "driving_hours",
                "max_patients_per_nurse",
                "row",
                "row_hash",
            ]
        )

    def __str__(self) -> str:
        return self.name

    @property
    def switched_on(self) -> bool:
        """It may be ordered at this center."""
        return self.orderable


class DrugDetail(models.Model):
    """A row under a drug with its own confidence and sources, as the drug's row says it."""

    confidence = models.CharField(max_length=10, choices=Confidence.choices, default=Confidence.RECALLED)
    sources = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        abstract = True


_DETAIL = "id drug confidence sources note"


@pghistory.track()
class HcpcsCode(DrugDetail):
    """A billing code of a drug with its dates; the row of the date of service counts (billing.md 2.1)."""

    drug = models.ForeignKey(Drug, on_delete=models.CASCADE, related_name="hcpcs_codes")
    code = models.CharField(max_length=5)
    unit_amount = models.DecimalField(max_digits=10, decimal_places=3)
    unit = models.CharField(max_length=12)
    unit_basis = models.CharField(max_length=8, help_text="per, up_to, nos")
    status = models.CharField(
        max_length=24, default="active", help_text="active, alternate_product, discontinued ..."
    )
    valid_from = models.DateField(null=True, blank=True, help_text="Empty: from before our first release")
    valid_to = models.DateField(null=True, blank=True, help_text="Empty: still valid")
    position = models.PositiveSmallIntegerField(default=0, help_text="The first valid row is the usual one")

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset(
            (_DETAIL + " code unit_amount unit unit_basis status valid_from valid_to position").split()
        )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["drug", "code", "valid_from"], nulls_distinct=False, name="one_row_per_code_and_date"
            )
        ]


@pghistory.track()
class Vial(DrugDetail):
    """A size the drug is sold in."""

    drug = models.ForeignKey(Drug, on_delete=models.CASCADE, related_name="vials")
    strength = models.CharField(max_length=60)
    volume_ml = models.DecimalField(max_digits=9, decimal_places=3, null=True, blank=True)
    amount = models.DecimalField(max_digits=10, decimal_places=3)
    unit = models.CharField(max_length=12)
    container = models.CharField(max_length=12, choices=Container.choices)
    position = models.PositiveSmallIntegerField(default=0)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset((_DETAIL + " strength volume_ml amount unit container position").split())


@pghistory.track()
class DrugMethod(DrugDetail):
    """How a drug may be given: diluent, volume, minutes."""

    drug = models.ForeignKey(Drug, on_delete=models.CASCADE, related_name="methods")
    method = models.CharField(max_length=12, choices=Method.choices)
    is_default = models.BooleanField(default=False)
    diluent = models.CharField(max_length=120, blank=True)
    volume_ml = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    minutes_usual = models.DecimalField(max_digits=6, decimal_places=2)
    minutes_min = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    minutes_max = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset(
            (
                _DETAIL
                + " method is_default diluent volume_ml minutes_usual minutes_min minutes_max position"
            ).split()
        )


@pghistory.track()
class FrequencyLimit(DrugDetail):
    """How often, how much, how far apart (data/formulary.json `frequency_limits`)."""

    drug = models.ForeignKey(Drug, on_delete=models.CASCADE, related_name="frequency_limits")
    kind = models.CharField(max_length=30)
    window = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    window_unit = models.CharField(max_length=10, blank=True)
    limit = models.DecimalField(max_digits=10, decimal_places=3, null=True)
    limit_unit = models.CharField(max_length=24, blank=True)
    severity = models.CharField(max_length=16)
    basis = models.CharField(max_length=24)
    text = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset(
            (_DETAIL + " kind window window_unit limit limit_unit severity basis text position").split()
        )


@pghistory.track()
class SafetyRule(Reviewed):
    """A rule that cuts across drugs, kept as shipped; the engine reads `row`."""

    code = models.SlugField(max_length=80, unique=True)
    severity = models.CharField(max_length=16)
    message = models.TextField()
    confidence = models.CharField(max_length=10, choices=Confidence.choices, default=Confidence.RECALLED)
    row = models.JSONField(default=dict)
    row_hash = models.CharField(max_length=64)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset({"id", "code", "severity", "message", "confidence", "row", "row_hash"})


@pghistory.track()
class ReferenceLoad(models.Model):
    """Which shipped file was loaded when: what makes a second load cheap and its answer honest."""

    name = models.CharField(max_length=60, unique=True)
    digest = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()
    release = models.CharField(max_length=60, blank=True, help_text="As the file calls itself")

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset({"id", "name", "digest", "loaded_at", "release"})


def in_force(day: object) -> Q:
    """Rows of dated reference data valid on `day`."""
    return (Q(valid_from=None) | Q(valid_from__lte=day)) & (Q(valid_to=None) | Q(valid_to__gte=day))
