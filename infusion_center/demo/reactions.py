"""Two reactions of the demo day: akathisia that has passed, and a low pressure that still goes on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from infusion_center.accounts.models import User
from visits.models import Administration, Visit
from visits.services import emergency, reactions
from visits.states import Grade, ReactionAction, ReactionKind, ReactionOutcome


@dataclass(frozen=True)
class Plan:
    """Of a guest: after which drug, how many minutes in, and when it was over (None: it goes on)."""

    drug: str
    kind: ReactionKind
    minutes: int
    actions: tuple[ReactionAction, ...]
    over_after: int | None = None
    dose: str = ""
    words: str = ""


PLANS: Mapping[str, Plan] = {
    "Rice": Plan(
        "prochlorperazine",
        ReactionKind.AKATHISIA,
        minutes=9,
        actions=(ReactionAction.SLOWED, ReactionAction.DRUG_GIVEN),
        over_after=28,
        dose="diphenhydramine",
        words="Cannot keep her legs still",
    ),
    "Ortiz": Plan(
        "prochlorperazine",
        ReactionKind.HYPOTENSION,
        minutes=6,
        actions=(ReactionAction.SLOWED, ReactionAction.WATCHED),
        words="92/50 sitting, legs up",
    ),
}


def make(visit: Visit, *, by: User, until: datetime) -> None:
    """What has happened to this guest by now, if anything."""
    plan = PLANS.get(visit.patient.family_name)
    if plan is None:
        return
    line = Administration.objects.filter(visit=visit, drug__code=plan.drug, started_at__isnull=False).first()
    if line is None or line.started_at is None:
        return
    began = line.started_at + timedelta(minutes=plan.minutes)
    if began > until:
        return
    row = reactions.record(
        visit=visit,
        kind=plan.kind,
        grade=Grade.MILD,
        began_at=began,
        administration=line,
        words=plan.words,
        actions=plan.actions,
        by=by,
        at=began,
    )
    if plan.dose:
        _against(visit, plan, began + timedelta(minutes=4), by=by)
    if plan.over_after is not None and began + timedelta(minutes=plan.over_after) <= until:
        over = began + timedelta(minutes=plan.over_after)
        reactions.settle(reaction=row, outcome=ReactionOutcome.RESOLVED, ended_at=over, by=by, at=over)


def _against(visit: Visit, plan: Plan, at: datetime, *, by: User) -> None:
    emergency.give(
        visit=visit,
        kind=plan.kind,
        drug=plan.dose,
        code=plan.dose,
        amount=Decimal(25),
        unit="mg",
        route="iv",
        given_at=at,
        by=by,
        at=at,
    )
