"""Regimens changed and copied on our pages. Each change makes a version; an order keeps its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.db import transaction

from infusion_center.accounts.models import User
from infusion_center.accounts.permissions import Can
from infusion_center.audit import history
from infusion_center.errors import Conflict, DomainError
from regimens.models import Regimen, RegimenStep, RegimenVersion
from regimens.rules.step_limits import MOST_STEPS
from regimens.selectors.composing import PlannedStep, StepRefused, places_of, problems_of, steps_of
from regimens.services import reviewing, versions

COPIED = "purpose population driver series_days setup_minutes discharge_minutes watched_at_least".split()
ALIKE = (
    "dose unit method diluent volume_ml minutes gap_minutes "
    "indication only_if_pain_over max_dose note".split()
)


class NotYours(Conflict):
    """Another provider's own, or the center's, which those who keep the rule book change."""


@dataclass(frozen=True)
class RecipeStep:
    """One step of a recipe as typed. `optional`: it may be left out; `condition`: when it is given."""

    planned: PlannedStep
    optional: bool = False
    condition: str = ""


def make_variant(*, regimen: Regimen, name: str, own: bool, by: User, at: datetime) -> Regimen:
    """A copy to change: the person's own, or the center's. Raises DomainError without a name, NotYours."""
    _refuse_name(name)
    if not (by.can(Can.SIGN_ORDER) if own else by.can(Can.KEEP_RULE_BOOK)):
        whose = "Only a provider keeps" if own else "Only those who keep the rule book make"
        raise NotYours(f"{whose} such a variant.")
    with transaction.atomic(), history.verb("regimen.copied", by=by, at=at):
        copy = Regimen.objects.create(
            code=f"{regimen.code[:45]}-{uuid4().hex[:8]}",
            name=name.strip(),
            based_on=regimen,
            owner=by if own else None,
            chair_minutes=regimen.chair_minutes,
            load=regimen.load,
            confidence=regimen.confidence,
            row={key: value for key, value in regimen.row.items() if key != "steps"},
            row_hash="-",
            **{field: getattr(regimen, field) for field in COPIED},
        )
        RegimenStep.objects.bulk_create(_copies(regimen, copy))
        versions.keep(regimen=copy, by=by, at=at)
    return copy


def change(
    *, regimen: Regimen, name: str, steps: Sequence[RecipeStep], by: User, at: datetime
) -> RegimenVersion:
    """New steps, a new version. The version before is kept, and orders made from it stay as they are.

    Raises NotYours, StepRefused, DomainError. A shipped one counts as reviewed by this person from now on.
    """
    _refuse_name(name)
    if not may_change(regimen, by):
        raise NotYours("This regimen is not yours to change: make a variant of it.")
    if not steps:
        raise DomainError("Add a drug first: a regimen has at least one step.", field="steps")
    if len(steps) > MOST_STEPS:
        raise DomainError(f"A regimen has at most {MOST_STEPS} steps.", field="steps")
    for index, step in enumerate(steps):
        for field, sentence in problems_of(step.planned).items():
            raise StepRefused(sentence, field=field, index=index)
    with transaction.atomic(), history.verb("regimen.changed", by=by, at=at):
        row = Regimen.objects.select_for_update(of=("self",), no_key=True).get(pk=regimen.pk)
        versions.keep(regimen=row, by=None, at=at)
        row.steps.all().delete()
        RegimenStep.objects.bulk_create(_written(row, steps))
        row.name = name.strip()
        reviewing.save_reviewed(row=row, by=by, at=at)
        reviewing.reckon(regimens=[row])
        return versions.keep(regimen=row, by=by, at=at)


def may_change(regimen: Regimen, user: User) -> bool:
    """One's own; the center's and the shipped ones by those who keep the rule book."""
    if regimen.owner_id is not None:
        return regimen.owner_id == user.pk and user.can(Can.SIGN_ORDER)
    return user.can(Can.KEEP_RULE_BOOK)


def _copies(regimen: Regimen, copy: Regimen) -> list[RegimenStep]:
    rows = steps_of(regimen)
    for row in rows:
        row.pk, row.regimen = None, copy
        row._state.adding = True
    return rows


def _written(regimen: Regimen, steps: Sequence[RecipeStep]) -> list[RegimenStep]:
    places = places_of([step.planned for step in steps])
    return [
        RegimenStep(
            regimen=regimen,
            position=place.position,
            drug=step.planned.drug,
            per_kg=step.planned.per_kg,
            start_after=list(place.start_after),
            mode=place.mode,
            optional=step.optional,
            condition=step.condition.strip(),
            **{field: getattr(step.planned, field) for field in ALIKE},
        )
        for step, place in zip(steps, places, strict=True)
    ]


def _refuse_name(name: str) -> None:
    if not name.strip():
        raise DomainError("Give it a name.", field="name")
