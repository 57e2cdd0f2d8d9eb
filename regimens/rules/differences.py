"""Where two rows differ, field by field, in words short enough for a table."""

from dataclasses import dataclass
from typing import Any

# What names a row of a list, so that it is compared with its like and not with its neighbour.
NAMES = ("tag", "code", "order", "kind", "strength", "method")


@dataclass(frozen=True)
class Difference:
    """`place` as a person reads it: `contraindications, asthma, severity`."""

    place: str
    old: str
    new: str


def differences(old: Any, new: Any, place: str = "") -> list[Difference]:
    """Every field that differs; keys that say nothing on both sides are the same."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            found
            for key in [*old, *(key for key in new if key not in old)]
            for found in differences(old.get(key), new.get(key), f"{place}, {key}" if place else str(key))
        ]
    if _listed(old) or _listed(new):
        return differences(_by_name(old), _by_name(new), place)
    if old == new or (_empty(old) and _empty(new)):
        return []
    return [Difference(place.replace("_", " "), shown(old), shown(new))]


def shown(value: Any) -> str:
    """A value as a person reads it; an en dash where there is none."""
    if isinstance(value, dict):
        return "; ".join(
            f"{key.replace('_', ' ')} {shown(one)}" for key, one in value.items() if not _empty(one)
        )
    if isinstance(value, list):
        return ", ".join(shown(one) for one in value) or "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value in (None, "") else str(value)


def _empty(value: Any) -> bool:
    return value is None or value in ("", [], {}, False)


def _listed(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(one, dict) for one in value)


def _by_name(rows: Any) -> dict[str, Any]:
    """The rows of a list under a name each; the second of a name says so."""
    named: dict[str, Any] = {}
    for number, row in enumerate(rows or [], start=1):
        name = next((str(row[key]) for key in NAMES if row.get(key)), str(number))
        named[name if name not in named else f"{name} {number}"] = row
    return named
