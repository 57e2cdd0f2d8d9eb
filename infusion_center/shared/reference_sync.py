"""Shipped rows against stored ones: new ones go in, changes are said, what a person reviewed stays."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, QuerySet

Key = tuple[Any, ...]


@dataclass
class Changes:
    """What a load did to one table. The lists hold a line for each row, with the fields that differ."""

    table: str
    created: int = 0
    unchanged: int = 0
    updated: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def sync(
    stored: QuerySet[Any],
    shipped: Iterable[Model],
    *,
    table: str,
    key: Sequence[str],
    name: Callable[[Any], str],
    fields: Sequence[str] | None = None,
    leave: Sequence[str] = (),
    prune: bool = False,
    owner: Callable[[Any], Any] = lambda row: row,
) -> Changes:
    """Bring `stored` to what is `shipped`, matched by `key`, compared in `fields`: all columns but `leave`.

    A row whose `owner` (the row itself unless told) was reviewed is kept, and the difference is reported.
    With `prune`, rows no longer shipped go, unless reviewed; else they stay: orders may rest on them.
    """
    changes = Changes(table)
    before = {_key(row, key): row for row in stored}
    now = {_key(row, key): row for row in shipped}
    model = stored.model
    fields = list(fields or _columns(model, {*key, *leave}))
    fresh = [row for at, row in now.items() if at not in before and not _reviewed(row, owner)]
    stale = [
        _refresh(before[at], row, fields, name, owner, changes) for at, row in now.items() if at in before
    ]
    model._default_manager.bulk_create(fresh)
    model._default_manager.bulk_update([row for row in stale if row is not None], fields)
    changes.created = len(fresh)
    if prune:
        _prune([row for at, row in before.items() if at not in now], name, owner, changes)
    return changes


def _refresh(
    old: Any,
    new: Any,
    fields: Sequence[str],
    name: Callable[[Any], str],
    owner: Callable[[Any], Any],
    changes: Changes,
) -> Any | None:
    """The stored row with the shipped values, or None where it stays as it is."""
    differing = [one for one in fields if getattr(old, one) != getattr(new, one)]
    if not differing:
        changes.unchanged += 1
        return None
    line = f"{name(old)}: {', '.join(differing)}"
    if _reviewed(old, owner):
        changes.kept.append(line)
        return None
    for one in differing:
        setattr(old, one, getattr(new, one))
    changes.updated.append(line)
    return old


def _prune(
    gone: list[Any], name: Callable[[Any], str], owner: Callable[[Any], Any], changes: Changes
) -> None:
    for row in gone:
        if _reviewed(row, owner):
            changes.kept.append(f"{name(row)}: no longer shipped")
        else:
            changes.removed.append(name(row))
            row.delete()


def _columns(model: type[Model], besides: set[str]) -> list[str]:
    """What the file decides: neither the row's own id nor who reviewed it."""
    ours = {"id", "reviewed_by_id", "reviewed_on"} | besides
    return [field.attname for field in model._meta.concrete_fields if field.attname not in ours]


def _reviewed(row: Any, owner: Callable[[Any], Any]) -> bool:
    return getattr(owner(row), "reviewed_by_id", None) is not None


def _key(row: Model, key: Sequence[str]) -> Key:
    return tuple(getattr(row, one) for one in key)
