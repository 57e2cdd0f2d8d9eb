"""What was tested, what was asked, and what was taken at home of our own drugs: the facts behind a verdict.

A question that nobody asked has no row; that is another thing than "no". Nothing here is deleted: a result
or a dose that is wrong is entered in error with a reason, an answer is followed by a newer one.
"""

import uuid
from typing import Any

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from patients.models.patient import Patient
from patients.states import AskedDuring, Finding, Question, ResultKind, ResultMethod, YesNo


def _staff(**kwargs: Any) -> models.ForeignKey:
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", **kwargs)


def _wrong_says_why(name: str) -> models.CheckConstraint:
    stands = Q(in_error_at=None, in_error_by=None, in_error_reason="")
    wrong = Q(in_error_at__isnull=False, in_error_by__isnull=False) & ~Q(in_error_reason="")
    return models.CheckConstraint(condition=stands | wrong, name=name)


class InError(models.Model):
    """Who struck it out, when and why; all empty while it stands."""

    in_error_at = models.DateTimeField(null=True, blank=True)
    in_error_by = _staff(null=True, blank=True)
    in_error_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        abstract = True


@pghistory.track()
class Result(InError):
    """One test once: a number with its unit, or an outcome; how, when and by whom.

    A clearance that was computed names the creatinine it comes from.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="results")
    kind = models.CharField(max_length=12, choices=ResultKind.choices)
    number = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    unit = models.CharField(max_length=10, blank=True)
    outcome = models.CharField(max_length=14, choices=Finding.choices, blank=True)
    method = models.CharField(max_length=16, choices=ResultMethod.choices)
    note = models.CharField(max_length=120, blank=True)
    computed_from = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="computed"
    )
    taken_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = _staff()

    class PHI:
        fields = frozenset("kind number unit outcome method note taken_at in_error_reason".split())
        safe = frozenset(
            "id key patient computed_from recorded_at recorded_by in_error_at in_error_by".split()
        )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ResultKind.values), name="result_kind_is_known"),
            models.CheckConstraint(
                condition=Q(method__in=ResultMethod.values), name="result_method_is_known"
            ),
            models.CheckConstraint(
                condition=(Q(number__isnull=False, outcome="") & ~Q(unit=""))
                | Q(number=None, unit="", outcome__in=Finding.values),
                name="result_is_a_number_or_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(taken_at__lte=F("recorded_at")), name="result_is_not_of_the_future"
            ),
            models.CheckConstraint(
                condition=Q(method="computed", computed_from__isnull=False)
                | (~Q(method="computed") & Q(computed_from=None)),
                name="computed_result_names_its_source",
            ),
            _wrong_says_why("result_in_error_says_who_when_why"),
        ]
        indexes = [models.Index(fields=["patient", "kind", "-taken_at"], name="result_newest")]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]


class ScreeningAnswer(models.Model):
    """One answer to one question, when and by whom it was asked. The newest counts. Append-only.

    `number`: which infusion of a series this is. The block fields belong to a nerve block of today.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="screening_answers")
    question = models.CharField(max_length=18, choices=Question.choices)
    answer = models.CharField(max_length=8, choices=YesNo.choices)
    number = models.PositiveSmallIntegerField(null=True, blank=True)
    block_drug = models.CharField(
        max_length=12,
        blank=True,
        choices=[("lidocaine", "Lidocaine"), ("bupivacaine", "Bupivacaine"), ("ropivacaine", "Ropivacaine")],
        help_text="Empty: not known",
    )
    block_mg = models.DecimalField(
        max_digits=6, decimal_places=1, null=True, blank=True, help_text="Empty: not known"
    )
    block_at = models.DateTimeField(null=True, blank=True, help_text="Empty: not known")
    asked_during = models.CharField(max_length=8, choices=AskedDuring.choices)
    asked_at = models.DateTimeField()
    asked_by = _staff()

    class PHI:
        fields = frozenset("question answer number block_drug block_mg block_at".split())
        safe = frozenset("id patient asked_during asked_at asked_by".split())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(question__in=Question.values), name="question_is_known"),
            models.CheckConstraint(condition=Q(answer__in=YesNo.values), name="answer_is_yes_no_or_unknown"),
            models.CheckConstraint(
                condition=Q(asked_during__in=AskedDuring.values), name="asked_during_is_known"
            ),
            models.CheckConstraint(
                condition=Q(question="nerve_block", answer="yes")
                | Q(block_drug="", block_mg=None, block_at=None),
                name="block_belongs_to_a_yes",
            ),
            models.CheckConstraint(
                condition=Q(question="infusion_number", answer="yes", number__gte=1)
                | (Q(number=None) & ~Q(question="infusion_number", answer="yes")),
                name="number_belongs_to_an_infusion",
            ),
        ]
        indexes = [models.Index(fields=["patient", "question", "-asked_at"], name="answer_newest")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]


@pghistory.track()
class HomeDose(InError):
    """A dose of one of our drugs taken at home: it counts toward our limits (contracts.md 1, `given`).

    `drug` is the code of our drug: the acetaminophen of a combination tablet is `acetaminophen_iv`.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="home_doses")
    drug = models.SlugField(max_length=60)
    amount = models.DecimalField(
        max_digits=8, decimal_places=2, null=True, blank=True, help_text="Empty: not known"
    )
    unit = models.CharField(max_length=8, default="mg")
    told = models.CharField(max_length=120, blank=True, help_text="In the patient's words")
    taken_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = _staff()

    class PHI:
        fields = frozenset("drug amount unit told taken_at in_error_reason".split())
        safe = frozenset("id key patient recorded_at recorded_by in_error_at in_error_by".split())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__gt=0), name="home_dose_is_more_than_zero"
            ),
            models.CheckConstraint(
                condition=Q(taken_at__lte=F("recorded_at")), name="home_dose_is_not_of_the_future"
            ),
            models.UniqueConstraint(
                fields=["patient", "drug", "taken_at"],
                condition=Q(in_error_at=None),
                name="one_row_per_home_dose",
            ),
            _wrong_says_why("home_dose_in_error_says_who_when_why"),
        ]
        indexes = [models.Index(fields=["patient", "-taken_at"], name="home_doses_newest")]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]
