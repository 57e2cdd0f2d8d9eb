"""From what a file says to the rows of a person. One file is one transaction and one verb."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from infusion_center.accounts.models import User
from infusion_center.audit import history
from infusion_center.errors import DomainError
from patients.fhir import records
from patients.fhir.records import Contents
from patients.models import Allergy, Condition, HomeMedication, Identifier, Measurement, Patient
from patients.models import Phone as PhoneRow
from patients.rules import phone as phones
from patients.rules.fhir_mapping import Book
from patients.selectors import imports, mappings
from patients.services import covering, reaching, registration
from patients.services.imported_rows import Rows
from patients.services.reconciling import VERB, Tally, last_imported, reconcile, settle, stays
from patients.states import Answer, Life

_OPTIONAL = ("email", "gender", "died_on", "language", "state")  # a bad one is left out, not the person


class NotTakenIn(DomainError):
    """The person of a file cannot be taken in; the sentence says why."""


@dataclass(frozen=True)
class Intake:
    """What became of a file."""

    patients: tuple[Patient, ...]
    tally: Tally


@dataclass(frozen=True)
class _Desk:
    """What every step needs."""

    book: Book
    tally: Tally
    by: User | None
    at: datetime


def take_in(*, contents: Contents, by: User | None, at: datetime) -> Intake:
    """Write everything a file says, once. Raises NotTakenIn where none of its people can be taken in.

    1. one file at a time: two files of one person must not both find that she is new
    2. the people   3. their rows   4. their answers ("listed", "none")
    """
    with transaction.atomic(), history.verb(VERB, by=by, at=at):
        _queue_at_the_door()
        desk = _Desk(book=mappings.book(), tally=_opened(contents), by=by, at=at)
        found = _people(contents.people, desk)
        for key, patient in found.items():
            _rows_of(patient, key, contents, desk)
        return Intake(patients=tuple(found.values()), tally=desk.tally)


def _queue_at_the_door() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('patients.import'))")


def _opened(contents: Contents) -> Tally:
    tally = Tally()
    for problem in contents.problems:
        tally.report(problem.resource, problem.reason)
        tally.count(problem.resource.split("/", 1)[0], "left out")
    for kind, number in sorted(contents.passed_over.items()):
        tally.count(kind, "not used", number)
    return tally


# --- The person ---------------------------------------------------------------------------------------


def _people(people: Iterable[records.Person], desk: _Desk) -> dict[str, Patient]:
    found, reasons = {}, []
    for person in people:
        try:
            with transaction.atomic():
                found[person.key] = _person(person, desk)
        except DomainError as no:
            reasons.append(no.message)
            desk.tally.report(person.key, no.message)
            desk.tally.count("Patient", "left out")
    if not found:
        raise NotTakenIn(reasons[0])
    return found


def _person(person: records.Person, desk: _Desk) -> Patient:
    """The patient whom another system calls by one of these numbers, brought up; else a new one."""
    owned = Q()
    for system, value in person.identifiers:
        owned |= Q(system=system, value=value)
    known = {
        row.patient_id: row.patient for row in Identifier.objects.filter(owned).select_related("patient")
    }
    if len(known) > 1:
        numbers = " and ".join(sorted(patient.number for patient in known.values()))
        raise NotTakenIn(f"Its numbers belong to two records here, {numbers}. Merge or correct them first.")
    patient = _brought_up(next(iter(known.values())), person, desk) if known else _registered(person, desk)
    _number(patient, person)
    _phones(patient, person, desk)
    for remark in person.remarks:
        desk.tally.report(person.key, remark)
    return patient


def _registered(person: records.Person, desk: _Desk) -> Patient:
    patient = _write(registration.register, person.facts, person.key, desk)
    desk.tally.count("Patient", "created")
    for other in imports.same_name_and_birth_date(patient):
        desk.tally.report(person.key, f"Perhaps the same person as {other.number}: same name and birth date.")
    return patient


def _brought_up(patient: Patient, person: records.Person, desk: _Desk) -> Patient:
    _check_same_person(patient, person)
    change, kept = settle(person.facts, patient, last_imported(Patient, [patient.pk]).get(patient.pk))
    if kept:
        desk.tally.report(person.key, stays(kept))
    if change:
        _write(partial(registration.correct, patient=patient), change, person.key, desk)
    desk.tally.count("Patient", "updated" if change else "unchanged")
    return patient


def _write(verb: Callable[..., Patient], facts: dict[str, Any], key: str, desk: _Desk) -> Patient:
    """Do the verb; where it refuses a fact that a person may lack, report that and do it without."""
    try:
        return verb(**facts, by=desk.by, at=desk.at)
    except DomainError as no:
        if no.field not in _OPTIONAL or no.field not in facts:
            raise
        desk.tally.report(key, f"Left out: {no.message}")
        return _write(verb, {name: value for name, value in facts.items() if name != no.field}, key, desk)


def _check_same_person(patient: Patient, person: records.Person) -> None:
    """A number that is used twice must not write one person's allergies into another's chart."""
    facts = person.facts
    family = {name.casefold() for name in (facts["family_name"], facts["former_name"]) if name}
    ours = {name.casefold() for name in (patient.family_name, patient.former_name) if name}
    if patient.birth_date != facts["birth_date"] and not family & ours:
        raise NotTakenIn(
            f"Its number belongs to another person here, {patient.number}: name and birth date both differ."
        )


def _number(patient: Patient, person: records.Person) -> None:
    """The numbers by which the next file finds this person."""
    present = set(patient.identifiers.values_list("system", "value"))
    new = [pair for pair in person.identifiers if pair not in present]
    Identifier.objects.bulk_create([Identifier(patient=patient, system=s, value=v) for s, v in new])


def _phones(patient: Patient, person: records.Person, desk: _Desk) -> None:
    """Numbers that this person never had here. One that staff dropped stays dropped."""
    events = PhoneRow._meta.get_field("history").related_model._default_manager
    ever = set(events.filter(patient_id=patient.pk).values_list("digits", flat=True))
    for phone in person.phones:
        try:
            if phones.read_phone(phone["written"]).digits not in ever:
                reaching.add_phone(patient=patient, **phone, by=desk.by, at=desk.at)
        except DomainError as no:
            desk.tally.report(person.key, f"A phone number is left out: {no.message}")


# --- Their rows ---------------------------------------------------------------------------------------


def _rows_of(patient: Patient, key: str, contents: Contents, desk: _Desk) -> None:
    at, tally = desk.at, desk.tally
    rows = Rows(
        contents=contents, subject=key, patient=patient, book=desk.book, tally=tally, by=desk.by, at=at
    )
    bring = partial(reconcile, patient=patient, tally=tally, at=at)
    bring(model=Condition, wanted=rows.conditions)
    bring(model=Condition, wanted=rows.implied, label="Condition that a drug implies")
    bring(model=HomeMedication, wanted=rows.medications)
    bring(model=Allergy, wanted=rows.allergies)
    bring(model=Measurement, wanted=rows.measures, key_of=lambda row: (row.kind, row.source_key))
    covers = [one for one in contents.covers if one.subject == key]
    covering.cover(patient=patient, covers=covers, tally=tally, at=at)
    if not_understood := len(imports.unmapped(patient)):
        tally.count(imports.UNMAPPED, "active", not_understood)
    _answers(patient, rows.nothing_known, key, desk)


# --- Their answers ------------------------------------------------------------------------------------


def _answers(patient: Patient, nothing_known: bool, key: str, desk: _Desk) -> None:
    """Active rows make a list "listed"; "none" is only what somebody said; the rest stays never asked."""
    row = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    facts: dict[str, Any] = {}
    for what, model in (("allergies", Allergy), ("medications", HomeMedication), ("conditions", Condition)):
        listed = model._default_manager.filter(patient=patient, state=Life.ACTIVE).exists()
        said_none = what == "allergies" and nothing_known
        if said_none and listed:
            desk.tally.report(key, "The file says “no known allergies”, and here some are listed.")
        facts |= _answer(what, getattr(row, what), listed, said_none, key, desk)
    if facts:
        Patient.objects.filter(pk=patient.pk).update(**facts, updated_at=desk.at)
    patient.refresh_from_db()


def _answer(what: str, standing: str, listed: bool, said_none: bool, key: str, desk: _Desk) -> dict[str, Any]:
    if listed and standing == Answer.NONE:
        desk.tally.report(key, f"Here the answer was “none” for {what}, and the file lists some. Ask again.")
        return {what: Answer.LISTED, f"{what}_reviewed_at": None, f"{what}_reviewed_by": None}
    if listed:
        return {what: Answer.LISTED} if standing != Answer.LISTED else {}
    if said_none:
        return {what: Answer.NONE} if standing != Answer.NONE else {}
    return {what: Answer.NOT_ASKED} if standing == Answer.LISTED else {}
