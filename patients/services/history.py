"""What is true of the person's health: facts noted, ended, taken back; lists answered and reviewed; numbers.

Never asked, none, and listed are three answers. Adding a fact makes its list "listed"; when the last one
goes, the list is "never asked" again, because nobody said "none".
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypedDict, TypeVar, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction

from infusion_center.audit import history
from infusion_center.errors import Conflict, DomainError
from infusion_center.shared.clock import age_on
from patients.models import Allergy, Condition, HomeMedication, Measurement, Patient, PregnancyAnswer
from patients.rules import fhir_mapping, measures
from patients.selectors import card, mappings, vocabulary
from patients.states import Answer, Life, PregnancyStatus, VocabularyKind

LISTS = card.LISTS
LIST_OF = {model: what for what, model in LISTS.items()}
NOUNS = {"allergies": "allergy", "medications": "medication", "conditions": "condition"}
LONGEST_UNTIL_DUE = timedelta(weeks=42)
LONGEST_OVERDUE = timedelta(weeks=4)

FactRow = TypeVar("FactRow", Allergy, Condition, HomeMedication)


class Origin(TypedDict, total=False):
    """Where a fact came from, and with which code. `unmapped` unset: looked up in our vocabularies."""

    code_system: str
    code: str
    unmapped: bool
    source: str
    source_key: str | None
    state: str


class BadFact(DomainError):
    """A fact that cannot be so."""


class ListedAlready(Conflict):
    """The list has it."""


class AnswerContradicts(Conflict):
    """The answer does not fit what is listed."""


class FactIsOver(Conflict):
    """Somebody ended it or took it back already."""


def add_allergy(
    *,
    patient: Patient,
    text: str,
    group: str = "",
    reaction: str = "",
    severe: bool | None = None,
    by: Any,
    at: datetime,
    **origin: Unpack[Origin],
) -> Allergy:
    """`group` empty: found from the text where a vocabulary knows it, else left for review."""
    known = group or _first_meaning(VocabularyKind.ALLERGY, text, origin)
    meaning = _written_out(origin, known, lambda book: fhir_mapping.allergy(book, [], text))
    if meaning.term == fhir_mapping.NONE_KNOWN:
        raise BadFact("That says there are none: answer “none known” instead.", field="text")
    row = Allergy(patient=patient, text=text, group=meaning.term, reaction=reaction, severe=severe)
    return _note(row, understood=meaning.understood, by=by, at=at, origin=origin)


def add_condition(
    *,
    patient: Patient,
    text: str,
    tag: str = "",
    began_on: date | None = None,
    ended_on: date | None = None,
    by: Any,
    at: datetime,
    **origin: Unpack[Origin],
) -> Condition:
    """`tag` empty: found from the text where a vocabulary knows it, else left for review."""
    known = tag or _first_meaning(VocabularyKind.CONDITION, text, origin)
    meaning = _written_out(origin, known, lambda book: fhir_mapping.condition(book, [], text, active=True))
    row = Condition(patient=patient, text=text, tag=meaning.term, began_on=began_on, ended_on=ended_on)
    return _note(row, understood=meaning.understood, by=by, at=at, origin=origin)


def add_medication(
    *,
    patient: Patient,
    text: str,
    groups: tuple[str, ...] | list[str] = (),
    ingredient: str = "",
    started_on: date | None = None,
    ended_on: date | None = None,
    last_taken_at: datetime | None = None,
    by: Any,
    at: datetime,
    **origin: Unpack[Origin],
) -> HomeMedication:
    """`groups` empty: found from ingredient or text. `last_taken_at` None: not known, never "never"."""
    _check_last_taken(last_taken_at, at)
    known = list(groups) or _meanings(VocabularyKind.DRUG_GROUP, ingredient or text, origin)
    understood = bool(known)
    if not known and "unmapped" not in origin:
        drug = fhir_mapping.medicine(mappings.book(), [], ingredient or text)
        known, understood = list(drug.groups), drug.understood
        ingredient = ingredient or (drug.ingredient if drug.understood else "")
    days = {"started_on": started_on, "ended_on": ended_on}
    row = HomeMedication(patient=patient, text=text, groups=known, ingredient=ingredient, **days)
    if last_taken_at is not None:
        row.last_taken_at, row.last_taken_asked_at = last_taken_at, at
    return _note(row, understood=understood, by=by, at=at, origin=origin)


def answer_last_taken(
    *, medication: HomeMedication, last_taken_at: datetime | None, by: Any, at: datetime
) -> HomeMedication:
    """Asked today: when it was last taken, or None where they do not know."""
    _check_last_taken(last_taken_at, at)
    with transaction.atomic(), history.verb("medication.last_taken_answered", by=by, at=at):
        medication.last_taken_at, medication.last_taken_asked_at = last_taken_at, at
        medication.save(update_fields=["last_taken_at", "last_taken_asked_at", "updated_at"])
    return medication


def end_fact(*, fact: FactRow, by: Any, at: datetime) -> FactRow:
    """It was so and is no more: outgrown, resolved, stopped."""
    return _close(fact, Life.ENDED, "ended", by=by, at=at)


def entered_in_error(*, fact: FactRow, by: Any, at: datetime) -> FactRow:
    """It never was so. The row stays, struck out."""
    return _close(fact, Life.ENTERED_IN_ERROR, "entered_in_error", by=by, at=at)


def answer_none(*, patient: Patient, what: str, by: Any, at: datetime) -> Patient:
    """No known allergies, none taken, no conditions. Raises AnswerContradicts while something is listed."""
    with transaction.atomic(), history.verb(f"{what}.none_answered", by=by, at=at):
        _lock(patient)
        if _active(patient, what).exists():
            raise AnswerContradicts(f"Some {what} are listed: end them or take them back first.")
        return _answer(patient, what, Answer.NONE, by, at)


def review(*, patient: Patient, what: str, by: Any, at: datetime) -> Patient:
    """Read through with the patient; nothing changed. Raises AnswerContradicts where nobody ever asked."""
    with transaction.atomic(), history.verb(f"{what}.reviewed", by=by, at=at):
        _lock(patient)
        listed = _active(patient, what).exists()
        if not listed and getattr(patient, what) != Answer.NONE:
            raise AnswerContradicts(f"Nobody has asked about {what} yet: list them, or answer none.")
        return _answer(patient, what, Answer.LISTED if listed else Answer.NONE, by, at)


def answer_pregnancy(
    *,
    patient: Patient,
    status: str,
    due_on: date | None = None,
    contraception: str = "",
    breastfeeding: bool | None = None,
    by: Any,
    at: datetime,
) -> PregnancyAnswer:
    """A new answer; the newest counts. Raises BadFact for a due date that fits no pregnancy of today."""
    _check_due(status, due_on, at.date())
    facts = {
        "status": status,
        "due_on": due_on,
        "contraception": contraception,
        "breastfeeding": breastfeeding,
    }
    row = PregnancyAnswer(patient=patient, **facts, answered_at=at, answered_by=by)
    _clean(row)
    with transaction.atomic(), history.verb("pregnancy.answered", by=by, at=at):
        row.save()
    return row


def measure(
    *,
    patient: Patient,
    kind: str,
    value: Decimal,
    unit: str,
    measured_at: datetime,
    by: Any,
    at: datetime,
    source: str = "staff",
    source_key: str | None = None,
) -> Measurement:
    """A number in our unit (pounds become kg). Raises Unbelievable outside the hard limits of the age."""
    if measured_at > at:
        raise BadFact("That moment is still to come.", field="measured_at")
    age = age_on(patient.birth_date, measured_at.date())
    read = measures.read_measure(kind=kind, value=value, unit=unit, age_years=age)
    facts = {"kind": kind, "value": read.value, "unit": read.unit, "measured_at": measured_at}
    with transaction.atomic(), history.verb(f"{kind}.measured", by=by, at=at):
        return Measurement.objects.create(
            patient=patient, **facts, recorded_by=by, source=source, source_key=source_key
        )


def _meanings(kind: VocabularyKind, text: str, origin: Origin) -> list[str]:
    """Looked up, unless whoever notes the fact has settled what it means."""
    return [] if "unmapped" in origin else vocabulary.meanings(kind=kind, text=text)


def _first_meaning(kind: VocabularyKind, text: str, origin: Origin) -> str:
    return next(iter(_meanings(kind, text, origin)), "")


def _written_out(
    origin: Origin, known: str, read: Callable[[fhir_mapping.Book], fhir_mapping.Meaning]
) -> fhir_mapping.Meaning:
    """What the word itself means, else what the mapping tables read in it ("latex", "migraine with aura")."""
    if known or "unmapped" in origin:
        return fhir_mapping.Meaning(known, understood=bool(known))
    return read(mappings.book())


def _note(row: FactRow, *, understood: bool, by: Any, at: datetime, origin: Origin) -> FactRow:
    """Write the fact, and "listed" on its list if it is an active one."""
    what = LIST_OF[type(row)]
    row.text, row.recorded_at, row.recorded_by = " ".join(row.text.split()), at, by
    row.unmapped = not understood
    for name, value in origin.items():
        setattr(row, name, value)
    _clean(row)
    with transaction.atomic(), history.verb(f"{NOUNS[what]}.noted", by=by, at=at):
        _lock(row.patient)
        if row.source_key is None and _active(row.patient, what).filter(text__iexact=row.text).exists():
            raise ListedAlready(f"“{row.text}” is on the list already.", field="text")
        row.save(force_insert=True)
        if row.state == Life.ACTIVE:
            _set_answer(row.patient, what, Answer.LISTED)
    return row


def _close(fact: FactRow, state: Life, word: str, *, by: Any, at: datetime) -> FactRow:
    what = LIST_OF[type(fact)]
    with transaction.atomic(), history.verb(f"{NOUNS[what]}.{word}", by=by, at=at):
        _lock(fact.patient)
        if not type(fact)._default_manager.filter(pk=fact.pk, state=Life.ACTIVE).update(state=state):
            raise FactIsOver(f"“{fact.text}” is not active any more.")
        if not LISTS[what].objects.filter(patient=fact.patient, state=Life.ACTIVE).exists():
            _set_answer(fact.patient, what, Answer.NOT_ASKED)
    fact.refresh_from_db()
    return fact


def _lock(patient: Patient) -> None:
    """One answer at a time: "none" and a new fact must not pass each other."""
    fields = [f"{what}{tail}" for what in LISTS for tail in ("", "_reviewed_at", "_reviewed_by")]
    locked = Patient.objects.select_for_update(no_key=True)
    patient.refresh_from_db(fields=fields, from_queryset=locked)


def _active(patient: Patient, what: str) -> Any:
    return LISTS[what].objects.filter(patient__in=card.records_of(patient), state=Life.ACTIVE)


def _answer(patient: Patient, what: str, answer: Answer, by: Any, at: datetime) -> Patient:
    _set_answer(patient, what, answer, **{f"{what}_reviewed_at": at, f"{what}_reviewed_by": by})
    return patient


def _set_answer(patient: Patient, what: str, answer: Answer, **reviewed: Any) -> None:
    facts = {what: answer} | reviewed
    Patient.objects.filter(pk=patient.pk).update(**facts)
    for name, value in facts.items():
        setattr(patient, name, value)


def _check_last_taken(last_taken_at: datetime | None, at: datetime) -> None:
    if last_taken_at is not None and last_taken_at > at:
        raise BadFact("That moment is still to come.", field="last_taken_at")


def _check_due(status: str, due_on: date | None, day: date) -> None:
    if due_on is None:
        return
    if status != PregnancyStatus.PREGNANT:
        raise BadFact("A due date belongs to a pregnancy: choose “Pregnant” or clear it.", field="due_on")
    if not -LONGEST_OVERDUE <= due_on - day <= LONGEST_UNTIL_DUE:
        raise BadFact("The due date must lie within the next 42 weeks.", field="due_on")


def _clean(row: FactRow | PregnancyAnswer) -> None:
    """Lengths and words, as a sentence at the field instead of a database error."""
    links = {field.name for field in row._meta.fields if field.is_relation}
    try:
        row.clean_fields(exclude=links)
    except ValidationError as no:
        field, sentences = next(iter(no.message_dict.items()))
        raise BadFact(sentences[0], field=field) from no
