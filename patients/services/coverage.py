"""Who pays, in which order: noted, verified, ended."""

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from infusion_center.audit import history
from infusion_center.errors import Conflict, DomainError
from patients.models import Coverage, Patient, Payer, Relationship
from patients.selectors import card
from patients.states import COVERAGE_MOVES, CoverageState


class BadCoverage(DomainError):
    """A coverage no claim could name."""


class RankTaken(Conflict):
    """Another running coverage is billed at this place."""


class CannotMove(Conflict):
    """Somebody moved it first."""


def add_coverage(
    *,
    patient: Patient,
    payer: Payer,
    member_id: str,
    rank: int = 1,
    group_number: str = "",
    relationship: str = Relationship.SELF,
    subscriber_given_name: str = "",
    subscriber_family_name: str = "",
    subscriber_birth_date: date | None = None,
    subscriber_sex: str = "",
    starts_on: date | None = None,
    ends_on: date | None = None,
    source_key: str | None = None,
    by: Any,
    at: datetime,
) -> Coverage:
    """A place in a plan, not yet verified. Raises BadCoverage, or RankTaken where the rank is in use."""
    row = Coverage(
        patient=patient,
        payer=payer,
        member_id="".join(member_id.split()).upper(),
        rank=rank,
        group_number=group_number.strip(),
        relationship=relationship,
        subscriber_given_name=subscriber_given_name.strip(),
        subscriber_family_name=subscriber_family_name.strip(),
        subscriber_birth_date=subscriber_birth_date,
        subscriber_sex=subscriber_sex,
        starts_on=starts_on,
        ends_on=ends_on,
        source_key=source_key,
    )
    _check(row, day=at.date())
    with transaction.atomic(), history.verb("coverage.noted", by=by, at=at):
        # The queue at the door; the constraint one_running_coverage_per_rank keeps the promise.
        Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
        _refuse_taken_rank(row)
        row.save(force_insert=True)
    return row


def verify(*, coverage: Coverage, by: Any, at: datetime) -> Coverage:
    """The payer confirmed it, today, to this person."""
    with transaction.atomic(), history.verb("coverage.verified", by=by, at=at):
        return _move(coverage, CoverageState.ACTIVE, verified_at=at, verified_by=by)


def doubt(*, coverage: Coverage, by: Any, at: datetime) -> Coverage:
    """Not sure any more: to be verified again."""
    with transaction.atomic(), history.verb("coverage.doubted", by=by, at=at):
        return _move(coverage, CoverageState.UNVERIFIED, verified_at=None, verified_by=None)


def end(*, coverage: Coverage, ends_on: date, by: Any, at: datetime) -> Coverage:
    """Over on `ends_on`. Claims of earlier days still name it."""
    if coverage.starts_on and ends_on < coverage.starts_on:
        raise BadCoverage("It cannot end before it starts.", field="ends_on")
    with transaction.atomic(), history.verb("coverage.ended", by=by, at=at):
        return _move(coverage, CoverageState.ENDED, ends_on=ends_on)


def _move(coverage: Coverage, target: CoverageState, **facts: object) -> Coverage:
    sources = [state for state, targets in COVERAGE_MOVES.items() if target in targets]
    moved = Coverage.objects.filter(pk=coverage.pk, state__in=sources).update(state=target, **facts)
    coverage.refresh_from_db()
    if not moved:
        raise CannotMove(f"This coverage is {CoverageState(coverage.state).label.lower()} already.")
    return coverage


def _refuse_taken_rank(row: Coverage) -> None:
    running = Coverage.objects.filter(patient__in=card.records_of(row.patient), rank=row.rank)
    other = running.exclude(state=CoverageState.ENDED).select_related("payer").first()
    if other:
        raise RankTaken(
            f"{other.payer.name} is billed at place {row.rank}: end it, or choose another place.",
            field="rank",
        )


def _check(row: Coverage, *, day: date) -> None:
    if not row.member_id:
        raise BadCoverage("Give the member id as it stands on the card.", field="member_id")
    if not 1 <= row.rank <= 9:
        raise BadCoverage("The place in the order is 1, 2, 3 ... up to 9.", field="rank")
    if row.starts_on and row.ends_on and row.ends_on < row.starts_on:
        raise BadCoverage("It cannot end before it starts.", field="ends_on")
    if row.relationship != Relationship.SELF:
        _check_subscriber(row, day)
    try:
        row.clean_fields(exclude={"patient", "payer", "verified_by"})
    except ValidationError as no:
        field, sentences = next(iter(no.message_dict.items()))
        raise BadCoverage(sentences[0], field=field) from no


def _check_subscriber(row: Coverage, day: date) -> None:
    """A claim names the subscriber where the patient is not the one (billing.md 7)."""
    for field, label in (("subscriber_given_name", "given name"), ("subscriber_family_name", "family name")):
        if not getattr(row, field):
            raise BadCoverage(
                f"Give the subscriber's {label}: the plan is in somebody else's name.", field=field
            )
    if row.subscriber_birth_date is None:
        raise BadCoverage("Give the subscriber's birth date.", field="subscriber_birth_date")
    if row.subscriber_birth_date > day:
        raise BadCoverage("The subscriber's birth date is in the future.", field="subscriber_birth_date")
