"""A way for the patient to the after-visit sheet, from their own phone."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from visits.models.visit import Visit


class SheetLink(models.Model):
    """One link, for some days. The address carries a signature over `key` and nothing about the patient."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="sheet_links")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    good_until = models.DateTimeField()
    wrong_tries = models.PositiveSmallIntegerField(default=0)
    opened_at = models.DateTimeField(null=True, blank=True, help_text="Last")
    times_opened = models.PositiveSmallIntegerField(default=0)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset("id key visit made_at made_by good_until wrong_tries opened_at times_opened".split())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(good_until__gt=F("made_at")), name="a_link_is_good_for_a_while"
            )
        ]
