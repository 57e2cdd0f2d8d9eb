"""Who looked after whom, and what was said when that changed."""

import uuid

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from visits.models.locked import LockedOnceSigned
from visits.models.visit import Visit


@pghistory.track()
class HandOver(models.Model):
    """One patient passed from one nurse to another, with the words that went along.

    No giver: nobody had the patient before. `on_break`: the giver takes the patient back (`back_at`).
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="hand_overs")
    giver = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    taker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    words = models.CharField(max_length=300, blank=True)
    on_break = models.BooleanField(default=False)
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField(null=True, blank=True, help_text="Empty: the taker has not read it")
    back_at = models.DateTimeField(null=True, blank=True)

    class PHI:
        fields = frozenset({"words"})
        safe = frozenset("id key visit giver taker on_break given_at given_by read_at back_at".split())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(giver=None) | ~Q(giver=F("taker")), name="handed_over_to_somebody_else"
            ),
            models.CheckConstraint(
                condition=Q(on_break=True, giver=F("given_by")) | Q(on_break=False, back_at=None),
                name="who_goes_on_a_break_comes_back",
            ),
        ]
        triggers = [LockedOnceSigned()]
        indexes = [models.Index(fields=["visit", "-given_at"], name="hand_overs_of_a_visit")]
