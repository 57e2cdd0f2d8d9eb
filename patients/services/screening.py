"""The questions before an infusion, in one go, and doses taken at home. What was not asked is not written.

Each answer goes where the rules look for it: a last dose to its home medication, a steroid pack to the doses
at home, a possible pregnancy to the pregnancy answers; every question asked leaves a ScreeningAnswer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from infusion_center.audit import history as audit
from infusion_center.errors import Conflict, DomainError
from patients.models import HomeDose, HomeMedication, Patient, ScreeningAnswer
from patients.rules import home_doses as home
from patients.selectors import card, vocabulary
from patients.selectors.results import GROUP_OF
from patients.services import history
from patients.services.results import InErrorAlready, check_moment, said_why
from patients.states import AskedDuring, Life, PregnancyStatus, Question, VocabularyKind, YesNo

MOST_BLOCK_MG = Decimal(1000)


class AnswerRefused(DomainError):
    """An answer that cannot be, or lacks what belongs to it."""


class DoseTwice(Conflict):
    """The same dose is written down already."""


@dataclass(frozen=True)
class Taken:
    """Of a kind of medication: `answer` yes with the moment and the name, no ("takes none"), or not known."""

    answer: str
    at: datetime | None = None
    name: str = ""


@dataclass(frozen=True)
class Pack:
    """A steroid pack in the last month: its last day, and the milligrams where they are known."""

    answer: str
    at: datetime | None = None
    mg: Decimal | None = None


@dataclass(frozen=True)
class Pregnancy:
    """`None` and empty: not asked now; what was answered earlier stays."""

    status: str = ""
    due_on: Any = None
    contraception: str = ""


@dataclass(frozen=True)
class Block:
    """A nerve block of today. Empty parts are not known."""

    drug: str = ""
    mg: Decimal | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Said:
    """Everything one person was asked at once. A key that is absent was not asked.

    `last_taken`: listed medication -> when it was last taken, None where they do not know.
    `lists`: allergies, medications, conditions -> `same` or `none`.
    """

    last_taken: Mapping[HomeMedication, datetime | None] = field(default_factory=dict)
    taken: Mapping[Question, Taken] = field(default_factory=dict)
    pack: Pack | None = None
    pregnancy: Pregnancy | None = None
    plain: Mapping[Question, str] = field(default_factory=dict)
    block: Block | None = None
    infusion_number: int | None = None
    lists: Mapping[str, str] = field(default_factory=dict)


def ask(
    *, patient: Patient, said: Said, asked_during: str, by: Any, at: datetime
) -> Sequence[ScreeningAnswer]:
    """Write down every answer, or none if one is refused (with its field). One transaction."""
    who = {"by": by, "at": at}
    with transaction.atomic(), audit.verb("questions.asked", **who):
        answered = _last_taken(patient, said, who) | dict(said.plain)
        for question, taken in said.taken.items():
            told = _took(patient, question, taken, said, who)
            answered[question] = _strongest(answered.get(question), told)  # "no others" beside a listed one
        if said.pack is not None:
            answered[Question.STEROID_PACK] = _pack(patient, said.pack, who)
        if said.pregnancy is not None:
            answered[Question.PREGNANCY] = _pregnant(patient, said.pregnancy, who)
        if said.infusion_number is not None:
            answered[Question.INFUSION_NUMBER] = YesNo.YES
        for what, how in said.lists.items():
            verb = history.answer_none if how == "none" else history.review
            verb(patient=patient, what=what, **who)
        return [
            answer(
                patient=patient,
                question=question,
                answer=word,
                number=said.infusion_number if question == Question.INFUSION_NUMBER else None,
                block=said.block if question == Question.NERVE_BLOCK else None,
                asked_during=asked_during,
                **who,
            )
            for question, word in answered.items()
        ]


def answer(
    *,
    patient: Patient,
    question: str,
    answer: str,
    asked_during: str,
    by: Any,
    at: datetime,
    number: int | None = None,
    block: Block | None = None,
) -> ScreeningAnswer:
    """One answer; the newest counts. `number` only of an infusion, `block` only of a nerve block today."""
    block = block if block is not None and (question, answer) == (Question.NERVE_BLOCK, YesNo.YES) else None
    _check(patient, question, answer, asked_during, number, block, at)
    row = ScreeningAnswer(patient=patient, question=question, answer=answer, number=number)
    if block is not None:
        row.block_drug, row.block_mg, row.block_at = block.drug, block.mg, block.at
    row.asked_during, row.asked_at, row.asked_by = asked_during, at, by
    with transaction.atomic(), audit.verb(f"{question}.asked", by=by, at=at):
        row.save(force_insert=True)
    return row


def note_home_dose(
    *,
    patient: Patient,
    drug: str,
    amount: Decimal | None,
    taken_at: datetime,
    by: Any,
    at: datetime,
    told: str = "",
) -> HomeDose:
    """A dose in mg of one of our drugs, taken at home. `amount` None: they do not know.

    Raises DoseRefused, MomentRefused, DoseTwice.
    """
    home.check(drug=drug, amount=amount)
    check_moment(patient, taken_at, at=at, field="taken_at")
    facts = {"drug": drug, "amount": amount, "taken_at": taken_at, "told": " ".join(told.split())[:120]}
    try:
        with transaction.atomic(), audit.verb("home_dose.noted", by=by, at=at):
            return HomeDose.objects.create(patient=patient, **facts, recorded_at=at, recorded_by=by)
    except IntegrityError as no:
        raise DoseTwice("This dose of that moment is written down already.", field="taken_at") from no


def home_dose_in_error(*, dose: HomeDose, reason: str, by: Any, at: datetime) -> HomeDose:
    """It was not taken, or not so. The row stays, struck out."""
    said = said_why(reason)
    wrong = {"in_error_at": at, "in_error_by": by, "in_error_reason": said}
    with transaction.atomic(), audit.verb("home_dose.entered_in_error", by=by, at=at):
        if not HomeDose.objects.filter(pk=dose.pk, in_error_at=None).update(**wrong):
            raise InErrorAlready("This dose is struck out already.")
    dose.refresh_from_db()
    return dose


def _last_taken(patient: Patient, said: Said, who: dict[str, Any]) -> dict[Question, str]:
    """The listed medications; what their groups amount to, as an answer to the question about the group."""
    answered: dict[Question, str] = {}
    for medication, moment in said.last_taken.items():
        if moment is not None:
            check_moment(patient, moment, at=who["at"], field=f"last_{medication.pk}")
        history.answer_last_taken(medication=medication, last_taken_at=moment, **who)
        for question, group in GROUP_OF.items():
            if group in medication.groups:
                word = YesNo.UNKNOWN if moment is None else YesNo.YES
                answered[question] = _strongest(answered.get(question), word)
    return answered


def _strongest(one: str | None, other: str) -> str:
    """Yes before not known before no."""
    order = [YesNo.YES, YesNo.UNKNOWN, YesNo.NO]
    return min([word for word in (one, other) if word], key=lambda word: order.index(YesNo(word)))


def _took(patient: Patient, question: Question, taken: Taken, said: Said, who: dict[str, Any]) -> str:
    """A medication that is not on the list yet; "takes none" is refused while the list says otherwise."""
    group = GROUP_OF[question]
    if taken.answer == YesNo.YES:
        _note_medication(patient, question, group, taken, who)
    elif taken.answer == YesNo.NO:
        _nothing_listed_unasked(patient, question, said)
    return taken.answer


def _nothing_listed_unasked(patient: Patient, question: Question, said: Said) -> None:
    """“No others” after the listed ones were asked is fine; a plain no beside an unasked one is not."""
    listed = HomeMedication.objects.filter(
        patient__in=card.records_of(patient), state=Life.ACTIVE, groups__contains=[GROUP_OF[question]]
    )
    asked = [medication.pk for medication in said.last_taken]
    left = listed.exclude(pk__in=asked).order_by("pk").first()
    if left is not None:
        raise AnswerRefused(
            f"“{left.text}” is on the list: say when it was last taken, or end it there.", field=question
        )


def _note_medication(
    patient: Patient, question: Question, group: str, taken: Taken, who: dict[str, Any]
) -> None:
    name = " ".join(taken.name.split())
    if not name:
        raise AnswerRefused("Write which one it was.", field=f"{question}_name")
    if taken.at is None:
        raise AnswerRefused("Say when it was taken, or choose “don't know”.", field=f"{question}_time")
    check_moment(patient, taken.at, at=who["at"], field=f"{question}_time")
    known = HomeMedication.objects.filter(
        patient__in=card.records_of(patient), state=Life.ACTIVE, text__iexact=name
    ).first()
    if known is not None:
        history.answer_last_taken(medication=known, last_taken_at=taken.at, **who)
        return
    found = vocabulary.meanings(kind=VocabularyKind.DRUG_GROUP, text=name)
    groups = found if group in found else [*found, group]  # the question says what it is
    try:
        history.add_medication(patient=patient, text=name, groups=groups, last_taken_at=taken.at, **who)
    except DomainError as no:
        raise AnswerRefused(no.message, field=f"{question}_name") from no


def _pack(patient: Patient, pack: Pack, who: dict[str, Any]) -> str:
    """The pack counts as one dose on its last day; told twice it is written once."""
    if pack.answer != YesNo.YES:
        return pack.answer
    if pack.at is None:
        raise AnswerRefused("Say on which day the last tablet was taken.", field="steroid_pack_on")
    if pack.at > who["at"]:
        raise AnswerRefused("That day is still to come.", field="steroid_pack_on")
    told = HomeDose.objects.filter(
        patient__in=card.records_of(patient), drug=home.STEROID_PACK, taken_at=pack.at, in_error_at=None
    )
    if not told.exists():
        try:
            note_home_dose(
                patient=patient,
                drug=home.STEROID_PACK,
                amount=pack.mg,
                taken_at=pack.at,
                told="steroid pack",
                **who,
            )
        except DomainError as no:
            at_field = {"amount": "steroid_pack_mg"}.get(no.field or "", "steroid_pack_on")
            raise AnswerRefused(no.message, field=at_field) from no
    return pack.answer


def _pregnant(patient: Patient, told: Pregnancy, who: dict[str, Any]) -> str:
    """A new answer that keeps what was said earlier and not asked again."""
    before = card.pregnancy(patient)
    status = told.status or (before.status if before else PregnancyStatus.UNKNOWN)
    due_on = told.due_on or (before.due_on if before and status == PregnancyStatus.PREGNANT else None)
    history.answer_pregnancy(
        patient=patient,
        status=status,
        due_on=due_on,
        contraception=told.contraception or (before.contraception if before else ""),
        breastfeeding=before.breastfeeding if before else None,
        **who,
    )
    words = {PregnancyStatus.PREGNANT: YesNo.YES, PregnancyStatus.UNKNOWN: YesNo.UNKNOWN}
    return words.get(PregnancyStatus(status), YesNo.NO)


def _check(
    patient: Patient,
    question: str,
    answer: str,
    asked_during: str,
    number: int | None,
    block: Block | None,
    at: datetime,
) -> None:
    if question not in Question.values or asked_during not in AskedDuring.values:
        raise AnswerRefused("We do not keep this question.", field="question")
    if answer not in YesNo.values:
        raise AnswerRefused("Answer yes, no or not known.", field=question)
    numbered = question == Question.INFUSION_NUMBER and answer == YesNo.YES
    if numbered and not (number and 1 <= number <= 500):
        raise AnswerRefused("Say which infusion of the series this is, 1 to 500.", field=question)
    if number is not None and not numbered:
        raise AnswerRefused("A number belongs to an infusion of a series.", field="number")
    if block is not None:
        _check_block(patient, block, at)


def _check_block(patient: Patient, block: Block, at: datetime) -> None:
    if block.drug not in ("", "lidocaine", "bupivacaine", "ropivacaine"):
        raise AnswerRefused("Choose the drug of the block.", field="block_drug")
    if block.mg is not None and not (block.mg.is_finite() and 0 < block.mg <= MOST_BLOCK_MG):
        raise AnswerRefused(f"A block has more than 0 and at most {MOST_BLOCK_MG} mg.", field="block_mg")
    if block.at is not None:
        check_moment(patient, block.at, at=at, field="block_at")
