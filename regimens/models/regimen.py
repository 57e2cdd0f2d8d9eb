"""The recipes."""

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from infusion_center.shared.dated import Reviewed
from regimens.models.formulary import Confidence, Drug
from regimens.states import Indication, Method, StepMode


@pghistory.track()
class Regimen(Reviewed):
    """A recipe with its steps in order. Changing it changes no order that was made from it.

    `based_on` is set on a variant: a copy of the center's own, or of one provider (`owner`).
    """

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    purpose = models.CharField(max_length=200, blank=True)
    population = models.CharField(max_length=60, default="adult")
    driver = models.CharField(max_length=30, blank=True, help_text="required, advised, no, required_if_DRUG")
    series_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="84 for eptinezumab; empty: not a series"
    )
    setup_minutes = models.PositiveSmallIntegerField(default=15)
    discharge_minutes = models.PositiveSmallIntegerField(default=10)
    watched_at_least = models.PositiveSmallIntegerField(
        default=0, help_text="Minutes from the first start; 0: each drug's own observation decides"
    )
    chair_minutes = models.PositiveSmallIntegerField(help_text="With all optional steps, reckoned at load")
    load = models.PositiveSmallIntegerField(
        default=3, help_text="On a nurse who carries 12 (design.md, Scheduling)"
    )
    active = models.BooleanField(default=True)
    switched_because = models.CharField(max_length=200, blank=True, help_text="Empty: as shipped")
    confidence = models.CharField(max_length=10, choices=Confidence.choices, default=Confidence.RECALLED)
    row = models.JSONField(default=dict)
    row_hash = models.CharField(max_length=64)
    based_on = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="variants"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Whose own; empty: the center's",
    )

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset(
            [
                "id",
                "based_on",
                "owner",
                "code",
                "name",
                "purpose",
                "population",
                "driver",
                "series_days",
                "setup_minutes",
                "discharge_minutes",
                "watched_at_least",
                "chair_minutes",
                "load",
                "active",
                "switched_because",
                "confidence",
                "row",
                "row_hash",
            ]
        )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(owner=None) | Q(based_on__isnull=False), name="an_owned_regimen_is_a_variant"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def switched_on(self) -> bool:
        """Orders may be made from it at this center."""
        return self.active


class RegimenVersion(models.Model):
    """A regimen as it stood: what orders were made from stays readable. Append-only.

    `facts` holds its name, margins and steps; `digest` is of them, so that the same is never kept twice in
    a row. `made_by` empty: a load changed it.
    """

    regimen = models.ForeignKey(Regimen, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    digest = models.CharField(max_length=64)
    facts = models.JSONField()

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset({"id", "regimen", "number", "made_at", "made_by", "digest", "facts"})

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
        constraints = [
            models.UniqueConstraint(fields=["regimen", "number"], name="one_version_of_a_number"),
        ]


class Step(models.Model):
    """What both a recipe's step and an order's step say. `dose` is in `unit`; `mg/kg` only in recipes."""

    position = models.PositiveSmallIntegerField()
    drug = models.ForeignKey(Drug, on_delete=models.PROTECT, related_name="+")
    dose = models.DecimalField(max_digits=10, decimal_places=3)
    unit = models.CharField(max_length=12)
    method = models.CharField(max_length=12, choices=Method.choices)
    diluent = models.CharField(max_length=120, blank=True)
    volume_ml = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    minutes = models.PositiveSmallIntegerField()
    start_after = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    gap_minutes = models.PositiveSmallIntegerField(default=0)
    mode = models.CharField(max_length=12, choices=StepMode.choices, default=StepMode.SEQUENTIAL)
    indication = models.CharField(
        max_length=14,
        choices=Indication.choices,
        default=Indication.HEADACHE,
        help_text="What it is given for",
    )
    only_if_pain_over = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="0 to 10: given only while the pain is above; empty: in any case"
    )

    class Meta:
        abstract = True


STEP_FIELDS = (
    "position drug dose unit method diluent volume_ml minutes start_after gap_minutes mode "
    "indication only_if_pain_over"
)


def step_promises(table: str) -> list[models.CheckConstraint]:
    """What holds for every step, named after its table."""
    return [
        models.CheckConstraint(
            condition=Q(indication__in=Indication.values), name=f"{table}_indication_is_known"
        ),
        models.CheckConstraint(
            condition=Q(only_if_pain_over=None) | Q(only_if_pain_over__lte=10),
            name=f"{table}_pain_is_0_to_10",
        ),
    ]


@pghistory.track()
class RegimenStep(Step):
    """A step of a recipe; `per_kg` doses are resolved and capped when an order is made."""

    regimen = models.ForeignKey(Regimen, on_delete=models.CASCADE, related_name="steps")
    per_kg = models.BooleanField(default=False)
    max_dose = models.DecimalField(max_digits=10, decimal_places=3, null=True, blank=True)
    optional = models.BooleanField(default=False)
    condition = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset((STEP_FIELDS + " id regimen per_kg max_dose optional condition note").split())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["regimen", "position"], name="one_step_per_position"),
            *step_promises("recipe"),
        ]
