"""A row of the rule book read out: every value beside where it is known from, conditions explained."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from regimens.book_forms import Blank, Rows, Section, at
from regimens.rules.safety.expressions import FUNCTIONS, NAMES, meaning_of
from regimens.selectors.formulary import Mark, mark_of

WORD = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Said:
    """One value with its label."""

    label: str
    value: str
    prose: bool
    code: bool


@dataclass(frozen=True)
class SaidLine:
    """One line of a list. `note`: it reckons nothing."""

    values: tuple[Said, ...]
    mark: Mark | None
    note: bool


@dataclass(frozen=True)
class SaidRows:
    label: str
    lines: tuple[SaidLine, ...]


@dataclass(frozen=True)
class Part:
    """One section as it is read."""

    section: Section
    values: tuple[Said, ...]
    marks: tuple[tuple[str, Mark], ...]
    rows: tuple[SaidRows, ...]
    silent: tuple[str, ...]


def part(section: Section, row: dict[str, Any], sources: dict[str, Any]) -> Part:
    """What the section says of the row; labels of what it does not say stand apart."""
    own = tuple(one for one in section.blanks if one.path not in ("confidence", "sources", "provenance_note"))
    marks = [(key.replace("_", " "), at(row, f"provenance.{key}")) for key in section.marks]
    if len(own) < len(section.blanks):
        marks.append(("this row", row))
    return Part(
        section=section,
        values=_said(own, row),
        marks=tuple((key, mark_of(mark, sources)) for key, mark in marks if mark),
        rows=tuple(SaidRows(one.label, _lines(one, row, sources)) for one in section.rows),
        silent=tuple(one.label for one in own if one.shown(row) in ("–", "no")),
    )


def conditions(section: Section, row: dict[str, Any]) -> Iterator[str]:
    """Every condition in this part of the row."""
    asked = [(section.blanks, row)] + [
        (rows.blanks, line) for rows in section.rows for line in rows.lines(row)
    ]
    for blanks, place in asked:
        for blank in blanks:
            found = at(place, blank.path)
            if blank.kind == "condition" and found:
                yield str(found)
            elif blank.kind == "adjusted":
                yield from (one["when"] for one in found or [])


def asks_conditions(section: Section) -> bool:
    blanks = [*section.blanks, *(blank for rows in section.rows for blank in rows.blanks)]
    return any(blank.kind in ("condition", "adjusted") for blank in blanks)


def meanings(texts: Iterator[str], labels: dict[str, str]) -> list[tuple[str, str]]:
    """Each name that the conditions use, with what it says. `labels`: of the conditions of the vocabulary."""
    used = frozenset(word for text in texts for word in WORD.findall(re.sub(r"'[^']*'", "", text)))
    return sorted(meaning_of(used, labels).items())


def closed_list() -> list[tuple[str, str]]:
    """The names and functions a condition may use."""
    names = [(name, said) for name, (_, said) in NAMES.items()]
    return names + [(f"{name}({', '.join(wanted)})", said) for name, (wanted, _, said) in FUNCTIONS.items()]


def _said(blanks: tuple[Blank, ...], row: Any) -> tuple[Said, ...]:
    return tuple(
        Said(one.label, value, one.prose, one.kind in ("condition", "adjusted"))
        for one in blanks
        if (value := one.shown(row)) not in ("–", "no")
    )


def _lines(rows: Rows, row: dict[str, Any], sources: dict[str, Any]) -> tuple[SaidLine, ...]:
    return tuple(
        SaidLine(
            values=_said(rows.blanks, line),
            mark=mark_of(line, sources) if rows.marked else None,
            note=bool(rows.needs) and line.get(rows.needs) is None,
        )
        for line in rows.lines(row)
    )
