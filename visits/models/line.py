"""Where the lines lie: every one that was placed, with needle and attempts."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from visits.models.locked import LockedOnceSigned
from visits.models.visit import Visit
from visits.states import IvSite


@pghistory.track()
class IvAccess(models.Model):
    """One line. The newest that is no second one is `visit.iv_site`; a second one says why."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="iv_lines")
    iv_site = models.CharField(max_length=12, choices=IvSite.choices)
    gauge = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty: not recorded")
    attempts = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty: not recorded")
    second_because = models.CharField(max_length=200, blank=True, help_text="Set: runs beside the first")
    placed_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class PHI:
        fields = frozenset({"iv_site", "gauge", "attempts", "second_because", "placed_at", "removed_at"})
        safe = frozenset({"id", "visit", "recorded_by", "removed_by"})

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(iv_site__in=IvSite.values), name="iv_line_lies_somewhere"),
            models.CheckConstraint(
                condition=Q(gauge=None) | Q(gauge__gte=14, gauge__lte=26), name="iv_gauge_is_one"
            ),
            models.CheckConstraint(
                condition=Q(attempts=None) | Q(attempts__gte=1, attempts__lte=10),
                name="iv_attempts_make_sense",
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by=None)
                | Q(removed_by__isnull=False, removed_at__gte=models.F("placed_at")),
                name="iv_is_out_after_it_was_in",
            ),
        ]
        triggers = [LockedOnceSigned()]
