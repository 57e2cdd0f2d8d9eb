"""Who pays, in which order."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from infusion_center.shared.dated import Dated, Reviewed
from patients.models.patient import Patient
from patients.states import CoverageState


@pghistory.track()
class Payer(Dated, Reviewed):
    """An insurer as the clearinghouse knows it. `filing_code` is SBR09 (billing.md 7)."""

    name = models.CharField(max_length=60)
    payer_id = models.CharField(max_length=20, unique=True)
    filing_code = models.CharField(max_length=2, default="CI")
    timely_filing_days = models.PositiveSmallIntegerField(default=90)
    active = models.BooleanField(default=True)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset({"id", "name", "payer_id", "filing_code", "timely_filing_days", "active"})

    def __str__(self) -> str:
        return self.name


class Relationship(models.TextChoices):
    """To the subscriber, with the X12 codes of SBR02 and PAT01."""

    SELF = "18", "Self"
    SPOUSE = "01", "Spouse"
    CHILD = "19", "Child"
    OTHER = "G8", "Other"


@pghistory.track()
class Coverage(Dated):
    """A person's place in a plan. `rank` 1 is billed first."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="coverages")
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="coverages")
    rank = models.PositiveSmallIntegerField(default=1)
    member_id = models.CharField(max_length=40)
    group_number = models.CharField(max_length=40, blank=True)
    relationship = models.CharField(max_length=2, choices=Relationship.choices, default=Relationship.SELF)
    # Of the subscriber, where that is somebody else.
    subscriber_given_name = models.CharField(max_length=80, blank=True)
    subscriber_family_name = models.CharField(max_length=80, blank=True)
    subscriber_birth_date = models.DateField(null=True, blank=True)
    subscriber_sex = models.CharField(max_length=8, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=CoverageState.choices, default=CoverageState.UNVERIFIED)
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    source_key = models.CharField(max_length=120, null=True, blank=True)  # noqa: DJ001 - null is outside unique

    class PHI:
        fields = frozenset(
            "member_id group_number relationship subscriber_given_name subscriber_family_name "
            "subscriber_birth_date subscriber_sex starts_on ends_on".split()
        )
        safe = frozenset(
            {"id", "patient", "payer", "rank", "state", "verified_at", "verified_by", "source_key"}
        )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "rank"], condition=~Q(state="ended"), name="one_running_coverage_per_rank"
            ),
            models.CheckConstraint(
                condition=Q(state__in=CoverageState.values), name="coverage_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(verified_at=None, verified_by=None)
                | Q(verified_at__isnull=False, verified_by__isnull=False),
                name="coverage_verified_at_with_verified_by",
            ),
        ]
