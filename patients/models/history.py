"""What is true of the person's health: allergies, conditions, home medications, pregnancy, measurements.

A row that an import wrote carries `source_key` (its resource) and, where its code has no place in our
vocabularies, `unmapped`: a person has to look at it. Nothing is silently dropped.
"""

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from infusion_center.shared.dated import Dated
from patients.models.patient import Patient
from patients.states import Life, MeasurementKind, PregnancyStatus

_FACT_SAFE = "id patient unmapped recorded_at recorded_by source source_key"


class Fact(Dated):
    """A recorded fact: what was said, its code where it came with one, when, by whom, from where."""

    text = models.CharField(max_length=200)
    code_system = models.CharField(max_length=12, blank=True, help_text="snomed, rxnorm, icd10")
    code = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=20, choices=Life.choices, default=Life.ACTIVE)
    unmapped = models.BooleanField(default=False, help_text="Not understood by our vocabularies: review")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    source = models.CharField(max_length=20, default="staff", help_text="staff, fhir, patient")
    source_key = models.CharField(max_length=120, null=True, blank=True)  # noqa: DJ001 - null is outside unique

    class Meta:
        abstract = True


@pghistory.track()
class Allergy(Fact):
    """`group` is an id of `vocab.allergy_groups`, a drug id, or `other:TEXT`; empty while unmapped."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="allergy_list")
    group = models.CharField(max_length=80, blank=True)
    reaction = models.CharField(max_length=120, blank=True)
    severe = models.BooleanField(null=True, blank=True, help_text="Empty: not known")

    class PHI:
        fields = frozenset({"text", "code_system", "code", "state", "group", "reaction", "severe"})
        safe = frozenset(_FACT_SAFE.split())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["patient", "source_key"], name="allergy_imported_once"),
            models.CheckConstraint(condition=Q(state__in=Life.values), name="allergy_state_is_known"),
        ]


@pghistory.track()
class Condition(Fact):
    """`tag` is an id of `vocab.condition_tags`; empty while unmapped or where no rule asks for it."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="condition_list")
    tag = models.CharField(max_length=60, blank=True)
    began_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)

    class PHI:
        fields = frozenset({"text", "code_system", "code", "state", "tag", "began_on", "ended_on"})
        safe = frozenset(_FACT_SAFE.split())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["patient", "source_key"], name="condition_imported_once"),
            models.CheckConstraint(condition=Q(state__in=Life.values), name="condition_state_is_known"),
        ]


@pghistory.track()
class HomeMedication(Fact):
    """What they take at home. `groups` are ids of `vocab.external_drug_groups`.

    `last_taken_at` empty means not known, never "never" (contracts.md 1).
    """

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="medication_list")
    groups = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    ingredient = models.CharField(max_length=80, blank=True)
    started_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    last_taken_at = models.DateTimeField(null=True, blank=True)
    last_taken_asked_at = models.DateTimeField(null=True, blank=True)

    class PHI:
        fields = frozenset(
            "text code_system code state groups "
            "ingredient started_on ended_on last_taken_at last_taken_asked_at".split()
        )
        safe = frozenset(_FACT_SAFE.split())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["patient", "source_key"], name="medication_imported_once"),
            models.CheckConstraint(condition=Q(state__in=Life.values), name="medication_state_is_known"),
        ]


@pghistory.track()
class PregnancyAnswer(models.Model):
    """What was answered about pregnancy; the newest row counts. Weeks are reckoned from the due date."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="pregnancy_answers")
    status = models.CharField(max_length=14, choices=PregnancyStatus.choices)
    due_on = models.DateField(null=True, blank=True)
    contraception = models.CharField(
        max_length=10,
        choices=[("effective", "Effective"), ("none", "None")],
        blank=True,
        help_text="Empty: not asked",
    )
    breastfeeding = models.BooleanField(null=True, blank=True, help_text="Empty: not asked")
    answered_at = models.DateTimeField()
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class PHI:
        fields = frozenset({"status", "due_on", "contraception", "breastfeeding"})
        safe = frozenset({"id", "patient", "answered_at", "answered_by"})

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=PregnancyStatus.values), name="pregnancy_status_is_known"
            ),
        ]
        indexes = [models.Index(fields=["patient", "-answered_at"], name="pregnancy_newest")]


@pghistory.track()
class Measurement(models.Model):
    """A number measured once outside a visit: kg, cm, 0-10, mmHg. A visit has its own vitals."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="measurements")
    kind = models.CharField(max_length=10, choices=MeasurementKind.choices)
    value = models.DecimalField(max_digits=7, decimal_places=2)
    unit = models.CharField(max_length=8)
    measured_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    source = models.CharField(max_length=20, default="staff")
    source_key = models.CharField(max_length=120, null=True, blank=True)  # noqa: DJ001 - null is outside unique

    class PHI:
        fields = frozenset({"kind", "value", "unit", "measured_at"})
        safe = frozenset({"id", "patient", "recorded_by", "source", "source_key"})

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "kind", "source_key"], name="measurement_imported_once"
            ),
            models.CheckConstraint(condition=Q(value__gte=0), name="measurement_is_not_negative"),
        ]
        indexes = [models.Index(fields=["patient", "kind", "-measured_at"], name="measurement_newest")]
