"""One patient, one chair, once. A booking is a visit in state `booked`; arriving makes no second row."""

import uuid
from datetime import date, datetime
from typing import Any

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Deferrable, Q

from infusion_center.places.models import Site
from infusion_center.shared.dated import Dated
from patients.models import Patient
from patients.states import YesNo
from regimens.models import Order, Regimen
from visits.models.locked import LockedOnceSigned, signed_stays
from visits.models.place import Chair
from visits.states import (
    CHAIR_IS_OPEN,
    ENDED_IN_CHAIR,
    HOLDS_CHAIR,
    ON_BOARD,
    CallState,
    ChairKind,
    IvSite,
    SentTo,
    Status,
    VisitKind,
)


def _pair(name: str) -> models.CheckConstraint:
    """A moment and its person come together or not at all."""
    both_empty = Q(**{f"{name}_at": None, f"{name}_by": None})
    both_set = Q(**{f"{name}_at__isnull": False, f"{name}_by__isnull": False})
    return models.CheckConstraint(condition=both_empty | both_set, name=f"visit_{name}_at_with_{name}_by")


def _staff(**kwargs: Any) -> models.ForeignKey:
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", **kwargs)


class VisitQuerySet(models.QuerySet["Visit"]):
    def on(self, *, site: Site, day: date) -> "VisitQuerySet":
        return self.filter(site=site, day=day)

    def holding_a_chair(self) -> "VisitQuerySet":
        return self.filter(status__in=HOLDS_CHAIR)

    def on_board(self) -> "VisitQuerySet":
        return self.filter(status__in=ON_BOARD)

    def stale_holds(self, at: datetime) -> "VisitQuerySet":
        return self.filter(status=Status.HELD, held_until__lte=at)


@pghistory.track()
class Visit(Dated):
    """`planned` is the time the patient was promised; `chair_time` the same with the chair's turnover."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="visits", db_index=False)
    day = models.DateField(help_text="The site's business date of the planned start")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="visits", db_index=False)
    kind = models.CharField(max_length=10, choices=VisitKind.choices, default=VisitKind.RESCUE)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.BOOKED)
    chair = models.ForeignKey(Chair, null=True, blank=True, on_delete=models.PROTECT, related_name="visits")
    chair_kind = models.CharField(max_length=10, choices=ChairKind.choices, default=ChairKind.RECLINER)
    planned = DateTimeRangeField()
    chair_time = DateTimeRangeField()
    minutes = models.PositiveSmallIntegerField()
    load = models.PositiveSmallIntegerField(help_text="On nurses who carry 12 each")
    regimen = models.ForeignKey(
        Regimen, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reason = models.CharField(max_length=120, blank=True)
    must_leave_by = models.DateTimeField(null=True, blank=True)
    driver_name = models.CharField(max_length=80, blank=True)
    has_driver = models.CharField(max_length=8, choices=YesNo.choices, default=YesNo.UNKNOWN)
    overbooked_reason = models.CharField(
        max_length=120, blank=True, help_text="Set: outside the chair constraint, and shown as such"
    )

    held_until = models.DateTimeField(null=True, blank=True)
    booked_at = models.DateTimeField(null=True, blank=True)
    booked_by = _staff(null=True, blank=True, db_index=False)
    arrived_at = models.DateTimeField(null=True, blank=True)
    arrived_by = _staff(null=True, blank=True, db_index=False)
    seated_at = models.DateTimeField(null=True, blank=True)
    seated_by = _staff(null=True, blank=True, db_index=False)
    left_at = models.DateTimeField(null=True, blank=True, help_text="From this minute the chair is free")
    left_by = _staff(null=True, blank=True, db_index=False)
    nurse = _staff(null=True, blank=True, help_text="Who looks after them now")
    iv_site = models.CharField(
        max_length=12, choices=IvSite.choices, blank=True, help_text="Empty: not recorded"
    )
    iv_site_at = models.DateTimeField(null=True, blank=True)
    iv_site_by = _staff(null=True, blank=True, db_index=False)
    signed_at = models.DateTimeField(null=True, blank=True, help_text="Set: the chart is locked")
    signed_by = _staff(null=True, blank=True, db_index=False)

    orders = models.ManyToManyField(Order, through="VisitOrder", related_name="visits")

    objects = VisitQuerySet.as_manager()

    class PHI:
        fields = frozenset(
            "kind chair_kind planned chair_time minutes load "
            "regimen reason must_leave_by driver_name has_driver "
            "overbooked_reason day arrived_at seated_at left_at iv_site".split()
        )
        safe = frozenset(
            "id key site patient status chair "
            "held_until booked_at booked_by arrived_by seated_by left_by nurse iv_site_at iv_site_by "
            "signed_at signed_by".split()
        )

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_patient_per_chair",
                expressions=[("chair", RangeOperators.EQUAL), ("chair_time", RangeOperators.OVERLAPS)],
                condition=Q(status__in=HOLDS_CHAIR),
                deferrable=Deferrable.IMMEDIATE,
            ),
            ExclusionConstraint(
                name="one_place_per_patient",
                expressions=[("patient", RangeOperators.EQUAL), ("planned", RangeOperators.OVERLAPS)],
                condition=Q(status__in=HOLDS_CHAIR),
                deferrable=Deferrable.IMMEDIATE,
            ),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="visit_status_is_known"),
            _pair("booked"),
            _pair("arrived"),
            _pair("seated"),
            _pair("left"),
            _pair("iv_site"),
            _pair("signed"),
            models.CheckConstraint(
                condition=Q(signed_at=None) | Q(status__in=ENDED_IN_CHAIR),
                name="only_a_visit_that_is_over_is_signed",
            ),
            models.CheckConstraint(
                condition=Q(iv_site="", iv_site_at=None)
                | Q(iv_site__in=IvSite.values, iv_site_at__isnull=False),
                name="iv_site_is_known_word_with_moment",
            ),
            models.CheckConstraint(
                condition=~Q(status="held") | Q(held_until__isnull=False), name="held_visit_says_until_when"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["in_chair", "done"]) | Q(seated_at__isnull=False),
                name="visit_in_chair_has_seat_time",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["done", "left_early", "transferred"]) | Q(left_at__isnull=False),
                name="ended_visit_has_leaving_time",
            ),
        ]
        indexes = [
            models.Index(fields=["site", "day"], name="visits_of_a_day"),
            models.Index(
                fields=["site", "day"], condition=Q(status__in=HOLDS_CHAIR), name="visits_holding_a_day"
            ),
            models.Index(fields=["patient", "-day"], name="visits_of_a_patient"),
            models.Index(fields=["held_until"], condition=Q(status="held"), name="visits_on_hold"),
            models.Index(
                fields=["site", "left_at"],
                condition=Q(signed_at=None, status__in=ENDED_IN_CHAIR),
                name="visits_to_sign",
            ),
        ]
        triggers = [signed_stays()]

    def __str__(self) -> str:
        return str(self.key)

    @property
    def starts_at(self) -> datetime:
        return self.planned.lower

    @property
    def ends_at(self) -> datetime:
        return self.planned.upper

    @property
    def chair_is_open(self) -> bool:
        """Nobody has come yet: time and chair are a plan."""
        return self.status in CHAIR_IS_OPEN


@pghistory.track()
class VisitOrder(models.Model):
    """Which visit an order is given at. An order is given at one visit."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="visit_orders")
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="visit_order")

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset({"id", "visit", "order"})

    class Meta:
        triggers = [LockedOnceSigned()]


class VisitMove(models.Model):
    """One move of a visit: from where, to where, who, when, and why where it was a move back. Append-only."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="moves")
    source = models.CharField(max_length=12, blank=True)
    target = models.CharField(max_length=12, choices=Status.choices)
    moved_at = models.DateTimeField()
    moved_by = _staff(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class PHI:
        fields = frozenset({"reason"})
        safe = frozenset({"id", "visit", "source", "target", "moved_at", "moved_by"})

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
        indexes = [models.Index(fields=["visit", "moved_at"], name="moves_of_a_visit")]


@pghistory.track()
class CallRequest(Dated):
    """Somebody on the phone who wants a chair. What was refused, and why, is kept ("seen same day" rate)."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="calls")
    day = models.DateField()
    patient = models.ForeignKey(
        Patient, null=True, blank=True, on_delete=models.PROTECT, related_name="calls"
    )
    caller = models.CharField(max_length=120)
    phone = models.CharField(max_length=30, blank=True)
    wish = models.CharField(max_length=200, blank=True)
    earliest_at = models.DateTimeField(null=True, blank=True)
    must_leave_by = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=CallState.choices, default=CallState.OPEN)
    called_at = models.DateTimeField()
    taken_by = _staff()
    visit = models.OneToOneField(Visit, null=True, blank=True, on_delete=models.PROTECT, related_name="call")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = _staff(null=True, blank=True)
    closed_reason = models.CharField(max_length=200, blank=True)
    walk_in = models.BooleanField(default=False, help_text="Came without calling")
    red_flag = models.BooleanField(default=False, help_text="A yes that no provider has cleared")
    sent_to = models.CharField(max_length=10, choices=SentTo.choices, blank=True)

    class PHI:
        fields = frozenset(
            "caller phone wish earliest_at must_leave_by closed_reason walk_in red_flag sent_to".split()
        )
        safe = frozenset("id key site day patient state called_at taken_by visit closed_at closed_by".split())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=CallState.values), name="call_state_is_known"),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="call_closed_at_with_closed_by",
            ),
            models.CheckConstraint(
                condition=~Q(state="booked") | Q(red_flag=False), name="red_flag_gets_no_chair"
            ),
            models.CheckConstraint(
                condition=Q(state="sent_on", sent_to__in=SentTo.values) | ~Q(state="sent_on") & Q(sent_to=""),
                name="call_sent_on_says_where",
            ),
        ]
        indexes = [
            models.Index(fields=["site", "day"], condition=Q(state="open"), name="open_calls_of_a_day")
        ]
