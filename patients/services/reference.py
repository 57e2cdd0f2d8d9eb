"""Load the vocabularies and the mapping tables. Safe to run again; what a person reviewed stays."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from infusion_center.accounts.models import User
from infusion_center.audit import history
from infusion_center.shared.reference_sync import Changes, sync
from patients.models import CodeMapping, Term
from patients.states import VocabularyKind

FOLDER = Path(__file__).resolve().parents[2] / "infusion_center" / "reference"
# Where the formulary keeps each vocabulary, and under which name the members.
_VOCABULARIES = [
    (VocabularyKind.CONDITION, "condition_tags", ""),
    (VocabularyKind.ALLERGY, "allergy_groups", "drug_ids"),
    (VocabularyKind.DRUG_GROUP, "external_drug_groups", "members"),
    (VocabularyKind.CLASS_TAG, "class_tags", ""),
]


def load_vocabulary(*, vocab: Mapping[str, Any], by: User | None, at: datetime) -> Changes:
    """The `vocab` of the formulary as Terms. Terms that left the formulary stay: old records name them.

    What a person reviewed is never overwritten (reference_sync).
    """
    wanted = terms_of(vocab)
    with transaction.atomic(), history.verb("vocabulary.loaded", by=by, at=at):
        return sync(Term.objects.all(), wanted, table="vocabulary", key=["kind", "term"], name=str)


def terms_of(vocab: Mapping[str, Any]) -> list[Term]:
    """The `vocab` of a formulary as unsaved rows."""
    return [
        Term(
            kind=kind,
            term=row["id"],
            label=_label(row),
            members=list(row.get(members) or []) if members else [],
            row={key: value for key, value in row.items() if key not in ("id", "label", members)},
        )
        for kind, name, members in _VOCABULARIES
        for row in map(_row, vocab.get(name, []))
    ]


def load_code_mappings(*, at: datetime, folder: Path = FOLDER) -> Changes:
    """`fhir_mapping.csv` (codes, words) and `home_medications.csv` (ingredients, brands, substances)."""
    rows = [*_code_rows(folder / "fhir_mapping.csv"), *_name_rows(folder / "home_medications.csv")]
    wanted = [
        CodeMapping(
            system=row["system"],
            code=row["code"],
            kind=row["kind"],
            terms=row.get("terms", "").split(";") if row.get("terms") else [],
            ingredient=row.get("ingredient", ""),
            note=row.get("note", ""),
        )
        for row in rows
    ]
    with transaction.atomic(), history.verb("mapping.loaded", by=None, at=at):
        return sync(
            CodeMapping.objects.all(), wanted, table="code mappings", key=["system", "code", "kind"], name=str
        )


def _row(row: Any) -> Mapping[str, Any]:
    """Class tags are ids and nothing else."""
    return {"id": row} if isinstance(row, str) else row


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
