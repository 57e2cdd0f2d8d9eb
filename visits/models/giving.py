"""What was given: one administration per ordered step, its events, and the vials it used."""

import uuid

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from infusion_center.shared.dated import Dated
from regimens.models import Drug, Lot, OrderStep, StockMove
from regimens.states import Method
from visits.models.locked import OF_AN_ADMINISTRATION, LockedOnceSigned
from visits.models.visit import Visit
from visits.states import EventKind, Given


@pghistory.track()
class Administration(Dated):
    """One drug given once: a header and its events. Four times are four things.

    Ordered: the order's signature. Scheduled: `scheduled_at`. Given: the events' `at`.
    Recorded: their `recorded_at`.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="administrations")
    step = models.ForeignKey(OrderStep, on_delete=models.PROTECT, related_name="administrations")
    drug = models.ForeignKey(Drug, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    dose = models.DecimalField(max_digits=10, decimal_places=3, help_text="Ordered")
    unit = models.CharField(max_length=12)
    method = models.CharField(max_length=12, choices=Method.choices)
    volume_ml = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(help_text="Ordered running time")
    scheduled_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=20, choices=Given.choices, default=Given.ORDERED)
    given_amount = models.DecimalField(
        max_digits=10, decimal_places=3, null=True, blank=True, help_text="Empty: nothing yet"
    )
    started_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True, help_text="Why held, refused, partly or not given")
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )

    class PHI:
        fields = frozenset(
            "drug dose unit method volume_ml "
            "minutes scheduled_at given_amount started_at stopped_at reason".split()
        )
        safe = frozenset({"id", "key", "visit", "step", "position", "state", "replaces"})

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=Given.values), name="administration_state_is_known"),
            models.CheckConstraint(
                condition=Q(stopped_at=None)
                | Q(started_at__isnull=False, stopped_at__gte=models.F("started_at")),
                name="nothing_stops_before_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(given_amount=None) | Q(given_amount__gt=0), name="given_amount_is_positive"
            ),
            models.UniqueConstraint(
                fields=["step"], condition=~Q(state="entered_in_error"), name="one_administration_per_step"
            ),
        ]
        triggers = [LockedOnceSigned()]
        indexes = [models.Index(fields=["visit", "position"], name="administrations_of_a_visit")]


@pghistory.track()
class GivingEvent(models.Model):
    """Start, rate change, pause, resume, new bag, bolus or stop: minutes and volume are reckoned from these.

    `volume_ml` of a new bag: in so far; of a bolus: the bolus alone.
    """

    administration = models.ForeignKey(Administration, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=8, choices=EventKind.choices)
    at = models.DateTimeField(help_text="When it happened")
    rate_ml_h = models.DecimalField(max_digits=7, decimal_places=1, null=True, blank=True)
    volume_ml = models.DecimalField(
        max_digits=7, decimal_places=2, null=True, blank=True, help_text="In so far; of a bolus: its own"
    )
    scanned = models.CharField(max_length=40, blank=True, help_text="Of a start: what was scanned and fits")
    note = models.CharField(max_length=200, blank=True, help_text="Of a start: why the pain was not asked")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class PHI:
        fields = frozenset({"kind", "at", "rate_ml_h", "volume_ml", "note"})
        safe = frozenset({"id", "administration", "recorded_at", "recorded_by", "scanned"})

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["administration"], condition=Q(kind="start"), name="an_administration_starts_once"
            ),
            models.UniqueConstraint(
                fields=["administration"], condition=Q(kind="stop"), name="an_administration_stops_once"
            ),
        ]
        triggers = [LockedOnceSigned(visit=OF_AN_ADMINISTRATION)]
        indexes = [models.Index(fields=["administration", "at"], name="events_of_an_administration")]


@pghistory.track()
class VialUse(models.Model):
    """What one administration took from one lot: given and wasted, each with its ledger row.

    Nothing given: it was mixed and thrown away.
    """

    administration = models.ForeignKey(Administration, on_delete=models.PROTECT, related_name="vials")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="uses")
    vials = models.DecimalField(max_digits=7, decimal_places=2, help_text="Opened")
    given = models.DecimalField(max_digits=10, decimal_places=3)
    wasted = models.DecimalField(max_digits=10, decimal_places=3)
    waste_witness = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    given_move = models.OneToOneField(
        StockMove, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    waste_move = models.OneToOneField(
        StockMove, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reversed_at = models.DateTimeField(null=True, blank=True)

    class PHI:
        fields = frozenset({"given", "wasted"})
        safe = frozenset(
            "id administration lot vials waste_witness given_move waste_move reversed_at".split()
        )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(given__gt=0, wasted__gte=0, given_move__isnull=False)
                | Q(given=0, wasted__gt=0, given_move=None),
                name="vial_use_amounts_make_sense",
            ),
        ]
        triggers = [LockedOnceSigned(visit=OF_AN_ADMINISTRATION)]
