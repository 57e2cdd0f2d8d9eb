"""What is known of the patient of a visit: results, and which of today's questions were asked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Q
from django.db.models.functions import Coalesce

from patients.models import Patient
from patients.rules import results as tests
from patients.selectors import results as found
from patients.states import Question, ResultKind, YesNo
from visits.models import Visit

ASKED_FOR_THIS_VISIT = timedelta(days=1)  # before the planned start; an older answer is asked again
WORDED = (ResultKind.HCG, ResultKind.ECG, ResultKind.CLEARANCE)
ON_THE_CARD = (*WORDED, ResultKind.CREATININE)  # read with them, because it may outdate a clearance


@dataclass(frozen=True)
class Facts:
    """`results`: the newest of each kind; `asked`: every question with its answer or without one.

    `no_clearance`: why the newest creatinine has none, in words.
    """

    results: Sequence[found.ResultRow]
    asked: Sequence[found.AnswerLine]
    no_clearance: str

    @property
    def not_asked(self) -> int:
        return sum(line.row is None for line in self.asked)


def facts_of(visit: Visit, *, at: datetime) -> Facts:
    """Three queries; one more where a creatinine has no clearance."""
    patient = person_of(visit)
    newest = found.newest_results(patient, at)
    bare = newest.get(ResultKind.CREATININE) if ResultKind.CLEARANCE not in newest else None
    return Facts(
        results=[found.shown(newest[kind]) for kind in tests.TESTS if kind in newest],
        asked=asked_of(visit),
        no_clearance=found.why_not_computed(bare, at=at),
    )


def asked_of(visit: Visit) -> list[found.AnswerLine]:
    """The questions for this visit. Two queries."""
    patient = person_of(visit)
    lines = found.answer_lines(patient, asked_since(visit), questions=questions_of(visit))
    return [line for line in lines if line.row or not _settled(visit, line.question)]


def questions_of(visit: Visit) -> list[Question]:
    return found.questions_for(person_of(visit), visit=True)


def not_asked(visit: Visit, asked: Collection[str]) -> list[Question]:
    """The questions of this visit that are neither among `asked` nor settled."""
    return [one for one in questions_of(visit) if one not in asked and not _settled(visit, one)]


def _settled(visit: Visit, question: Question) -> bool:
    """Who drives may have been said with the booking: then the visit knows, and nobody asks again."""
    return question == Question.DRIVER and visit.has_driver != YesNo.UNKNOWN


def asked_since(visit: Visit) -> datetime:
    """An answer from before this moment is too old for the visit."""
    return visit.starts_at - ASKED_FOR_THIS_VISIT


def theirs() -> Q:
    """Rows of the person of an outer visit, whichever of their records the visit or the row stands on."""
    kept = Coalesce(OuterRef("patient__merged_into"), OuterRef("patient"))
    return Q(patient=kept) | Q(patient__merged_into=kept)


def person_of(visit: Visit) -> Patient:
    """The kept record of the visit's patient."""
    return visit.patient.merged_into or visit.patient


def card_words(rows: Sequence[dict[str, Any]]) -> list[str]:
    """`hCG negative`, `QTc 412 ms`, from the newest of each kind as JSON of the card's query."""
    by_kind = {row["kind"]: row for row in rows}
    creatinine = by_kind.pop(ResultKind.CREATININE, None)
    cleared = by_kind.get(ResultKind.CLEARANCE)
    if creatinine and (not cleared or _moment(cleared) < _moment(creatinine)):
        by_kind.pop(ResultKind.CLEARANCE, None)  # of an older creatinine: not known any more
    return [f"{tests.TESTS[kind].short} {_said(by_kind[kind])}" for kind in WORDED if kind in by_kind]


def _moment(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["at"])


def _said(row: dict[str, Any]) -> str:
    number = None if row["number"] is None else tests.as_number(row["number"])
    return tests.said(row["kind"], number=number, outcome=row["outcome"])
