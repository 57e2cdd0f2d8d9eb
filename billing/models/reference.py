"""Codes and prices with their dates. The row of the date of service counts; the newest release is named."""

import pghistory
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F

from infusion_center.places.models import Site
from infusion_center.shared.dated import Reviewed
from patients.models import Payer


class IcdCode(models.Model):
    """One ICD-10-CM code of the loaded release; some carry effective dates of our own (G43.E, 2023-10-01)."""

    code = models.CharField(max_length=7, unique=True, help_text="Without the point")
    text = models.CharField(max_length=300)
    billable = models.BooleanField()
    release = models.CharField(max_length=20)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset({"id", "code", "text", "billable", "release", "valid_from", "valid_to"})

    class Meta:
        indexes = [
            GinIndex(OpClass(F("text"), name="gin_trgm_ops"), name="icd_by_text"),
            models.Index(OpClass(F("code"), name="varchar_pattern_ops"), name="icd_by_code_start"),
        ]

    def __str__(self) -> str:
        return self.dotted

    @property
    def dotted(self) -> str:
        """As people write it: G43.709."""
        return f"{self.code[:3]}.{self.code[3:]}" if len(self.code) > 3 else self.code


@pghistory.track()
class RelativeValue(models.Model):
    """One row of the CMS physician fee schedule: relative values and the conversion factor of a year."""

    code = models.CharField(max_length=5)
    work = models.DecimalField(max_digits=7, decimal_places=2)
    practice = models.DecimalField(max_digits=7, decimal_places=2, help_text="Non-facility")
    malpractice = models.DecimalField(max_digits=7, decimal_places=2)
    conversion_factor = models.DecimalField(max_digits=8, decimal_places=4)
    valid_from = models.DateField()
    valid_to = models.DateField()

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset(
            ["id", "code", "work", "practice", "malpractice", "conversion_factor", "valid_from", "valid_to"]
        )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code", "valid_from"], name="one_relative_value_per_code_and_date"
            )
        ]


@pghistory.track()
class Locality(models.Model):
    """Geographic practice cost indices of a Medicare locality."""

    mac = models.CharField(max_length=5)
    state = models.CharField(max_length=2)
    locality = models.CharField(max_length=2)
    name = models.CharField(max_length=80)
    work = models.DecimalField(max_digits=5, decimal_places=3)
    practice = models.DecimalField(max_digits=5, decimal_places=3)
    malpractice = models.DecimalField(max_digits=5, decimal_places=3)
    valid_from = models.DateField()
    valid_to = models.DateField()

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset(
            [
                "id",
                "mac",
                "state",
                "locality",
                "name",
                "work",
                "practice",
                "malpractice",
                "valid_from",
                "valid_to",
            ]
        )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mac", "locality", "valid_from"], name="one_row_per_locality_and_date"
            )
        ]


@pghistory.track()
class DrugLimit(models.Model):
    """Medicare's payment limit of a HCPCS unit in a quarter (ASP file)."""

    code = models.CharField(max_length=5)
    dosage = models.CharField(max_length=40)
    limit = models.DecimalField(max_digits=12, decimal_places=3)
    valid_from = models.DateField()
    valid_to = models.DateField()

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset(["id", "code", "dosage", "limit", "valid_from", "valid_to"])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="one_limit_per_code_and_quarter")
        ]


@pghistory.track()
class ContractPrice(Reviewed):
    """What this site charges for a unit of a code no public file prices. Dated; nothing is guessed."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="contract_prices")
    code = models.CharField(max_length=5)
    drug_code = models.CharField(max_length=60, blank=True, help_text="For unclassified codes: whose price")
    charge = models.DecimalField(max_digits=10, decimal_places=2)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset(["id", "site", "code", "drug_code", "charge", "valid_from", "valid_to"])


@pghistory.track()
class PayerRule(Reviewed):
    """What a payer wants for a drug or in general, dated (design.md, Words). Empty drug: for all."""

    payer = models.ForeignKey(Payer, on_delete=models.CASCADE, related_name="rules")
    drug_code = models.CharField(max_length=60, blank=True)
    authorization = models.CharField(
        max_length=10,
        choices=[("never", "Never"), ("always", "Always"), ("unknown", "Not known")],
        default="unknown",
    )
    complex_administration = models.BooleanField(default=False, help_text="96413 family instead of 96365")
    discard_modifiers = models.BooleanField(default=True, help_text="JW and JZ wanted")
    settings = models.JSONField(default=dict, blank=True, help_text="Policy switches of contracts.md 3")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    source_note = models.CharField(max_length=200, blank=True)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset(
            [
                "id",
                "payer",
                "drug_code",
                "authorization",
                "complex_administration",
                "discard_modifiers",
                "settings",
                "valid_from",
                "valid_to",
                "source_note",
            ]
        )
