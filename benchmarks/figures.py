"""Percentiles, ratios and goals: plain arithmetic."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Milliseconds of one piece of work. `least`: the quickest twentieth, when nothing is in the way."""

    p50: float
    p95: float
    least: float


@dataclass(frozen=True)
class Figure:
    """One line of the report. `at_most` is the goal; None: told for information."""

    row: str
    what: str
    value: float
    unit: str  # ms, x (a ratio), MB, queries, or what was counted
    at_most: float | None = None

    @property
    def verdict(self) -> str:
        if self.at_most is None:
            return ""
        return "met" if self.value <= self.at_most else "missed"


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that `share` percent of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("There is no percentile of nothing.")
    return ordered[max(1, math.ceil(len(ordered) * share / 100)) - 1]


def timing(milliseconds: Sequence[float]) -> Timing:
    return Timing(percentile(milliseconds, 50), percentile(milliseconds, 95), percentile(milliseconds, 5))


def best(rounds: Iterable[Timing]) -> Timing:
    """What the machine can do when nothing else disturbs it: the least of each over the rounds."""
    rounds = list(rounds)
    return Timing(
        p50=min(one.p50 for one in rounds),
        p95=min(one.p95 for one in rounds),
        least=min(one.least for one in rounds),
    )


def ratio(ours: float, partner: float) -> float:
    """How many times the partner's figure ours is. A partner of nothing compares with nobody."""
    if partner <= 0:
        raise ValueError("The partner's figure must be above zero.")
    return ours / partner
