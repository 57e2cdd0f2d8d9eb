"""The shipped reference data, read from files: `explain` has no database. The web process reads tables."""

import csv
import json
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from billing.rules.hcpcs import CodeRow
from billing.rules.identifiers import Diagnosis
from infusion_center.errors import DomainError

FILES = Path(__file__).resolve().parent.parent / "reference"
_source = [FILES / "formulary.json"]


class BadRules(DomainError):
    """The file named with `--rules` cannot be read."""


@lru_cache(maxsize=1)
def codes_by_drug() -> dict[str, tuple[CodeRow, ...]]:
    """Drug id -> its dated HCPCS rows."""
    return {drug["id"]: tuple(_code_row(row) for row in drug["hcpcs"]) for drug in document()["drugs"]}


@lru_cache(maxsize=1)
def names_by_drug() -> dict[str, str]:
    """Drug id -> its plain name, without the remark in brackets."""
    return {drug["id"]: drug["generic_name"].partition(" (")[0] for drug in document()["drugs"]}


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The formulary and its rules: the shipped file, or the one `read_from` named."""
    found: dict[str, Any] = _read(_source[-1])
    return found


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


def read_from(path: Path) -> None:
    """Answer for a center's own rows, as `export_reference` writes them. Raises BadRules."""
    try:
        found = _read(path)
    except (OSError, ValueError, RecursionError) as no:
        raise BadRules(f"{path}: {no}") from no
    if not isinstance(found, dict) or not isinstance(found.get("drugs"), list):
        raise BadRules(f"{path}: an object with drugs, interaction_rules and vocab is expected.")
    _source.append(path)
    for cached in (document, codes_by_drug, names_by_drug):
        cached.cache_clear()


def _code_row(row: dict[str, Any]) -> CodeRow:
    return CodeRow(
        code=row["code"],
        unit_amount=Decimal(row["unit_amount"]),
        unit=row["unit"],
        status=row["status"],
        effective_from=_day(row["effective_from"]),
        effective_to=_day(row["effective_to"]),
    )


@lru_cache(maxsize=1)
def dated_diagnoses() -> dict[str, tuple[date | None, date | None]]:
    """Code without point -> first and last day, for the few codes whose dates we know (`billing.md` 3)."""
    with (FILES / "icd10_effective.csv").open(encoding="utf-8", newline="") as rows:
        return {
            row["code"]: (_day(row["effective_from"]), _day(row["effective_to"]))
            for row in csv.DictReader(rows)
        }


def find_diagnosis(code: str) -> Diagnosis | None:
    """A code, without its point, in the release of simple_icd_10_cm: large, so imported only here."""
    import simple_icd_10_cm as release

    if len(code) < 3 or not release.is_valid_item(code) or not release.is_category_or_subcategory(code):
        return None
    first, last = dated_diagnoses().get(code, (None, None))
    return Diagnosis(billable=release.is_leaf(code), effective_from=first, effective_to=last)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
