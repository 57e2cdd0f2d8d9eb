"""Register, correct, merge, undo a merge: the verbs about who somebody is."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from infusion_center.audit import history
from infusion_center.errors import Conflict, DomainError
from patients.models import Coverage, Patient
from patients.rules import identity
from patients.services import reaching
from patients.states import CoverageState, Sex

CORRECTABLE = frozenset(
    {
        "given_name",
        "family_name",
        "preferred_name",
        "former_name",
        "birth_date",
        "sex_at_birth",
        "gender",
        "pronouns",
        "language",
        "interpreter",
        "email",
        "street",
        "city",
        "state",
        "postal_code",
        "died_on",
        "comfort",
    }
)


class BadFact(DomainError):
    """A value its field cannot hold."""


class ChangedMeanwhile(Conflict):
    """Somebody else saved this record after it was opened here."""


class CannotMerge(Conflict):
    """These two records may not become one, or not yet."""


def register(
    *,
    given_name: str,
    family_name: str,
    birth_date: date,
    sex_at_birth: str = Sex.UNKNOWN,
    phones: Iterable[Mapping[str, Any]] = (),
    by: Any,
    at: datetime,
    **facts: Any,
) -> Patient:
    """A new record with the next number. `phones` are dicts of kind, written, may_text.

    Raises BadIdentity, BadFact or UnreadablePhone, each with the field it is about.
    """
    names = {"given_name": given_name, "family_name": family_name, "birth_date": birth_date}
    with transaction.atomic(), history.verb("patient.registered", by=by, at=at):
        patient = Patient()
        _fill(patient, names | {"sex_at_birth": sex_at_birth} | facts, day=at.date())
        patient.number = _next_number()
        patient.save(force_insert=True)
        for phone in phones:
            reaching.add_phone(patient=patient, **phone, by=by, at=at)
    return patient


def correct(
    *, patient: Patient, by: Any, at: datetime, unchanged_since: datetime | None = None, **facts: Any
) -> Patient:
    """Change what was wrong or has changed. `unchanged_since` is the `updated_at` that the person saw.

    Raises BadIdentity, BadFact, or ChangedMeanwhile when the record is not what they saw any more.
    """
    with transaction.atomic(), history.verb("patient.corrected", by=by, at=at):
        row = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
        if unchanged_since is not None and row.updated_at != unchanged_since:
            raise ChangedMeanwhile("Somebody changed this record after you opened it: look again, then save.")
        changed = _fill(row, facts, day=at.date())
        if changed:
            row.save(update_fields=[*changed, "updated_at"])
    patient.refresh_from_db()
    return patient


def merge(*, duplicate: Patient, into: Patient, by: Any, at: datetime) -> None:
    """From now on `duplicate` stands for `into`. No row moves; the old number still finds the person."""
    with transaction.atomic(), history.verb("patient.merged", by=by, at=at):
        duplicate, into = _locked(duplicate, into)
        _check_merge(duplicate, into)
        Patient.objects.filter(pk=duplicate.pk).update(merged_into=into, merged_at=at, merged_by=by)


def undo_merge(*, patient: Patient, by: Any, at: datetime) -> None:
    """Two persons after all: the record stands for itself again, with every row it ever had."""
    with transaction.atomic(), history.verb("patient.merge_undone", by=by, at=at):
        merged = Patient.objects.filter(pk=patient.pk, merged_into__isnull=False)
        if not merged.update(merged_into=None, merged_at=None, merged_by=None):
            raise CannotMerge(f"Record {patient.number} stands for itself already.")


def _fill(patient: Patient, facts: Mapping[str, Any], *, day: date) -> list[str]:
    """Set the facts, tidied and checked; answers the names of those that changed."""
    unknown = set(facts) - CORRECTABLE
    if unknown:
        raise TypeError(f"not a fact of a patient: {', '.join(sorted(unknown))}")
    tidy = {name: _tidy(value) for name, value in facts.items()}
    changed = [name for name, value in tidy.items() if getattr(patient, name) != value]
    for name in changed:
        setattr(patient, name, tidy[name])
    _check(patient, day)
    return changed


def _tidy(value: Any) -> Any:
    return " ".join(value.split()) if isinstance(value, str) else value


def _check(patient: Patient, day: date) -> None:
    # UTC's day is never behind an American clinic's; nobody is refused for having been born today.
    identity.check_name(patient.given_name, field="given_name", label="given name")
    identity.check_name(patient.family_name, field="family_name", label="family name")
    identity.check_birth_date(patient.birth_date, day=day)
    if patient.died_on and not patient.birth_date <= patient.died_on <= day:
        raise BadFact("The day of death lies between the birth date and today.", field="died_on")
    try:
        patient.clean_fields(exclude={field.name for field in patient._meta.fields} - CORRECTABLE)
    except ValidationError as no:
        field, sentences = next(iter(no.message_dict.items()))
        raise BadFact(sentences[0], field=field) from no


def _next_number() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('patient_number')")
        return str(cursor.fetchone()[0])


def _locked(one: Patient, other: Patient) -> tuple[Patient, Patient]:
    """Both rows as they are now, locked in one order whoever asks."""
    rows = Patient.objects.select_for_update(no_key=True).filter(pk__in=[one.pk, other.pk]).order_by("pk")
    found = {row.pk: row for row in rows}
    return found[one.pk], found[other.pk]


def _check_merge(duplicate: Patient, into: Patient) -> None:
    """One hop only, never a circle, and never two people whose hard facts disagree."""
    if duplicate.pk == into.pk:
        raise CannotMerge("This is one and the same record.")
    for record in (duplicate, into):
        if record.merged_into_id:
            raise CannotMerge(f"Record {record.number} was merged already: use the one it stands for.")
    if duplicate.merged.exists():
        raise CannotMerge(f"Other records were merged into {duplicate.number}: merge the other way round.")
    if duplicate.birth_date != into.birth_date:
        raise CannotMerge("The birth dates differ. If it is one person, correct the wrong one first.")
    if {duplicate.sex_at_birth, into.sex_at_birth} == {Sex.FEMALE, Sex.MALE}:
        raise CannotMerge("The sex at birth differs. If it is one person, correct the wrong one first.")
    if bool(duplicate.died_on) != bool(into.died_on):
        raise CannotMerge("One record says that the person has died. Correct the wrong one first.")
    _check_merged_coverage(duplicate, into)


def _check_merged_coverage(duplicate: Patient, into: Patient) -> None:
    """A claim has one first payer: two running coverages of a rank must be the same one."""
    running = Coverage.objects.filter(patient__in=[duplicate, into]).exclude(state=CoverageState.ENDED)
    places: dict[int, set[tuple[int, str]]] = {}
    for coverage in running:
        places.setdefault(coverage.rank, set()).add((coverage.payer_id, coverage.member_id))
    clash = next((rank for rank, different in places.items() if len(different) > 1), None)
    if clash:
        raise CannotMerge(f"Both records have a running coverage at place {clash}: end one of them first.")
