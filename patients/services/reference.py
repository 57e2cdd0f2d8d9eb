"""Load the vocabularies and the mapping tables. Safe to run again: what has not changed is left alone."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from django.db import models, transaction

from infusion_center.accounts.models import User
from infusion_center.audit import history
from patients.models import CodeMapping, Term
from patients.states import VocabularyKind

FOLDER = Path(__file__).resolve().parents[2] / "infusion_center" / "reference"
# Where the formulary keeps each vocabulary, and under which name the members.
_VOCABULARIES = [
    (VocabularyKind.CONDITION, "condition_tags", ""),
    (VocabularyKind.ALLERGY, "allergy_groups", "drug_ids"),
    (VocabularyKind.DRUG_GROUP, "external_drug_groups", "members"),
]

Reference = TypeVar("Reference", Term, CodeMapping)
Key = tuple[str, ...]


@dataclass
class Changes:
    """What a load did: the names of the rows made and changed, and how many stayed as they were."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: int = 0


def load_vocabulary(*, vocab: Mapping[str, Any], by: User | None, at: datetime) -> Changes:
    """The `vocab` of the formulary as Terms. Terms that left the formulary stay: old records name them."""
    wanted: dict[Key, dict[str, Any]] = {
        (kind.value, row["id"]): {
            "label": _label(row),
            "members": list(row.get(members) or []) if members else [],
        }
        for kind, name, members in _VOCABULARIES
        for row in vocab.get(name, [])
    }
    with transaction.atomic(), history.verb("vocabulary.loaded", by=by, at=at):
        return _sync(Term, ("kind", "term"), wanted)


def load_code_mappings(*, at: datetime, folder: Path = FOLDER) -> Changes:
    """`fhir_mapping.csv` (codes, words) and `home_medications.csv` (ingredients, brands, substances)."""
    rows = [*_code_rows(folder / "fhir_mapping.csv"), *_name_rows(folder / "home_medications.csv")]
    wanted: dict[Key, dict[str, Any]] = {
        (row["system"], row["code"], row["kind"]): {
            "terms": row.get("terms", "").split(";") if row.get("terms") else [],
            "ingredient": row.get("ingredient", ""),
            "note": row.get("note", ""),
        }
        for row in rows
    }
    with transaction.atomic(), history.verb("mapping.loaded", by=None, at=at):
        return _sync(CodeMapping, ("system", "code", "kind"), wanted)


def _sync(model: type[Reference], keys: tuple[str, ...], wanted: Mapping[Key, Mapping[str, Any]]) -> Changes:
    """Make and change rows as wanted. A row whose meaning changed is unreviewed again."""
    present = {tuple(getattr(row, key) for key in keys): row for row in model._default_manager.all()}
    new, changed, changes = [], [], Changes()
    for key, facts in wanted.items():
        row = present.get(key)
        if row is None:
            new.append(model(**dict(zip(keys, key, strict=True)), **facts))
            changes.created.append(" ".join(key))
        elif any(getattr(row, name) != value for name, value in facts.items()):
            _set(row, {**facts, "reviewed_by": None, "reviewed_on": None})
            changed.append(row)
            changes.updated.append(" ".join(key))
        else:
            changes.unchanged += 1
    model._default_manager.bulk_create(new)
    if changed:
        names = [*next(iter(wanted.values())), "reviewed_by", "reviewed_on"]
        model._default_manager.bulk_update(changed, names)
    return changes


def _set(row: models.Model, facts: Mapping[str, Any]) -> None:
    for name, value in facts.items():
        setattr(row, name, value)


def _label(row: Mapping[str, Any]) -> str:
    label = row.get("label") or row["id"].replace("_", " ")
    return label[:1].upper() + label[1:120]


def _code_rows(path: Path) -> Iterator[dict[str, str]]:
    """As they stand; several terms are parted by semicolons, since `other:TEXT` may have spaces."""
    yield from _rows(path)


def _name_rows(path: Path) -> Iterator[dict[str, str]]:
    """One line is up to three mappings: of the drug, of an allergy to it, of what taking it means."""
    for row in _rows(path):
        named = {"system": row["kind"], "code": row["name"], "note": row["note"]}
        if row["kind"] != "substance":
            groups = ";".join(row["groups"].split())
            yield {
                **named,
                "kind": VocabularyKind.DRUG_GROUP,
                "terms": groups,
                "ingredient": row["ingredient"],
            }
        if row["allergy"] or row["kind"] == "substance":
            yield {**named, "kind": VocabularyKind.ALLERGY, "terms": row["allergy"]}
        if row["conditions"]:
            yield {**named, "kind": VocabularyKind.CONDITION, "terms": row["conditions"]}


def _rows(path: Path) -> Iterable[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
