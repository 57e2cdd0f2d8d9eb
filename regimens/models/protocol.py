"""Standing orders: what a nurse may start by herself, under stated limits."""

import uuid

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from infusion_center.accounts.permissions import Role
from infusion_center.shared.dated import Dated
from regimens.models.regimen import Regimen, RegimenVersion
from regimens.states import MostSevere


@pghistory.track()
class Protocol(Dated):
    """One version of a regimen that was approved as a standing order. A changed regimen is approved anew.

    Ages in whole years, both included; empty: no limit. `active_to` empty: until it is ended.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    regimen = models.ForeignKey(Regimen, on_delete=models.PROTECT, related_name="protocols")
    version = models.ForeignKey(RegimenVersion, on_delete=models.PROTECT, related_name="+")
    may_start = models.CharField(max_length=20, choices=[(Role.NURSE, "Nurse")], default=Role.NURSE)
    min_age = models.PositiveSmallIntegerField(null=True, blank=True)
    max_age = models.PositiveSmallIntegerField(null=True, blank=True)
    most_severe = models.CharField(
        max_length=8, choices=MostSevere.choices, default=MostSevere.INFO, help_text="What may be found"
    )
    sign_within_hours = models.PositiveSmallIntegerField(default=24)
    active_from = models.DateField()
    active_to = models.DateField(null=True, blank=True)
    approved_at = models.DateTimeField()
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset(
            "id key regimen version may_start min_age max_age most_severe sign_within_hours active_from "
            "active_to approved_at approved_by ended_at ended_by".split()
        )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["regimen"], condition=Q(ended_at=None), name="one_protocol_of_a_regimen"
            ),
            models.CheckConstraint(
                condition=Q(most_severe__in=MostSevere.values), name="protocol_most_severe_is_known"
            ),
            models.CheckConstraint(
                condition=Q(sign_within_hours__gte=1, sign_within_hours__lte=72),
                name="protocol_is_signed_within_72_hours",
            ),
            models.CheckConstraint(
                condition=Q(min_age=None) | Q(max_age=None) | Q(max_age__gte=models.F("min_age")),
                name="protocol_ages_make_sense",
            ),
            models.CheckConstraint(
                condition=Q(active_to=None) | Q(active_to__gte=models.F("active_from")),
                name="protocol_days_make_sense",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="protocol_ended_at_with_ended_by",
            ),
        ]
