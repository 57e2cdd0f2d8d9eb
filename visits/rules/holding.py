"""Hold parameters of a drug (formulary.json, monitoring.hold_if): when it is not started, or paused.

mmHg, breaths a minute, percent, steps of RASS. What depends on results (hcg, QTc, creatinine, a triptan) is
the safety rules'; what only the patient can tell is said to the nurse as what to watch for.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

# Tag to the field that is measured and its name in a sentence.
MEASURED = {
    "sbp": ("systolic", "systolic pressure"),
    "dbp": ("diastolic", "diastolic pressure"),
    "map": ("map", "mean pressure"),
    "hr": ("pulse", "pulse"),
    "resp_rate": ("breaths", "breathing rate"),
    "spo2": ("spo2", "SpO2"),
    "rass": ("rass", "RASS"),
}
OF_THE_RULES = ("hcg", "qtc", "creatinine", "triptan")
_TAG = re.compile(r"^(sbp|dbp|map|hr|resp_rate|spo2|rass)_(lt|gt)_(minus_)?(\d+)$")

Numbers = Mapping[str, int | Decimal | None]


def newest(rows: Iterable[Numbers]) -> dict[str, int | Decimal | None]:
    """The last of each number, from rows in the order they were taken. What was left out stays as it was."""
    found: dict[str, int | Decimal | None] = {}
    for row in rows:
        found |= {name: number for name, number in row.items() if number is not None}
    return found


def reasons(tags: Iterable[str], numbers: Numbers) -> list[str]:
    """What stands against the drug: `systolic pressure 84 is under 90`. See `not_measured` for the rest."""
    found = []
    for field, name, under, limit in _limits(tags):
        number = _number(field, numbers)
        if number is not None and (number < limit if under else number > limit):
            found.append(f"{name} {number} is {'under' if under else 'over'} {limit}")
    return found


def not_measured(tags: Iterable[str], numbers: Numbers) -> list[str]:
    """What a limit of the drug asks for and nobody has measured."""
    names = [name for field, name, _, _ in _limits(tags) if _number(field, numbers) is None]
    return list(dict.fromkeys(names))


def limits_said(tags: Iterable[str]) -> list[str]:
    """Every limit in words, for paper: `systolic pressure under 90`."""
    return [f"{name} {'under' if under else 'over'} {limit}" for _, name, under, limit in _limits(tags)]


def watch_for(tags: Iterable[str]) -> list[str]:
    """What is asked or seen: `ringing in the ears` has no number."""
    rest = (tag for tag in tags if not _TAG.match(tag) and not tag.startswith(OF_THE_RULES))
    return [tag.replace("_", " ") for tag in rest]


def _limits(tags: Iterable[str]) -> Iterable[tuple[str, str, bool, int]]:
    """Field, name, whether it is a lower limit, and the limit."""
    for tag in tags:
        if match := _TAG.match(tag):
            field, name = MEASURED[match[1]]
            limit = -int(match[4]) if match[3] else int(match[4])
            yield field, name, match[2] == "lt", limit


def _number(field: str, numbers: Numbers) -> int | Decimal | None:
    if field != "map":
        return numbers.get(field)
    systolic, diastolic = numbers.get("systolic"), numbers.get("diastolic")
    if systolic is None or diastolic is None:
        return None
    return round((systolic + 2 * diastolic) / 3)
