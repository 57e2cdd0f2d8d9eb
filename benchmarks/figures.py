"""Percentiles, ratios and goals: plain arithmetic."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# A ratio may be so much above its goal on a machine that others share (performance.md 4, gate rule).
NOISE = 1.25


@dataclass(frozen=True)
class Timing:
    """Milliseconds of one piece of work. `least`: the quickest twentieth, when nothing is in the way."""

    p50: float
    p95: float
    least: float


@dataclass(frozen=True)
class Figure:
    """One line of the report. `at_most` or `at_least` is the goal; neither: told for information.

    `give_or_take`: half of the 95 % interval of a mean.
    """

    row: str
    what: str
    value: float
    unit: str  # ms, x (a ratio), MB, queries, or what was counted
    at_most: float | None = None
    at_least: float | None = None
    give_or_take: float | None = None

    @property
    def verdict(self) -> str:
        if self.at_most is None and self.at_least is None:
            return ""
        if self._is_met(self.value):
            return "met"
        if self.unit == "x" and self._is_met(self.value / NOISE):
            return "missed, within the noise"
        if self.give_or_take and self._is_met(self.value + self.give_or_take):
            return "missed, within its interval"
        return "missed"

    def _is_met(self, value: float) -> bool:
        above = self.at_least is None or value >= self.at_least
        below = self.at_most is None or value <= self.at_most
        return above and below


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that `share` percent of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("There is no percentile of nothing.")
    return ordered[max(1, math.ceil(len(ordered) * share / 100)) - 1]


def mean(values: Sequence[float]) -> tuple[float, float]:
    """The mean, and half of its 95 % interval (normal approximation)."""
    middle = sum(values) / len(values)
    if len(values) < 2:
        return middle, math.inf
    variance = sum((value - middle) ** 2 for value in values) / (len(values) - 1)
    return middle, 1.96 * math.sqrt(variance / len(values))


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
