"""Who fits into a time that fell free? Minutes of one day, half-open; the caller knows the starts."""

from collections.abc import Iterable
from dataclasses import dataclass

from visits.rules.slots import Span

STEP = 15  # minutes: waste is told in quarters of an hour, so that the longest wait decides between equals


@dataclass(frozen=True)
class Fit:
    """Somebody who waits, the start that uses the time best, and how many of its minutes stay empty."""

    waiting: int
    start: int
    waste: int
    since: float


def best_start(starts: Iterable[int], *, minutes: int, freed: Span) -> tuple[int, int] | None:
    """(start, waste) of the start that leaves least of the freed time empty, the earliest of equals.

    Only a stay that touches the freed time counts: whoever fits elsewhere is not this task's. None: no fit.
    """
    begins, ends = freed
    used = ((start, min(start + minutes, ends) - max(start, begins)) for start in starts)
    touching = [(ends - begins - both, start) for start, both in used if both > 0]
    if not touching:
        return None
    waste, start = min(touching)
    return start, waste


def rank(fits: Iterable[Fit]) -> list[Fit]:
    """Least waste first, in quarters of an hour; then the longest wait."""
    return sorted(fits, key=lambda fit: (fit.waste // STEP, fit.since, fit.waiting))
