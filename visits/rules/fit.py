"""Does the day fit? Waits by stage, what runs past closing, and when chairs or nurses are full. Minutes as in
`slots`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from visits.rules.slots import Span

SHORT, LONG = 15, 45  # minutes: the steps in which front desks measure waits (requirements.md, Ottehr)


@dataclass(frozen=True)
class Wait:
    """How long patients waited at one stage. No minutes: nobody got that far yet."""

    stage: str
    minutes: tuple[int, ...]

    @property
    def number(self) -> int:
        return len(self.minutes)

    @property
    def median(self) -> int | None:
        return round(median(self.minutes)) if self.minutes else None

    @property
    def longest(self) -> int | None:
        return max(self.minutes, default=None)

    def within(self, limit: int) -> int | None:
        """Percent of them who waited no longer than that."""
        if not self.minutes:
            return None
        return round(100 * sum(one <= limit for one in self.minutes) / len(self.minutes))

    @property
    def within_short(self) -> int | None:
        return self.within(SHORT)

    @property
    def within_long(self) -> int | None:
        return self.within(LONG)


@dataclass(frozen=True)
class Half:
    """Half an hour: chairs used and there are, by kind; nurses' load and what they can carry; starts."""

    minute: int
    chairs: tuple[tuple[str, int, int], ...]
    load: int
    capacity: int
    starts: int
    most_starts: int

    @property
    def percent(self) -> int | None:
        """Of the load that nurses on shift can carry; None: nobody is on shift."""
        return round(100 * self.load / self.capacity) if self.capacity else None

    @property
    def chairs_full(self) -> bool:
        return any(there and used >= there for _, used, there in self.chairs)

    @property
    def nurses_full(self) -> bool:
        return self.load > 0 and self.load >= self.capacity


def waited(stage: str, pairs: Iterable[tuple[int | None, int | None]]) -> Wait:
    """Minutes from one moment to the next, of everybody for whom both are known."""
    return Wait(
        stage,
        tuple(sorted(max(0, until - since) for since, until in pairs if None not in (since, until))),  # type: ignore[operator]
    )


def past_closing(ends: Iterable[int], closes: int) -> list[int]:
    """Minutes by which visits end after closing, the longest first."""
    return sorted((end - closes for end in ends if end > closes), reverse=True)


def stretches(halves: Sequence[Half], full: Iterable[bool]) -> list[Span]:
    """From when until when something is full, in minutes of the day."""
    found: list[Span] = []
    for half, is_full in zip(halves, full, strict=True):
        if is_full and found and found[-1][1] == half.minute:
            found[-1] = (found[-1][0], half.minute + 30)
        elif is_full:
            found.append((half.minute, half.minute + 30))
    return found
