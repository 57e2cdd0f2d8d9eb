"""What a patient did not bear, what was given against it at once, and the center's card for each kind."""

import uuid

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from infusion_center.shared.dated import Reviewed
from patients.models import Allergy, Condition
from regimens.models import Confidence
from visits.models.giving import Administration
from visits.models.locked import LockedOnceSigned
from visits.models.visit import Visit
from visits.states import Grade, ReactionAction, ReactionKind, ReactionOutcome, Remembered, Route

# What a signature locks of a reaction. Whether somebody has looked, and how it went on, may be said later; a
# correction is a row that names the first.
AS_RECORDED = ("visit_id", "kind", "words", "grade", "administration_id", "began_at", "recorded_at")


def _staff(*, optional: bool = False) -> models.ForeignKey:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=optional, blank=optional
    )


def _pair(name: str, *, of: str = "reaction", **with_them: Q) -> models.CheckConstraint:
    """`NAME_at` and `NAME_by` come together."""
    absent = Q(**{f"{name}_at": None, f"{name}_by": None})
    there = Q(**{f"{name}_at__isnull": False, f"{name}_by__isnull": False})
    absent, there = absent & with_them.get("absent", Q()), there & with_them.get("there", Q())
    return models.CheckConstraint(condition=absent | there, name=f"{of}_{name}_at_with_{name}_by")


@pghistory.track()
class Reaction(models.Model):
    """One reaction: when it began, after which drug (none: not clear which), how bad, and how it went.

    What was recorded stands. A correction is a new row that `replaces` the first, which is then in error.
    `seen`: a provider has looked. `confirmed`: it became an allergy or a condition in the patient's history.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="reactions")
    kind = models.CharField(max_length=14, choices=ReactionKind.choices)
    words = models.CharField(max_length=200, blank=True)
    grade = models.PositiveSmallIntegerField(choices=Grade.choices)
    administration = models.ForeignKey(
        Administration, null=True, blank=True, on_delete=models.PROTECT, related_name="reactions"
    )
    began_at = models.DateTimeField()
    actions = ArrayField(
        models.CharField(max_length=10, choices=ReactionAction.choices), default=list, blank=True
    )
    action_words = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(
        max_length=12, choices=ReactionOutcome.choices, default=ReactionOutcome.ONGOING
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = _staff()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = _staff(optional=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = _staff(optional=True)
    confirmed_as = models.CharField(max_length=11, choices=Remembered.choices, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = _staff(optional=True)
    allergy = models.ForeignKey(Allergy, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    condition = models.ForeignKey(
        Condition, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    in_error_at = models.DateTimeField(null=True, blank=True)
    in_error_by = _staff(optional=True)
    in_error_reason = models.CharField(max_length=200, blank=True)
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )

    class PHI:
        fields = frozenset(
            "kind words grade began_at actions action_words outcome ended_at confirmed_as "
            "in_error_reason".split()
        )
        safe = frozenset(
            "id key visit administration recorded_at recorded_by settled_at settled_by seen_at seen_by "
            "confirmed_at confirmed_by allergy condition in_error_at in_error_by replaces".split()
        )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ReactionKind.values), name="reaction_kind_is_known"),
            models.CheckConstraint(condition=Q(grade__in=Grade.values), name="reaction_grade_is_1_to_5"),
            models.CheckConstraint(
                condition=~Q(kind=ReactionKind.OTHER) | ~Q(words=""), name="other_reaction_says_what"
            ),
            models.CheckConstraint(
                condition=Q(outcome="ongoing", ended_at=None, settled_at=None)
                | Q(
                    outcome="resolved",
                    ended_at__isnull=False,
                    ended_at__gte=F("began_at"),
                    settled_at__isnull=False,
                )
                | Q(outcome__in=["left_with_it", "transferred"], ended_at=None, settled_at__isnull=False),
                name="reaction_outcome_has_its_moment",
            ),
            _pair("settled"),
            _pair("seen"),
            _pair(
                "confirmed",
                absent=Q(confirmed_as="", allergy=None, condition=None),
                there=Q(confirmed_as="allergy", allergy__isnull=False)
                | Q(confirmed_as="intolerance", condition__isnull=False),
            ),
            _pair("in_error", absent=Q(in_error_reason=""), there=~Q(in_error_reason="")),
        ]
        indexes = [
            models.Index(fields=["visit", "began_at"], name="reactions_of_a_visit"),
            models.Index(
                fields=["visit"], condition=Q(outcome="ongoing", in_error_at=None), name="reactions_ongoing"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            LockedOnceSigned(operation=pgtrigger.Insert, condition=pgtrigger.Q(new__replaces__isnull=True)),
            LockedOnceSigned(name="stays_once_signed", operation=pgtrigger.UpdateOf(*AS_RECORDED)),
        ]


@pghistory.track()
class EmergencyDose(models.Model):
    """A dose given at once against a reaction, without an order. What was written is never rewritten; a
    provider signs it off afterwards (requirement 56).

    A wrong entry is taken back by a row that `corrects` it, without an amount: it was not given. `code`: the
    drug's id in the formulary, empty where it has none.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="emergency_doses")
    kind = models.CharField(max_length=14, choices=ReactionKind.choices, help_text="What it was given for")
    drug = models.CharField(max_length=80)
    code = models.CharField(max_length=60, blank=True)
    amount = models.DecimalField(
        max_digits=10, decimal_places=3, null=True, blank=True, help_text="Empty: a correction"
    )
    unit = models.CharField(max_length=12)
    route = models.CharField(max_length=8, choices=Route.choices)
    given_at = models.DateTimeField()
    given_by = _staff()
    recorded_at = models.DateTimeField()
    recorded_by = _staff()
    corrects = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrected_by"
    )
    reason = models.CharField(max_length=200, blank=True, help_text="Of a correction")
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = _staff(optional=True)

    class PHI:
        fields = frozenset("kind drug code amount unit route given_at reason".split())
        safe = frozenset("id key visit given_by recorded_at recorded_by corrects signed_at signed_by".split())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ReactionKind.values), name="emergency_kind_is_known"),
            models.CheckConstraint(condition=Q(route__in=Route.values), name="emergency_route_is_known"),
            models.CheckConstraint(
                condition=Q(amount__isnull=False, amount__gt=0, corrects=None, reason="")
                | (Q(amount=None, corrects__isnull=False) & ~Q(reason="")),
                name="emergency_dose_or_its_correction",
            ),
            _pair("signed", of="emergency_dose"),
        ]
        indexes = [models.Index(fields=["visit", "given_at"], name="emergency_doses_of_a_visit")]
        triggers = [
            pgtrigger.ReadOnly(name="only_signed_later", exclude=["signed_at", "signed_by"]),
            LockedOnceSigned(operation=pgtrigger.Insert, condition=pgtrigger.Q(new__corrects__isnull=True)),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]


@pghistory.track()
class ReactionStep(Reviewed):
    """One line of the center's card for a kind of reaction: what to do, or a dose to give (`drug`).

    Below `below_kg` the dose is `per_kg` for each kilogram. `most`: the upper end of the range. `source`:
    where it was read; empty while it is recalled. Edited in the admin, and reviewed by editing.
    """

    kind = models.CharField(max_length=14, choices=ReactionKind.choices)
    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=300)
    drug = models.CharField(max_length=80, blank=True)
    code = models.CharField(max_length=60, blank=True, help_text="Its id in the formulary, if any")
    amount = models.DecimalField(max_digits=10, decimal_places=3, null=True, blank=True)
    most = models.DecimalField(max_digits=10, decimal_places=3, null=True, blank=True)
    unit = models.CharField(max_length=12, blank=True)
    route = models.CharField(max_length=8, choices=Route.choices, blank=True)
    per_kg = models.DecimalField(max_digits=8, decimal_places=4, null=True, blank=True)
    below_kg = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    again_after_min = models.PositiveSmallIntegerField("again after, minutes", null=True, blank=True)
    confidence = models.CharField(max_length=8, choices=Confidence.choices, default=Confidence.RECALLED)
    source = models.CharField(max_length=300, blank=True)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset(
            "id kind position text drug code amount most unit route per_kg below_kg again_after_min "
            "confidence source".split()
        )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "position"], name="one_reaction_step_per_place"),
            models.CheckConstraint(
                condition=Q(kind__in=ReactionKind.values), name="reaction_step_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(drug="", amount=None)
                | (~Q(drug="") & Q(amount__isnull=False, amount__gt=0, route__in=Route.values) & ~Q(unit="")),
                name="reaction_step_dose_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(per_kg=None, below_kg=None)
                | Q(per_kg__isnull=False, per_kg__gt=0, below_kg__isnull=False, below_kg__gt=0),
                name="reaction_step_per_kg_has_its_limit",
            ),
            models.CheckConstraint(
                condition=Q(confidence=Confidence.RECALLED) | ~Q(source=""),
                name="sourced_reaction_step_names_its_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.position}"
