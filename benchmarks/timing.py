"""The clock of the benchmarks."""

import time
from collections.abc import Callable, Iterable

from benchmarks.figures import Timing, best, timing

ROUNDS = 3
SPINS = 2_000_000
EXCHANGES, REST = 200, 0.0003  # seconds between two

Work = Callable[[], list[float]]  # does its work once over and says the milliseconds of each piece


def spin() -> float:
    """Milliseconds of a fixed piece of pure Python: how fast the machine is just now. The best of three."""
    return min(clocked(_spin) for _ in range(3))


def exchange(ask: Callable[[], object]) -> float:
    """Milliseconds until another process answers after both had a rest, p50: how fast they wake each other.

    On a machine that is a guest of another this doubles for minutes, while pure Python notices nothing.
    """

    def one() -> float:
        rested = time.perf_counter() + REST
        while time.perf_counter() < rested:
            pass
        return clocked(ask)

    return timing([one() for _ in range(EXCHANGES)]).p50


def clocked(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def each(work: Callable[..., object], inputs: Iterable[object]) -> list[float]:
    """Milliseconds of `work(input)` for every input."""
    return [clocked(lambda given=given: work(given)) for given in inputs]


def interleaved(**works: Work) -> dict[str, Timing]:
    """Every work in turn, three times round, the best of the rounds: a slow minute falls on all of them.

    Before the first round each runs once unmeasured.
    """
    for work in works.values():
        work()
    rounds: dict[str, list[Timing]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            rounds[name].append(timing(work()))
    return {name: best(timings) for name, timings in rounds.items()}


def _spin() -> int:
    total = 0
    for number in range(SPINS):
        total += number & 7
    return total
