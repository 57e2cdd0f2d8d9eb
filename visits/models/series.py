"""A treatment that comes back every so many days, and each of its doses: a row of its own."""

import uuid
from typing import Any

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from infusion_center.places.models import Site
from infusion_center.shared.dated import Dated
from patients.models import Patient
from regimens.models import Drug, Regimen
from visits.models.visit import Visit
from visits.states import STILL_TO_COME, ChairKind, OccurrenceState

MINUTES_OF_A_DAY = 24 * 60


def _staff(**kwargs: Any) -> models.ForeignKey:
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", **kwargs)


class Wished(models.Model):
    """When it suits the patient: a weekday (0 = Monday), and minutes of the wall clock to start between."""

    weekday = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty: any day")
    start_from = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Minutes after midnight; empty: any time"
    )
    start_until = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        abstract = True


WISH = frozenset({"weekday", "start_from", "start_until"})


def _wish_promises(table: str) -> list[models.CheckConstraint]:
    whole = Q(start_from__isnull=False, start_until__gte=models.F("start_from"))
    return [
        models.CheckConstraint(
            condition=Q(weekday=None) | Q(weekday__lte=6), name=f"{table}_weekday_is_monday_to_sunday"
        ),
        models.CheckConstraint(
            condition=Q(start_from=None, start_until=None) | whole & Q(start_until__lt=MINUTES_OF_A_DAY),
            name=f"{table}_wishes_from_until",
        ),
    ]


@pghistory.track()
class Series(Wished, Dated):
    """`drug` is the one whose dose the next due day is counted from; days are the site's."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="series")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="series")
    regimen = models.ForeignKey(Regimen, on_delete=models.PROTECT, related_name="+")
    drug = models.ForeignKey(Drug, on_delete=models.PROTECT, related_name="+")
    every_days = models.PositiveSmallIntegerField()
    early_days = models.PositiveSmallIntegerField(help_text="May be given so many days before it is due")
    late_days = models.PositiveSmallIntegerField(help_text="And so many days after")
    chair_kind = models.CharField(max_length=10, choices=ChairKind.choices, default=ChairKind.RECLINER)
    comfort = models.CharField(max_length=80, blank=True, help_text="Light, sound, companion at these visits")
    given_elsewhere_on = models.DateField(
        null=True, blank=True, help_text="The last dose before this series, given at another place"
    )
    started_on = models.DateField()
    started_by = _staff()
    ended_on = models.DateField(null=True, blank=True)
    ended_by = _staff(null=True, blank=True)
    ended_reason = models.CharField(max_length=200, blank=True)

    class PHI:
        fields = WISH | frozenset(
            "regimen drug every_days early_days late_days chair_kind comfort given_elsewhere_on "
            "started_on ended_on ended_reason".split()
        )
        safe = frozenset("id key patient site started_by ended_by".split())

    class Meta:
        constraints = [
            *_wish_promises("series"),
            models.CheckConstraint(
                condition=Q(every_days__gte=1, early_days__lt=models.F("every_days")),
                name="series_comes_back_after_a_day_or_more",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None, ended_by=None, ended_reason="")
                | Q(~Q(ended_reason=""), ended_on__isnull=False, ended_by__isnull=False),
                name="ended_series_says_when_who_and_why",
            ),
            models.UniqueConstraint(
                fields=["patient", "drug"], condition=Q(ended_on=None), name="one_running_series_per_drug"
            ),
        ]


@pghistory.track()
class Occurrence(Wished, Dated):
    """One dose of a series. Numbers are never used twice, so what was taken out stays out.

    `due_on` is counted; `wished_on` is a day a person chose for this one only. `tried_at`: the patient was
    called and did not answer.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="occurrences")
    number = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    wished_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=OccurrenceState.choices, default=OccurrenceState.PROPOSED)
    visit = models.ForeignKey(
        Visit, null=True, blank=True, on_delete=models.PROTECT, related_name="occurrences"
    )
    given_on = models.DateField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    tried_by = _staff(null=True, blank=True)
    reason = models.CharField(
        max_length=200, blank=True, help_text="Why skipped or cancelled, or what came of its last visit"
    )

    class PHI:
        fields = WISH | frozenset({"due_on", "wished_on", "given_on", "reason"})
        safe = frozenset("id key series number state visit tried_at tried_by".split())

    class Meta:
        constraints = [
            *_wish_promises("occurrence"),
            models.CheckConstraint(
                condition=Q(state__in=OccurrenceState.values), name="occurrence_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["confirmed", "given"], visit__isnull=False)
                | Q(state__in=["proposed", "skipped", "cancelled"], visit=None),
                name="booked_occurrence_has_its_visit",
            ),
            models.CheckConstraint(
                condition=Q(state="given", given_on__isnull=False) | ~Q(state="given") & Q(given_on=None),
                name="given_occurrence_has_its_day",
            ),
            models.CheckConstraint(
                condition=~Q(state="skipped") | ~Q(reason=""), name="skipped_occurrence_says_why"
            ),
            models.CheckConstraint(
                condition=Q(tried_at=None, tried_by=None) | Q(tried_at__isnull=False, tried_by__isnull=False),
                name="occurrence_tried_at_with_tried_by",
            ),
            models.UniqueConstraint(fields=["series", "number"], name="one_occurrence_per_number"),
            models.UniqueConstraint(fields=["series", "visit"], name="one_dose_of_a_series_per_visit"),
        ]
        indexes = [
            models.Index(fields=["due_on"], condition=Q(state__in=STILL_TO_COME), name="occurrences_to_come")
        ]
