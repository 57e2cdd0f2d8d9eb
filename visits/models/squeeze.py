"""Room made by moving others: asked for, solved in a worker, confirmed by staff who have called them."""

import uuid

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from infusion_center.places.models import Site
from infusion_center.shared.dated import Dated
from patients.models import Patient
from visits.models.visit import Visit
from visits.states import ChairKind, SqueezeState


@pghistory.track()
class Squeeze(Dated):
    """One search for one patient on one day. `starts_at`: where there would be room; `why_none`: else."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="squeezes")
    day = models.DateField()
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    minutes = models.PositiveSmallIntegerField()
    load = models.PositiveSmallIntegerField()
    chair_kind = models.CharField(max_length=10, choices=ChairKind.choices)
    earliest_at = models.DateTimeField(null=True, blank=True)
    must_leave_by = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=SqueezeState.choices, default=SqueezeState.ASKED)
    starts_at = models.DateTimeField(null=True, blank=True)
    why_none = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    visit = models.OneToOneField(
        Visit, null=True, blank=True, on_delete=models.PROTECT, related_name="squeeze"
    )

    class PHI:
        fields = frozenset("day minutes load chair_kind earliest_at must_leave_by starts_at why_none".split())
        safe = frozenset("id key site patient state asked_at asked_by visit".split())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=SqueezeState.values), name="squeeze_state_is_known"),
            models.CheckConstraint(
                condition=~Q(state__in=["solved", "confirmed"]) | Q(starts_at__isnull=False),
                name="solved_squeeze_says_where",
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(visit__isnull=False),
                name="confirmed_squeeze_has_its_visit",
            ),
        ]
        indexes = [
            models.Index(fields=["asked_at"], condition=Q(state="asked"), name="squeezes_to_solve"),
        ]


@pghistory.track()
class Retiming(models.Model):
    """Who would move for it, from which start to which. A proposal until its squeeze is confirmed."""

    squeeze = models.ForeignKey(Squeeze, on_delete=models.PROTECT, related_name="retimings")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="retimings")
    was_at = models.DateTimeField()
    will_be_at = models.DateTimeField()

    class PHI:
        fields = frozenset({"was_at", "will_be_at"})
        safe = frozenset({"id", "squeeze", "visit"})

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["squeeze", "visit"], name="one_retiming_per_visit_and_squeeze"),
            models.CheckConstraint(condition=~Q(was_at=F("will_be_at")), name="retiming_moves_the_start"),
        ]
