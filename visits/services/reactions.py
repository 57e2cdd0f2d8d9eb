"""Reactions: noted, corrected, looked at, settled, and taken into the patient's history.

Each verb takes the day row first. What was recorded stands; a correction is a new row that names the first.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from infusion_center.accounts.models import User
from infusion_center.errors import Conflict, DomainError
from patients.models import Allergy
from patients.selectors import card
from patients.services import history
from regimens.models import Drug
from visits.models import Administration, Reaction, Visit
from visits.rules import minutes
from visits.selectors.facts import person_of
from visits.selectors.reactions import grouped_under, said_of
from visits.services import charting, days, lines
from visits.states import Given, Grade, ReactionAction, ReactionKind, ReactionOutcome, Remembered

# What a rule asks for after such a reaction; every other intolerance is shown, and no rule knows it.
TAGS = {
    ReactionKind.AKATHISIA: "prior_dystonia_or_akathisia",
    ReactionKind.DYSTONIA: "prior_dystonia_or_akathisia",
}
CONFIRMED = ("confirmed_as", "confirmed_at", "confirmed_by", "allergy", "condition")


class ReactionRefused(DomainError):
    """A reaction that cannot be so."""


class ReactionIsOver(Conflict):
    """Somebody settled it, looked at it, or took it back already."""


def record(
    *,
    visit: Visit,
    kind: str,
    grade: int,
    began_at: datetime,
    by: User,
    at: datetime,
    administration: Administration | None = None,
    words: str = "",
    actions: Sequence[str] = (),
    action_words: str = "",
) -> Reaction:
    """While the patient is here. No `administration`: it is not clear which drug.

    Raises ReactionRefused, NotHere, MomentRefused, NotThisVisit.
    """
    with charting.at_the_center(visit, "reaction.recorded", by=by, at=at) as here:
        return _written(
            here,
            kind,
            grade,
            began_at,
            administration,
            by=by,
            at=at,
            words=words,
            actions=actions,
            action_words=action_words,
        )


def settle(
    *, reaction: Reaction, outcome: str, by: User, at: datetime, ended_at: datetime | None = None
) -> Reaction:
    """How it went, also after the patient has left. Over at `ended_at`; without that, now.

    Raises ReactionRefused, ReactionIsOver, MomentRefused.
    """
    with _opened(reaction, "reaction.settled", by=by, at=at) as row:
        if row.outcome != ReactionOutcome.ONGOING:
            raise ReactionIsOver(f"It is settled already: {row.get_outcome_display().lower()}.")
        if outcome not in ReactionOutcome.values or outcome == ReactionOutcome.ONGOING:
            raise ReactionRefused("Say how it went.", field="outcome")
        ended = (ended_at or at) if outcome == ReactionOutcome.RESOLVED else None
        if ended is not None:
            minutes.check_moment(
                ended, now=at, not_before=row.began_at, before_what="the reaction began", field="ended_at"
            )
        return _moved(row, outcome=outcome, ended_at=ended, settled_at=at, settled_by=by)


def settle_all(*, visit: Visit, outcome: str, by: User, at: datetime) -> None:
    """What is still going on when the patient goes."""
    for row in ongoing(visit):
        settle(reaction=row, outcome=outcome, by=by, at=at)


def see(*, reaction: Reaction, by: User, at: datetime) -> Reaction:
    """A provider has looked: it waits for nobody any more. Raises ReactionIsOver."""
    with _opened(reaction, "reaction.seen", by=by, at=at) as row:
        if row.seen_by is not None:
            raise ReactionIsOver(f"{row.seen_by.name} has looked at it already.")
        return _moved(row, seen_at=at, seen_by=by)


def correct(
    *,
    reaction: Reaction,
    reason: str,
    kind: str,
    grade: int,
    began_at: datetime,
    by: User,
    at: datetime,
    administration: Administration | None = None,
    **facts: Any,
) -> Reaction:
    """The first is kept as it was, in error; returns the row that replaces it.

    What it became in the patient's history, and how it went, go along; who had looked does not.
    """
    with _opened(reaction, "reaction.corrected", by=by, at=at) as row:
        _take_back(row, reason, by=by, at=at)
        fresh = _written(row.visit, kind, grade, began_at, administration, by=by, at=at, **facts)
        same = {name: getattr(row, name) for name in CONFIRMED}
        if row.outcome != ReactionOutcome.ONGOING:
            if row.ended_at is not None and row.ended_at < began_at:
                raise ReactionRefused("This time is after the reaction was over.", field="began_at")
            same |= {name: getattr(row, name) for name in ("outcome", "ended_at", "settled_at", "settled_by")}
        return _moved(fresh, replaces=row, **same)


def enter_in_error(*, reaction: Reaction, reason: str, by: User, at: datetime) -> Reaction:
    """It never was. The row stays, struck out; an allergy it has led to stays until somebody ends that."""
    with _opened(reaction, "reaction.entered_in_error", by=by, at=at) as row:
        return _take_back(row, reason, by=by, at=at)


def confirm(*, reaction: Reaction, allergy_group: str = "", by: User, at: datetime) -> Reaction:
    """Into the patient's history: an allergy to the drug or one of its groups, else an intolerance.

    The allergy is read by the rules like any other. Raises ReactionRefused without a drug, ReactionIsOver.
    """
    with _opened(reaction, "reaction.confirmed", by=by, at=at) as row:
        if row.administration is None:
            raise ReactionRefused("Say first which drug it was: correct the reaction.")
        if row.confirmed_as:
            raise ReactionIsOver(f"It is recorded as {row.get_confirmed_as_display().lower()} already.")
        who = {"confirmed_at": at, "confirmed_by": by}
        if allergy_group:
            found = _allergy(row, row.administration.drug, allergy_group, by=by, at=at)
            return _moved(row, confirmed_as=Remembered.ALLERGY, allergy=found, **who)
        condition = history.add_condition(
            patient=person_of(row.visit),
            text=f"{said_of(row)} after {row.administration.drug.name}"[:200],
            tag=TAGS.get(ReactionKind(row.kind), ""),
            began_on=row.visit.site.day_of(row.began_at),
            by=by,
            at=at,
        )
        return _moved(row, confirmed_as=Remembered.INTOLERANCE, condition=condition, **who)


def ongoing(visit: Visit) -> list[Reaction]:
    rows = visit.reactions.filter(outcome=ReactionOutcome.ONGOING, in_error_at=None)
    return list(rows.order_by("-grade", "began_at", "pk"))


@contextmanager
def _opened(reaction: Reaction, verb: str, *, by: User, at: datetime) -> Iterator[Reaction]:
    """The day row, then the reaction read again. Raises ReactionIsOver if it was taken back."""
    visit = reaction.visit
    with days.changing(verb, site=visit.site, day=visit.day, by=by, at=at):
        related = ("visit__site", "visit__patient__merged_into", "administration__drug", "seen_by")
        row = Reaction.objects.select_related(*related).get(pk=reaction.pk)
        if row.in_error_at is not None:
            raise ReactionIsOver("This reaction was entered in error.")
        yield row


def _moved(row: Reaction, **facts: Any) -> Reaction:
    """Under the day row nobody else is writing it."""
    for name, value in facts.items():
        setattr(row, name, value)
    row.save(update_fields=list(facts))
    return row


def _take_back(row: Reaction, reason: str, *, by: User, at: datetime) -> Reaction:
    return _moved(row, in_error_at=at, in_error_by=by, in_error_reason=lines.said(reason))


def _written(
    visit: Visit,
    kind: str,
    grade: int,
    began_at: datetime,
    administration: Administration | None,
    *,
    by: User,
    at: datetime,
    words: str = "",
    actions: Sequence[str] = (),
    action_words: str = "",
) -> Reaction:
    _check(kind, grade, words, actions)
    charting.check_moment(visit, began_at, at=at, field="began_at")
    if administration is not None:
        _check_agent(visit, administration, began_at)
    return Reaction.objects.create(
        visit=visit,
        kind=kind,
        grade=grade,
        words=words.strip(),
        administration=administration,
        began_at=began_at,
        actions=list(actions),
        action_words=action_words.strip(),
        recorded_at=at,
        recorded_by=by,
    )


def _check(kind: str, grade: int, words: str, actions: Sequence[str]) -> None:
    if kind not in ReactionKind.values:
        raise ReactionRefused("Say what kind of reaction it is.", field="kind")
    if kind == ReactionKind.OTHER and not words.strip():
        raise ReactionRefused("Say in words what it is.", field="words")
    if grade not in Grade.values:
        raise ReactionRefused("Say how bad it is.", field="grade")
    if set(actions) - set(ReactionAction.values):
        raise ReactionRefused("Say what was done in these words.", field="actions")


def _check_agent(visit: Visit, administration: Administration, began_at: datetime) -> None:
    lines.belongs(administration=administration, visit=visit)
    line = Administration.objects.select_related("drug").get(pk=administration.pk)
    if line.state == Given.ENTERED_IN_ERROR or line.started_at is None:
        raise ReactionRefused(f"{line.drug.name} has not been started.", field="administration")
    if began_at < line.started_at:
        raise ReactionRefused(f"This time is before {line.drug.name} was started.", field="began_at")


def _allergy(row: Reaction, drug: Drug, group: str, *, by: User, at: datetime) -> Allergy:
    """A new allergy, or the one that is on the list already under these words."""
    words = dict(grouped_under(drug))
    if group not in words:
        raise ReactionRefused(f"{drug.name} does not belong to that group.", field="remember")
    patient = person_of(row.visit)
    for listed in card.facts(patient, "allergies").active:
        if listed.text.lower() == words[group].lower():
            return listed
    return history.add_allergy(
        patient=patient,
        text=words[group],
        group=group,
        reaction=f"{said_of(row)}, {row.get_grade_display().lower()}"[:120],
        severe=row.grade >= Grade.SEVERE,
        by=by,
        at=at,
    )
