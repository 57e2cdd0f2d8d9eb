"""Bring rows up to what a file says, without undoing what people did since.

Of each field, three values are known: as the file says now, as the row stands, and as the last import left it
(row history). Where the row stands as the import left it, the file's word goes in. Where somebody changed the
field since, their word stays; and if the file says something new there, that is reported.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models

from patients.models import Patient

VERB = "patient.imported"


@dataclass
class Tally:
    """Of one file: {"Condition": {"created": 3}} and what a person has to look at."""

    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    problems: list[dict[str, str]] = field(default_factory=list)

    def count(self, what: str, did: str, number: int = 1) -> None:
        of = self.counts.setdefault(what, {})
        of[did] = of.get(did, 0) + number

    def report(self, resource: str, reason: str) -> None:
        self.problems.append({"resource": resource, "reason": reason})


@dataclass(frozen=True)
class Wanted:
    """One row as the file says: `key` finds it again, `facts` are its fields, `once` only those of a new row.

    Without `create` a row that is not here is not made (it was entered in error before it ever came).
    """

    key: Hashable
    resource: str
    facts: Mapping[str, Any]
    once: Mapping[str, Any] = field(default_factory=dict)
    create: bool = True


def reconcile(
    *,
    model: type[models.Model],
    patient: Patient,
    wanted: Sequence[Wanted],
    tally: Tally,
    at: datetime,
    key_of: Callable[[Any], Hashable] = lambda row: row.source_key,
    label: str = "",
) -> list[Any]:
    """Make, change or leave the rows of one person in one table; returns the rows that were made or changed.

    A resource that is in the file twice counts as it stands last.
    """
    wanted = list({want.key: want for want in wanted}.values())
    present = {key_of(row): row for row in _rows(model, patient, wanted)}
    before = last_imported(model, [row.pk for row in present.values()])
    made, changed = [], []
    for want in wanted:
        of = label or want.resource.split("/", 1)[0]
        row = present.get(want.key)
        if row is None and not want.create:
            tally.count(of, "passed over")
        elif row is None:
            made.append(model(patient=patient, **want.facts, **want.once))
            tally.count(of, "created")
        elif _bring_up(row, want, before.get(row.pk), tally):
            changed.append(row)
            tally.count(of, "updated")
        else:
            tally.count(of, "unchanged")
    model._default_manager.bulk_create(made)
    _save(model, changed, wanted, at)
    return made + changed


def settle(
    facts: Mapping[str, Any], now: Any, before: Mapping[str, Any] | None
) -> tuple[dict[str, Any], list[str]]:
    """(what to change, fields where people's word stays against a newer one of the file)."""
    change, kept = {}, []
    for name, value in facts.items():
        standing = getattr(now, name)
        if standing == value:
            continue
        if before is not None and before[name] == standing:
            change[name] = value
        elif before is None or before[name] != value:
            kept.append(name)
    return change, kept


def last_imported(model: type[models.Model], pks: Sequence[int]) -> dict[int, dict[str, Any]]:
    """By primary key, the fields as the last import left them (newest row of history under our verb)."""
    if not pks:
        return {}
    events = model._meta.get_field("history").related_model._default_manager  # type: ignore[union-attr]
    rows = events.filter(pgh_obj_id__in=pks, pgh_context__metadata__verb=VERB)
    return {
        row["pgh_obj_id"]: row
        for row in rows.order_by("pgh_obj_id", "-pgh_id").distinct("pgh_obj_id").values()
    }


def stays(kept: Sequence[str]) -> str:
    """The sentence for fields that people changed since."""
    named = ", ".join(name.removesuffix("_id").replace("_", " ") for name in kept)
    return (
        f"Changed here since it came in ({named}): what was entered here stays. The file now says otherwise."
    )


def _rows(model: type[models.Model], patient: Patient, wanted: Sequence[Wanted]) -> models.QuerySet[Any]:
    sources = {want.resource for want in wanted}
    return model._default_manager.select_for_update(no_key=True).filter(
        patient=patient, source_key__in=sources
    )


def _bring_up(row: Any, want: Wanted, before: Mapping[str, Any] | None, tally: Tally) -> bool:
    change, kept = settle(want.facts, row, before)
    if kept:
        tally.report(want.resource, stays(kept))
    for name, value in change.items():
        setattr(row, name, value)
    return bool(change)


def _save(model: type[models.Model], changed: Sequence[Any], wanted: Sequence[Wanted], at: datetime) -> None:
    if not changed:
        return
    names = {name for want in wanted for name in want.facts}
    if any(one.name == "updated_at" for one in model._meta.fields):
        names.add("updated_at")
        for row in changed:
            row.updated_at = at
    model._default_manager.bulk_update(changed, sorted(names))
