"""The same-day flow: what a caller answered, who waits, which time fell free, to whom it was offered."""

import uuid
from typing import Any

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models import F, Q

from infusion_center.places.models import Site
from infusion_center.shared.dated import Dated
from patients.models import Patient
from regimens.models import Regimen
from visits.models.visit import CallRequest, Visit
from visits.states import ChairKind, FreedState, OfferState, RedFlag, VisitKind, WaitState


def _staff(**kwargs: Any) -> models.ForeignKey:
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", **kwargs)


@pghistory.track()
class RedFlagAnswer(models.Model):
    """What a caller said to one red-flag question; no row: not asked. A provider clears a yes, saying why."""

    call = models.ForeignKey(CallRequest, on_delete=models.PROTECT, related_name="red_flag_answers")
    flag = models.CharField(max_length=12, choices=RedFlag.choices)
    answer = models.CharField(max_length=3, choices=[("yes", "Yes"), ("no", "No")])
    asked_at = models.DateTimeField()
    asked_by = _staff()
    cleared_at = models.DateTimeField(null=True, blank=True)
    cleared_by = _staff(null=True, blank=True)
    cleared_reason = models.CharField(max_length=200, blank=True)

    class PHI:
        fields = frozenset({"flag", "answer", "cleared_reason"})
        safe = frozenset({"id", "call", "asked_at", "asked_by", "cleared_at", "cleared_by"})

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["call", "flag"], name="one_answer_per_red_flag_of_a_call"),
            models.CheckConstraint(
                condition=Q(flag__in=RedFlag.values, answer__in=["yes", "no"]),
                name="red_flag_answer_is_known",
            ),
            models.CheckConstraint(
                condition=Q(cleared_at=None, cleared_by=None, cleared_reason="")
                | Q(cleared_at__isnull=False, cleared_by__isnull=False, answer="yes") & ~Q(cleared_reason=""),
                name="only_a_yes_is_cleared_and_with_a_reason",
            ),
        ]


@pghistory.track()
class Waiting(Dated):
    """One entry of a day's waitlist. `visit`: the later one they have already and would give up."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="waiting")
    day = models.DateField()
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="waiting")
    call = models.ForeignKey(
        CallRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="waits"
    )
    visit = models.ForeignKey(
        Visit, null=True, blank=True, on_delete=models.PROTECT, related_name="wants_earlier"
    )
    regimen = models.ForeignKey(Regimen, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=VisitKind.choices, default=VisitKind.RESCUE)
    reason = models.CharField(max_length=120, blank=True)
    minutes = models.PositiveSmallIntegerField()
    load = models.PositiveSmallIntegerField()
    chair_kind = models.CharField(max_length=10, choices=ChairKind.choices, default=ChairKind.RECLINER)
    earliest_at = models.DateTimeField(null=True, blank=True)
    must_leave_by = models.DateTimeField(null=True, blank=True)
    travel_minutes = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty: not known")
    state = models.CharField(max_length=10, choices=WaitState.choices, default=WaitState.WAITING)
    since = models.DateTimeField()
    listed_by = _staff()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = _staff(null=True, blank=True)
    closed_reason = models.CharField(max_length=200, blank=True)

    class PHI:
        fields = frozenset(
            "day regimen kind reason minutes load chair_kind earliest_at must_leave_by travel_minutes "
            "closed_reason".split()
        )
        safe = frozenset("id key site patient call visit state since listed_by closed_at closed_by".split())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=WaitState.values), name="waiting_state_is_known"),
            models.UniqueConstraint(
                fields=["patient", "day"], condition=Q(state="waiting"), name="on_the_waitlist_of_a_day_once"
            ),
            models.UniqueConstraint(
                fields=["call"], condition=Q(state="waiting"), name="on_the_waitlist_for_a_call_once"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", closed_at=None, closed_by=None)
                | ~Q(state="waiting") & Q(closed_at__isnull=False, closed_by__isnull=False),
                name="waiting_closed_at_with_closed_by",
            ),
        ]
        indexes = [
            models.Index(fields=["site", "day"], condition=Q(state="waiting"), name="waitlist_of_a_day")
        ]


@pghistory.track()
class FreedTime(Dated):
    """A time somebody gave up while others waited: one task for the front desk."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="freed")
    day = models.DateField()
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="freed")
    chair_kind = models.CharField(max_length=10, choices=ChairKind.choices)
    span = DateTimeRangeField()
    state = models.CharField(max_length=8, choices=FreedState.choices, default=FreedState.OPEN)
    freed_at = models.DateTimeField()
    freed_by = _staff(null=True, blank=True)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset("id key site day visit chair_kind span state freed_at freed_by".split())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=FreedState.values), name="freed_state_is_known"),
            models.UniqueConstraint(
                fields=["visit"],
                condition=Q(state__in=["open", "offered"]),
                name="one_open_task_per_freed_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["site", "day"], condition=Q(state__in=["open", "offered"]), name="freed_of_a_day"
            )
        ]


@pghistory.track()
class Offer(Dated):
    """A freed time offered to one of those who wait, as a hold that runs out."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    freed = models.ForeignKey(FreedTime, on_delete=models.PROTECT, related_name="offers")
    waiting = models.ForeignKey(Waiting, on_delete=models.PROTECT, related_name="offers")
    visit = models.OneToOneField(Visit, on_delete=models.PROTECT, related_name="offer")
    state = models.CharField(max_length=8, choices=OfferState.choices, default=OfferState.OPEN)
    offered_at = models.DateTimeField()
    offered_by = _staff()
    answered_at = models.DateTimeField(null=True, blank=True)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset("id key freed waiting visit state offered_at offered_by answered_at".split())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=OfferState.values), name="offer_state_is_known"),
            models.UniqueConstraint(
                fields=["freed"], condition=Q(state="open"), name="one_open_offer_per_freed_time"
            ),
            models.UniqueConstraint(
                fields=["waiting"], condition=Q(state="open"), name="one_open_offer_per_waiting_patient"
            ),
            models.CheckConstraint(
                condition=Q(state="open", answered_at=None) | ~Q(state="open") & Q(answered_at__isnull=False),
                name="answered_offer_says_when",
            ),
        ]


@pghistory.track()
class Reserve(models.Model):
    """Places of a weekday kept for same-day calls, until a wall time some days before."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="reserves")
    weekday = models.PositiveSmallIntegerField(help_text="0 = Monday")
    chair_kind = models.CharField(max_length=10, choices=ChairKind.choices, default=ChairKind.RECLINER)
    starts = models.TimeField()
    ends = models.TimeField()
    places = models.PositiveSmallIntegerField()
    released_days_before = models.PositiveSmallIntegerField(default=1)
    released_at = models.TimeField()

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset(
            "id site weekday chair_kind starts ends places released_days_before released_at".split()
        )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="reserve_is_monday_to_sunday"),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="reserve_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(places__gte=1), name="reserve_keeps_a_place"),
            models.CheckConstraint(
                condition=Q(released_days_before__range=(1, 14)), name="reserve_is_released_within_two_weeks"
            ),
        ]
