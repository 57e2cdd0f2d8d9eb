"""Scores, vitals and how the visit ended."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from patients.states import YesNo
from visits.models.giving import Administration
from visits.models.locked import LockedOnceSigned
from visits.models.visit import Visit
from visits.states import BESIDE, SCALES, Degree, Function, Rass, ScoreMoment


def _one_of(name: str, scale: type[models.IntegerChoices]) -> models.CheckConstraint:
    """A step of its scale, or not asked."""
    known = Q(**{name: None}) | Q(**{f"{name}__in": scale.values})
    return models.CheckConstraint(condition=known, name=f"score_{name}_is_known")


@pghistory.track()
class Score(models.Model):
    """Pain 0-10 with its moment and what it follows (requirements G1), and what was asked beside it.

    Empty: not asked.
    """

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="scores")
    moment = models.CharField(max_length=10, choices=ScoreMoment.choices)
    administration = models.ForeignKey(
        Administration, null=True, blank=True, on_delete=models.PROTECT, related_name="scores"
    )
    pain = models.PositiveSmallIntegerField()
    nausea = models.PositiveSmallIntegerField(null=True, blank=True, choices=Degree.choices)
    light = models.PositiveSmallIntegerField(null=True, blank=True, choices=Degree.choices)
    sound = models.PositiveSmallIntegerField(null=True, blank=True, choices=Degree.choices)
    function = models.PositiveSmallIntegerField(null=True, blank=True, choices=Function.choices)
    rass = models.SmallIntegerField(null=True, blank=True, choices=Rass.choices, help_text="Sedation")
    scored_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class PHI:
        fields = frozenset("moment pain nausea light sound function rass scored_at".split())
        safe = frozenset({"id", "visit", "administration", "recorded_at", "recorded_by"})

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pain__lte=10), name="pain_is_0_to_10"),
            *(_one_of(name, scale) for name, scale in SCALES.items()),
            models.CheckConstraint(
                condition=Q(moment__in=["before", "after"], administration__isnull=False)
                | Q(moment__in=["baseline", "discharge"], administration=None),
                name="score_of_an_agent_names_it",
            ),
        ]
        triggers = [LockedOnceSigned()]
        indexes = [models.Index(fields=["visit", "scored_at"], name="scores_of_a_visit")]

    @property
    def beside(self) -> list[str]:
        """What was asked with the pain, in words: `nausea mild`."""
        steps = [(name, getattr(self, name), scale) for name, scale in SCALES.items()]
        return [f"{BESIDE[name]} {scale(step).label}" for name, step, scale in steps if step is not None]


@pghistory.track()
class Vitals(models.Model):
    """mmHg, beats and breaths a minute, percent, degrees Celsius. Empty: not measured."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="vitals")
    systolic = models.PositiveSmallIntegerField(null=True, blank=True)
    diastolic = models.PositiveSmallIntegerField(null=True, blank=True)
    pulse = models.PositiveSmallIntegerField(null=True, blank=True)
    breaths = models.PositiveSmallIntegerField(null=True, blank=True)
    spo2 = models.PositiveSmallIntegerField(null=True, blank=True)
    celsius = models.DecimalField(max_digits=3, decimal_places=1, null=True, blank=True)
    taken_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class PHI:
        fields = frozenset({"systolic", "diastolic", "pulse", "breaths", "spo2", "celsius", "taken_at"})
        safe = frozenset({"id", "visit", "recorded_at", "recorded_by"})

    class Meta:
        triggers = [LockedOnceSigned()]
        indexes = [models.Index(fields=["visit", "-taken_at"], name="vitals_newest")]


@pghistory.track()
class Outcome(models.Model):
    """How the visit ended: both arms of success stored apart, under a versioned definition (G3)."""

    visit = models.OneToOneField(Visit, on_delete=models.PROTECT, related_name="outcome")
    definition = models.CharField(max_length=20, default="2026-1")
    pain_before = models.PositiveSmallIntegerField(null=True, help_text="Empty: not scored")
    pain_after = models.PositiveSmallIntegerField(null=True, help_text="Empty: not scored")
    back_to_activity = models.CharField(max_length=8, choices=YesNo.choices, default=YesNo.UNKNOWN)
    left_with = models.CharField(max_length=80, blank=True, help_text="Who drove them home")
    iv_out = models.CharField(max_length=8, choices=YesNo.choices, default=YesNo.UNKNOWN)
    note = models.CharField(max_length=300, blank=True)
    taught = models.CharField(max_length=8, choices=YesNo.choices, default=YesNo.UNKNOWN)
    belongings = models.CharField(max_length=8, choices=YesNo.choices, default=YesNo.UNKNOWN)
    follow_up = models.CharField(max_length=200, blank=True, help_text="What was agreed")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class PHI:
        fields = frozenset(
            "pain_before pain_after back_to_activity left_with iv_out "
            "note taught belongings follow_up".split()
        )
        safe = frozenset({"id", "visit", "definition", "recorded_at", "recorded_by"})

    class Meta:
        triggers = [LockedOnceSigned()]
