"""The facts behind a verdict: the newest result of each kind, the newest answer to each question, doses at
home.

All read the whole person: records merged into the given one count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from infusion_center.errors import DomainError
from infusion_center.shared.clock import age_on
from patients.models import HomeDose, HomeMedication, Patient, Result, ScreeningAnswer
from patients.rules import clearance
from patients.rules import home_doses as home
from patients.rules import results as rules
from patients.selectors import card
from patients.states import Life, Question, ResultKind, Sex, YesNo

GROUP_OF = {Question.TRIPTAN: "triptan", Question.NSAID: "nsaid_home"}  # ids of vocab.external_drug_groups


def newest(patient: Patient, kind: str, at: datetime) -> Result | None:
    """The newest standing result of this kind taken up to `at`; None: not known. However old it is."""
    return newest_results(patient, at).get(kind)


def newest_results(patient: Patient, at: datetime) -> dict[str, Result]:
    """Kind -> newest standing result taken up to `at`, in one query. An absent kind is not known.

    A clearance that is older than the newest creatinine is left out: it is not known any more.
    """
    rows = standing(patient).filter(taken_at__lte=at)
    found = {row.kind: row for row in rows.order_by("kind", "-taken_at", "-pk").distinct("kind")}
    creatinine, cleared = found.get(ResultKind.CREATININE), found.get(ResultKind.CLEARANCE)
    if creatinine and cleared and cleared.taken_at < creatinine.taken_at:
        del found[ResultKind.CLEARANCE]
    return found


def answers(patient: Patient, since: datetime) -> dict[str, ScreeningAnswer]:
    """Question -> newest answer asked at `since` or later, in one query. An absent question was not asked."""
    rows = ScreeningAnswer.objects.filter(patient__in=card.records_of(patient), asked_at__gte=since)
    newest_first = rows.select_related("asked_by").order_by("question", "-asked_at", "-pk")
    return {row.question: row for row in newest_first.distinct("question")}


def home_doses(patient: Patient, since: datetime) -> list[HomeDose]:
    """Standing doses of our drugs taken at home at `since` or later, oldest first. One query.

    `amount` None: the patient does not know how much.
    """
    rows = HomeDose.objects.filter(
        patient__in=card.records_of(patient), in_error_at=None, taken_at__gte=since
    )
    return list(rows.select_related("recorded_by").order_by("taken_at", "pk"))


def standing(patient: Patient) -> QuerySet[Result]:
    """Results that nobody struck out."""
    return _results(patient).filter(in_error_at=None)


def result_of(patient: Patient, key: UUID) -> Result:
    """One of this person. 404 where the key is none of theirs."""
    return get_object_or_404(_results(patient), key=key)


def home_dose_of(patient: Patient, key: UUID) -> HomeDose:
    """One of this person. 404 where the key is none of theirs."""
    rows = HomeDose.objects.filter(patient__in=card.records_of(patient))
    return get_object_or_404(rows.select_related("patient"), key=key)


def computed(creatinine: Result, *, at: datetime) -> Decimal:
    """The clearance in mL/min of this creatinine, with the weight to dose by at `at` (kg, 30 days).

    Raises clearance.CannotCompute, or ResultRefused where what comes out cannot be.
    """
    patient = creatinine.patient.merged_into or creatinine.patient
    weight = card.newest_weight(patient, at)
    number = clearance.cockcroft_gault(
        creatinine_mg_dl=creatinine.number or Decimal(0),
        age_years=age_on(patient.birth_date, creatinine.taken_at.date()),
        weight_kg=weight.value if weight else None,
        sex_at_birth=patient.sex_at_birth,
    )
    rules.check(kind=ResultKind.CLEARANCE, number=number, outcome="")
    return number


def why_not_computed(creatinine: Result | None, *, at: datetime) -> str:
    """What stands in the way of its clearance, in words; empty: nothing, or there is no creatinine."""
    try:
        if creatinine is not None:
            computed(creatinine, at=at)
    except DomainError as no:
        return no.message
    return ""


@dataclass(frozen=True)
class ResultRow:
    """One result as a screen shows it. `warning`: `high`, `low` or nothing."""

    row: Result
    test: rules.Test
    words: str
    warning: str


def shown(row: Result) -> ResultRow:
    return ResultRow(
        row=row,
        test=rules.TESTS[row.kind],
        words=rules.said(row.kind, number=row.number, outcome=row.outcome),
        warning=rules.warning(row.kind, row.number),
    )


@dataclass(frozen=True)
class ResultCard:
    """`bare`: the newest creatinine, where it has no clearance. `wrong`: struck out."""

    rows: list[ResultRow]
    wrong: list[ResultRow]
    bare: Result | None


def result_card(patient: Patient, limit: int = 12) -> ResultCard:
    """The newest results, those struck out apart. One query."""
    listed = list(_results(patient).order_by("-taken_at", "-pk")[: limit * 2])
    rows = [shown(row) for row in listed if row.in_error_at is None][:limit]
    return ResultCard(
        rows=rows,
        wrong=[shown(row) for row in listed if row.in_error_at is not None],
        bare=_bare([one.row for one in rows]),
    )


def _bare(rows: list[Result]) -> Result | None:
    """The newest creatinine unless a clearance of that moment or later stands."""
    creatinine = next((row for row in rows if row.kind == ResultKind.CREATININE), None)
    if creatinine is None:
        return None
    known = any(row.kind == ResultKind.CLEARANCE and row.taken_at >= creatinine.taken_at for row in rows)
    return None if known else creatinine


@dataclass(frozen=True)
class AnswerLine:
    """One question and what was answered. `row` None: not asked. `words` for the screen; `medications` are
    the listed ones of the question's group, each with its last dose.
    """

    question: Question
    row: ScreeningAnswer | None
    words: str
    medications: list[HomeMedication]


def answer_lines(patient: Patient, since: datetime, *, questions: Sequence[Question]) -> list[AnswerLine]:
    """Every one of these questions, answered or not asked since then, in their order. Two queries."""
    found, listed = answers(patient, since), medications_to_ask(patient)
    return [
        AnswerLine(
            question=one,
            row=found.get(one),
            words=answer_words(found.get(one)),
            medications=[row for row in listed if GROUP_OF.get(one) in row.groups] if one in found else [],
        )
        for one in questions
    ]


def questions_for(patient: Patient, *, visit: bool) -> list[Question]:
    """What everybody is asked. Nobody asks a man whether he is pregnant; a driver belongs to a visit."""
    asked = [Question.TRIPTAN, Question.NSAID, Question.STEROID_PACK, Question.PREGNANCY]
    asked += [Question.NEW_HEADACHE_TYPE, Question.NERVE_BLOCK]
    asked = [one for one in asked if one != Question.PREGNANCY or patient.sex_at_birth != Sex.MALE]
    return [*asked, Question.DRIVER] if visit else asked


def medications_to_ask(patient: Patient) -> list[HomeMedication]:
    """The listed medications that rules look at, triptans and pain relievers first. One query."""
    rows = HomeMedication.objects.filter(
        patient__in=card.records_of(patient), state=Life.ACTIVE, groups__len__gt=0
    )
    first = set(GROUP_OF.values())
    return sorted(rows.order_by("text", "pk"), key=lambda row: not first & set(row.groups))


def answer_words(row: ScreeningAnswer | None) -> str:
    """`no`, `not known`, `yes, lidocaine 60 mg`, `infusion 3`; for a question not asked, `not asked`."""
    if row is None:
        return "not asked"
    if row.number is not None:
        return f"infusion {row.number}"
    if row.question == Question.NERVE_BLOCK and row.answer == YesNo.YES:
        amount = f" {row.block_mg.normalize():f} mg" if row.block_mg else ""
        return f"yes, {row.block_drug or 'drug not known'}{amount}"
    return row.get_answer_display().lower()


@dataclass(frozen=True)
class DoseRow:
    row: HomeDose
    name: str


def home_dose_card(patient: Patient, limit: int = 8) -> list[DoseRow]:
    """The newest standing doses at home, newest first. One query."""
    rows = HomeDose.objects.filter(patient__in=card.records_of(patient), in_error_at=None)
    newest_first = rows.select_related("recorded_by").order_by("-taken_at", "-pk")[:limit]
    return [DoseRow(row, home.AT_HOME.get(row.drug, row.drug)) for row in newest_first]


def _results(patient: Patient) -> QuerySet[Result]:
    rows: Any = Result.objects.filter(patient__in=card.records_of(patient))
    return rows.select_related("recorded_by", "patient")
