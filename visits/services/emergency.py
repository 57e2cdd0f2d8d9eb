"""Emergency doses: given first, written down with one tap, gated by nothing; and the cards offering them."""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from infusion_center.accounts.models import User
from infusion_center.audit import history
from infusion_center.errors import Conflict, DomainError
from infusion_center.shared.reference_sync import Changes, sync
from regimens.models import Confidence
from visits.models import EmergencyDose, ReactionStep, Visit
from visits.services import charting, days, lines
from visits.states import Route

SHIPPED = Path(__file__).resolve().parents[2] / "infusion_center" / "reference" / "reactions.json"
NUMBERS = ("amount", "most", "per_kg", "below_kg")


class DoseRefused(DomainError):
    """A dose that cannot be written down so."""


class TakenBack(Conflict):
    """Somebody took this dose back already."""


def give(
    *,
    visit: Visit,
    kind: str,
    drug: str,
    amount: Decimal,
    unit: str,
    route: str,
    given_at: datetime,
    by: User,
    at: datetime,
    code: str = "",
    key: UUID | None = None,
) -> EmergencyDose:
    """What was given at once against a reaction of this kind. No order and no rule stands before it.

    `key`: of the tap; the same tap sent twice is one dose. Raises DoseRefused, NotHere, MomentRefused.
    """
    with charting.at_the_center(visit, "emergency_dose.given", by=by, at=at) as here:
        again = EmergencyDose.objects.filter(key=key, visit=here).first() if key else None
        if again is not None:
            return again
        if not drug.strip() or not unit.strip():
            raise DoseRefused("Say which drug, and in which unit.", field="unit" if drug.strip() else "drug")
        if amount <= 0:
            raise DoseRefused("This must be more than zero.", field="amount")
        if route not in Route.values:
            raise DoseRefused("Say how it was given.", field="route")
        charting.check_moment(here, given_at, at=at, field="given_at")
        dose = EmergencyDose(visit=here, kind=kind, drug=drug.strip(), code=code, unit=unit.strip())
        dose.amount, dose.route, dose.given_at, dose.recorded_at = amount, route, given_at, at
        dose.given_by, dose.recorded_by, dose.key = by, by, key or dose.key
        dose.save(force_insert=True)
        return dose


def take_back(*, dose: EmergencyDose, reason: str, by: User, at: datetime) -> EmergencyDose:
    """It was not given: a row says so and why, also after the visit. The first stays. Raises TakenBack."""
    visit = dose.visit
    with days.changing("emergency_dose.entered_in_error", site=visit.site, day=visit.day, by=by, at=at):
        why = lines.said(reason)
        if EmergencyDose.objects.filter(corrects=dose).exists():
            raise TakenBack("This dose was taken back already.")
        same = {name: getattr(dose, name) for name in ("kind", "drug", "code", "unit", "route", "given_at")}
        who = {"given_by": dose.given_by, "recorded_by": by, "recorded_at": at}
        return EmergencyDose.objects.create(visit=visit, corrects=dose, reason=why, **same, **who)


def sign_off(*, doses: Sequence[EmergencyDose], by: User, at: datetime) -> int:
    """A provider stands in for what was given without an order. Returns how many were not signed yet.

    `doses`: of one visit, as the provider read them; one given since waits for its own signature.
    """
    if not doses:
        raise DoseRefused("There is nothing to sign.")
    visit = doses[0].visit
    with days.changing("emergency_dose.signed_off", site=visit.site, day=visit.day, by=by, at=at):
        rows = EmergencyDose.objects.filter(pk__in=[dose.pk for dose in doses], visit=visit)
        waiting = rows.filter(signed_at=None, corrects=None, corrected_by=None)
        return waiting.update(signed_at=at, signed_by=by)


def load_steps(*, at: datetime, path: Path = SHIPPED) -> Changes:
    """The shipped cards. Safe to run again; a row that a person edited is never overwritten."""
    cards = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)["cards"]
    wanted = [
        _step(card["kind"], position, row)
        for card in cards
        for position, row in enumerate(card["steps"], start=1)
    ]
    with transaction.atomic(), history.verb("reaction_steps.loaded", by=None, at=at):
        key = ["kind", "position"]
        return sync(ReactionStep.objects.all(), wanted, table="reaction cards", key=key, name=str, prune=True)


def _step(kind: str, position: int, row: dict[str, Any]) -> ReactionStep:
    """A row of the file; without a source it is recalled, and says so."""
    numbers = {name: Decimal(row[name]) for name in NUMBERS if name in row}
    rest = {name: value for name, value in row.items() if name not in NUMBERS}
    confidence = Confidence.SOURCED if row.get("source") else Confidence.RECALLED
    return ReactionStep(kind=kind, position=position, confidence=confidence, **numbers, **rest)
