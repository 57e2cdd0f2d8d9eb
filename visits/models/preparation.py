"""What was mixed before it ran: bag or syringe, by whom, until when it is good, and what became of it."""

import uuid

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from visits.models.giving import Administration
from visits.models.locked import OF_AN_ADMINISTRATION, LockedOnceSigned


def _staff() -> models.ForeignKey:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )


@pghistory.track()
class Preparation(models.Model):
    """One bag or syringe for one line; its lots are the line's vials. `key` is in the barcode of its label.

    Thrown away: mixed and not given, so that all of its vials are waste.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    administration = models.ForeignKey(Administration, on_delete=models.PROTECT, related_name="preparations")
    mixed_at = models.DateTimeField()
    mixed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    use_by = models.DateTimeField(help_text="Begun by then, or thrown away")
    checked_at = models.DateTimeField(null=True, blank=True)
    checked_by = _staff()
    thrown_at = models.DateTimeField(null=True, blank=True)
    thrown_by = _staff()
    thrown_because = models.CharField(max_length=200, blank=True)

    class PHI:
        fields = frozenset({"mixed_at", "use_by", "thrown_because"})
        safe = frozenset(
            "id key administration mixed_by recorded_at checked_at checked_by thrown_at thrown_by".split()
        )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["administration"], condition=Q(thrown_at=None), name="one_mixture_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(use_by__gt=F("mixed_at")), name="a_mixture_is_good_for_a_while"
            ),
            models.CheckConstraint(
                condition=Q(checked_at=None, checked_by=None)
                | Q(checked_at__isnull=False, checked_by__isnull=False) & ~Q(checked_by=F("mixed_by")),
                name="a_second_check_is_somebody_elses",
            ),
            models.CheckConstraint(
                condition=Q(thrown_at=None, thrown_by=None, thrown_because="")
                | Q(thrown_at__isnull=False, thrown_by__isnull=False) & ~Q(thrown_because=""),
                name="what_is_thrown_away_has_a_reason",
            ),
        ]
        triggers = [LockedOnceSigned(visit=OF_AN_ADMINISTRATION)]
