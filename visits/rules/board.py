"""Laying a day out in columns of five minutes. Minutes as in `slots`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from visits.rules.slots import Change, Span

T = TypeVar("T")

COLUMN = 5  # minutes
NARROWEST = 3  # columns: 15 minutes still show a name
WIDE = 15  # columns


@dataclass(frozen=True)
class Patience:
    """A site's minutes: in the waiting room, in the chair until the first drug, beyond the planned end."""

    waiting: int
    first_drop: int
    over: int


def overdue(
    patience: Patience, *, waits: int | None = None, sits: int | None = None, started: bool, over: int = 0
) -> str:
    """What takes too long, in words; empty while nothing does. Minutes; None: not in that stage."""
    if waits is not None and waits > patience.waiting:
        return f"waits {waits} min"
    if sits is not None and not started and sits > patience.first_drop:
        return f"nothing given for {sits} min"
    if sits is not None and over > patience.over:
        return f"{over} min over"
    return ""


@dataclass(frozen=True)
class Box(Generic[T]):
    """`span` columns of a row: something, or empty time (`thing` None)."""

    span: int
    thing: T | None = None

    @property
    def wide(self) -> bool:
        """Wide enough for a full name."""
        return self.span >= WIDE


def whole_hours(spans: Iterable[Span]) -> Span:
    """From the full hour before the first to the one after the last; eight to five for an empty day."""
    everything = list(spans) or [(8 * 60, 17 * 60)]
    first, last = min(span[0] for span in everything), max(span[1] for span in everything)
    return first // 60 * 60, -(-last // 60) * 60


def lanes(things: Sequence[tuple[int, int, T]], *, starts: int, ends: int) -> list[list[Box[T]]]:
    """One chair's day as rows of boxes that fill them; things that overlap go one below the other.

    A thing is (from, until, what). One row at least, even for a chair nobody has. Nothing is drawn
    narrower than a name.
    """
    last = (ends - starts) // COLUMN
    rows: list[list[Box[T]]] = [[]]
    filled = [0]
    for start, until, thing in sorted(things, key=lambda item: item[:2]):
        begin = max(0, min((start - starts) // COLUMN, last - NARROWEST))
        finish = min(last, max(begin + NARROWEST, -(-(until - starts) // COLUMN)))
        lane = next((n for n, until_column in enumerate(filled) if until_column <= begin), len(rows))
        if lane == len(rows):
            rows.append([])
            filled.append(0)
        rows[lane] += _gap(begin - filled[lane]) + [Box(finish - begin, thing)]
        filled[lane] = finish
    return [boxes + _gap(last - until) for boxes, until in zip(rows, filled, strict=True)]


def _gap(span: int) -> list[Box[T]]:
    return [Box(span)] if span else []


def highest(changes: Iterable[Change], *, starts: int, ends: int, step: int) -> list[int]:
    """The highest total in each step of this many minutes."""
    per_column = [0] * ((ends - starts) // COLUMN + 1)
    for start, until, amount in changes:
        per_column[_column(start, starts, ends)] += amount
        per_column[_column(until, starts, ends)] -= amount
    total, totals = 0, []
    for change in per_column[:-1]:
        total += change
        totals.append(total)
    width = step // COLUMN
    return [max(totals[at : at + width]) for at in range(0, len(totals), width)]


def _column(minute: int, starts: int, ends: int) -> int:
    return (min(max(minute, starts), ends) - starts) // COLUMN
