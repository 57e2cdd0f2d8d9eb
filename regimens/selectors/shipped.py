"""The shipped file beside the center's rows: what a load would change if nobody had reviewed anything."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from patients.services.reference import terms_of
from regimens.rules.differences import Difference, differences
from regimens.selectors import rule_book
from regimens.states import BookKind

FILE = Path(__file__).resolve().parents[2] / "infusion_center" / "reference" / "formulary.json"
RECKONED = ("total_chair_minutes", "total_chair_minutes_without_optional", "infusion_minutes")


@dataclass(frozen=True)
class Differing:
    """A row that the center has and the file has otherwise."""

    kind: str
    code: str
    name: str
    stored: Any
    fields: tuple[Difference, ...]

    @property
    def kind_label(self) -> str:
        return str(BookKind(self.kind).label)


@dataclass(frozen=True)
class Comparison:
    """`new`: (kind, id) of rows that a load would bring in."""

    differing: tuple[Differing, ...]
    new: tuple[tuple[str, str], ...]


def row(kind: str, code: str) -> dict[str, Any] | None:
    return _rows(FILE).get(kind, {}).get(code)


def compare() -> Comparison:
    """Every kind of row, with a query each. A drug's switch is the center's own and not compared."""
    differing, new = [], []
    for kind, shipped in _rows(FILE).items():
        ours = {str(rule_book.row_of(kind, one)["id"]): one for one in rule_book.entries(kind)}
        new += [(str(BookKind(kind).label), code) for code in shipped if code not in ours]
        for code, stored in ours.items():
            if code in shipped and (found := _fields(kind, rule_book.row_of(kind, stored), shipped[code])):
                differing.append(Differing(kind, code, str(name_of(kind, stored)), stored, found))
    return Comparison(tuple(differing), tuple(new))


def name_of(kind: str, stored: Any) -> str:
    if kind == BookKind.RULE:
        return str(stored.row.get("title") or stored.code)
    return str(stored.label if kind in rule_book.VOCABULARY else stored.name)


def _fields(kind: str, ours: dict[str, Any], theirs: dict[str, Any]) -> tuple[Difference, ...]:
    """What was reckoned from the steps is no difference of its own."""
    besides = RECKONED if kind == BookKind.REGIMEN else ()
    return tuple(found for found in differences(ours, theirs) if found.place.replace(" ", "_") not in besides)


@lru_cache(maxsize=2)
def _rows(path: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """kind -> id -> row. The file is one release's and does not change under a running process."""
    document = json.loads(path.read_text(encoding="utf-8"))
    found: dict[str, dict[str, dict[str, Any]]] = {
        BookKind.DRUG: {one["id"]: one for one in document["drugs"]},
        BookKind.RULE: {one["id"]: one for one in document["interaction_rules"]},
        BookKind.REGIMEN: {one["id"]: one for one in document["regimens"]},
    }
    for term in terms_of(document["vocab"]):
        found.setdefault(term.kind, {})[term.term] = rule_book.term_row(term)
    return found
