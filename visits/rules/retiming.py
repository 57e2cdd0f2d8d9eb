"""Making room by moving others: what may move how far, as plain values. `cp_sat` solves it, in a worker.

Nobody moves by themselves: what comes out is a proposal, and staff call the people before it is written.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from visits.rules.slots import Span

NOTICE = 60  # minutes before a promised start from which on its patient is on the way, and stays


@dataclass(frozen=True)
class Stop:
    """A visit that is to find a start within a window. `key` 0 is the one that wants in."""

    key: int
    earliest: int
    latest: int
    minutes: int
    load: int
    kind: str
    promised: int | None = None


@dataclass(frozen=True)
class Fixed:
    """A visit that stays where it is. `kind` None: it has no chair (overbooked)."""

    start: int
    until: int
    load: int
    kind: str | None


@dataclass(frozen=True)
class Puzzle:
    """A day as it stands, who may move, and who wants in. Minutes from local midnight."""

    new: Stop
    movable: tuple[Stop, ...]
    fixed: tuple[Fixed, ...]
    chairs: Mapping[str, int]
    nurses: tuple[Span, ...]
    breaks: tuple[Span, ...]
    load_per_nurse: int
    start_minutes: int
    turnover: int
    grid: int = 5


@dataclass(frozen=True)
class Way:
    """Where the new visit would start, and the new starts of those who move, by key."""

    start: int
    moves: Mapping[int, int]


@dataclass(frozen=True)
class Found:
    """`way` None: there is none if `proved`; else none was found in the time there was."""

    way: Way | None
    proved: bool = True


Solve = Callable[[Puzzle], Found]


def window(promised: int, *, minutes: int, may_move: int, now: int, opens: int, ends_by: int) -> Span | None:
    """The first and last minute a promised visit may start at; None: it stays.

    `ends_by`: closing, or when the patient has to leave.
    """
    if promised < now + NOTICE or may_move == 0:
        return None
    earliest = max(promised - may_move, now + NOTICE, opens)
    latest = min(promised + may_move, ends_by - minutes)
    return (earliest, latest) if earliest <= promised <= latest else None
