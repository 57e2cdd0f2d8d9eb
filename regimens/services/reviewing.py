"""A person edits or approves a row of reference data; from then on no load overwrites it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from infusion_center.accounts.models import User
from infusion_center.audit import history
from regimens.models import Drug, Regimen
from regimens.rules.chair_time import chair_minutes
from regimens.rules.nurse_load import load_of
from regimens.selectors.composing import run_of, steps_of


def save_reviewed(*, row: Any, by: User, at: datetime) -> None:
    """Keep the row as edited and note who did it. A drug's observation moves the minutes of its regimens.

    A step of a regimen carries no review of its own: it is reviewed with its regimen.
    """
    with transaction.atomic(), history.verb("reference.reviewed", by=by, at=at):
        if hasattr(row, "reviewed_by_id"):
            row.reviewed_by, row.reviewed_on = by, at.date()
        row.save()
        if isinstance(row, Drug):
            reckon(regimens=Regimen.objects.filter(steps__drug=row).distinct())


def reckon(*, regimens: Iterable[Regimen]) -> None:
    """Chair minutes and load of recipes, from their steps as they stand. Raises CannotPlan."""
    for regimen in regimens:
        steps = steps_of(regimen)
        regimen.chair_minutes = chair_minutes(
            [run_of(step) for step in steps],
            regimen.setup_minutes,
            regimen.discharge_minutes,
            regimen.watched_at_least,
        )
        regimen.load = load_of(step.drug.max_patients_per_nurse for step in steps)
        regimen.save(update_fields=["chair_minutes", "load"])
