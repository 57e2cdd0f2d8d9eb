"""Chairs, nurses' shifts and absences, and the row that bookings of a day queue at."""

import pghistory
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db import models

from infusion_center.places.models import Site
from visits.states import ChairKind


@pghistory.track()
class Chair(models.Model):
    """A place to be treated in."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="chairs")
    name = models.CharField(max_length=30)
    kind = models.CharField(max_length=10, choices=ChairKind.choices, default=ChairKind.RECLINER)
    dim = models.BooleanField(default=False, help_text="Light can be turned down")
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset({"id", "site", "name", "kind", "dim", "position", "active"})

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="one_chair_per_name")]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class Shift(models.Model):
    """A nurse's presence; `breaks` are ranges inside it in which somebody else carries the load."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="shifts")
    nurse = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="shifts")
    span = DateTimeRangeField()

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset({"id", "site", "nurse", "span"})

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_place_per_nurse",
                expressions=[("nurse", RangeOperators.EQUAL), ("span", RangeOperators.OVERLAPS)],
            )
        ]
        indexes = [GistIndex(fields=["site", "span"], name="shifts_of_a_day")]


@pghistory.track()
class Break(models.Model):
    """A pause within a shift."""

    shift = models.ForeignKey(Shift, on_delete=models.CASCADE, related_name="breaks")
    span = DateTimeRangeField()

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset({"id", "shift", "span"})


@pghistory.track()
class Absence(models.Model):
    """A nurse is not there, whatever the shifts say: at every site, and for as long as it lasts."""

    nurse = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="absences")
    span = DateTimeRangeField()
    reason = models.CharField(max_length=120)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset({"id", "nurse", "span", "reason"})

    class Meta:
        indexes = [GistIndex(fields=["nurse", "span"], name="absences_of_a_nurse")]


class ClinicDay(models.Model):
    """One site's day: the row every booking and charting verb of that day takes first.

    `version` grows with each of them; a board that shows it knows whether anything changed.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="days")
    day = models.DateField()
    version = models.PositiveBigIntegerField(default=1)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset({"id", "site", "day", "version"})

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "day"], name="one_row_per_clinic_day")]
