"""A file of rows as a spreadsheet saves it: named columns, one thing a line; days and times as typed."""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time

from infusion_center.errors import DomainError

MOST_LINES = 1000
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_US = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_TIME = re.compile(r"(\d{1,2})(?::?(\d{2}))?(?::00)?\s*([ap]m)?", re.ASCII)


class NotAFile(DomainError):
    """No rows can be made of it at all."""


class NotUnderstood(DomainError):
    """One line is not clear."""


@dataclass(frozen=True)
class Line:
    """`number` as an editor counts, the line of names being 1; `text` as it stands there."""

    number: int
    text: str
    cells: Mapping[str, str]

    def get(self, *names: str) -> str:
        """The first cell under one of these names that is not empty."""
        return next((cell for name in names if (cell := self.cells.get(name, ""))), "")

    def need(self, *names: str) -> str:
        cell = self.get(*names)
        if not cell:
            raise NotUnderstood(f"The column “{names[0]}” is empty.")
        return cell


def read(text: str, *, needed: Iterable[str]) -> list[Line]:
    """Every line below the one that names the columns; empty ones are left out. Raises NotAFile."""
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not lines[0].strip():
        raise NotAFile("The file is empty.", field="file")
    if len(lines) > MOST_LINES + 2:
        raise NotAFile(f"More than {MOST_LINES} lines: bring it in parts.", field="file")
    split = max(",;\t", key=lines[0].count)
    names = [_name(cell) for cell in _cells(lines[0], split)]
    missing = [name for name in needed if name not in names]
    if missing:
        raise NotAFile(
            f"The first line names the columns; {', '.join(missing)} is missing there.", field="file"
        )
    return [
        Line(number, line, dict(zip(names, _cells(line, split), strict=False)))
        for number, line in enumerate(lines[1:], start=2)
        if line.strip(f" {split}")
    ]


def read_day(text: str) -> date:
    """`2026-11-27` or `11/27/2026`. Raises NotUnderstood."""
    try:
        if found := _ISO.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _US.fullmatch(text):
            return date(int(found[3]), int(found[1]), int(found[2]))
    except ValueError:
        pass
    raise NotUnderstood(f"“{text}” is no day: write 2026-11-27 or 11/27/2026.")


def read_time(text: str) -> time:
    """`7:30`, `0730`, `5 pm`, `5:30 PM`. Raises NotUnderstood."""
    found = _TIME.fullmatch(text.lower().replace(".", ""))
    try:
        if found is None or not (found[2] or found[3]):
            raise ValueError
        hour, half = int(found[1]), found[3]
        if half and not 1 <= hour <= 12:
            raise ValueError
        return time(hour % 12 + 12 * (half == "pm") if half else hour, int(found[2] or 0))
    except ValueError:
        raise NotUnderstood(f"“{text}” is no time: write 07:30 or 5:30 PM.") from None


def read_number(text: str, what: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 5):
        raise NotUnderstood(f"“{text}” is no number of {what}.")
    return int(text)


def _cells(line: str, split: str) -> list[str]:
    """One line is one row, whatever its quotes say: a quote that is not closed swallows no other line."""
    return [cell.strip() for cell in next(csv.reader([line], delimiter=split), [])]


def _name(cell: str) -> str:
    return re.sub(r"[^a-z]+", "_", cell.lower()).strip("_")
