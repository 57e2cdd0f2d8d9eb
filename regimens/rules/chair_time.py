"""Minutes in the chair as data/formulary.json reckons them: set-up, steps with their overlaps, discharge.

A step starts `gap` minutes after every step it waits for has ended; a step that waits for none starts at
minute 0, so a concurrent bag of saline hides under the drugs. The visit lasts to the end of the last
infusion or of the last drug's own observation, whichever is later.
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass, replace

from infusion_center.errors import DomainError

SETUP_MINUTES, DISCHARGE_MINUTES = 15, 10  # of an order without a regimen; a regimen brings its own


class CannotPlan(DomainError):
    """Steps that wait for each other, or for a step that is not there."""


@dataclass(frozen=True)
class Run:
    """One step as time sees it. All numbers are minutes; `start_after` holds positions."""

    position: int
    minutes: int
    observation: int = 0
    start_after: tuple[int, ...] = ()
    gap: int = 0


@dataclass(frozen=True)
class Span:
    """Minutes from the first start to this step's start, its end, and the end of its observation."""

    start: int
    end: int
    watched_until: int


def run_times(runs: Iterable[Run]) -> dict[int, Span]:
    """When each step runs, by position. Raises CannotPlan."""
    waiting = {run.position: run for run in runs}
    done: dict[int, Span] = {}
    while waiting:
        ready = [run for run in waiting.values() if done.keys() >= set(run.start_after)]
        if not ready:
            raise CannotPlan("These steps wait for each other, or for a step that is not in the order.")
        for run in ready:
            done[run.position] = _span(run, done)
            del waiting[run.position]
    return dict(sorted(done.items()))


def _span(run: Run, done: dict[int, Span]) -> Span:
    start = max((done[before].end for before in run.start_after), default=0) + run.gap
    end = start + run.minutes
    return Span(start=start, end=end, watched_until=end + run.observation)


def without(runs: Iterable[Run], left_out: Set[int]) -> tuple[Run, ...]:
    """The steps that stay. Whoever waited for a step left out waits for what that step waited for."""
    by_position = {run.position: run for run in runs}
    return tuple(
        replace(run, start_after=_standing(run.start_after, by_position, left_out))
        for run in by_position.values()
        if run.position not in left_out
    )


def _standing(
    before: tuple[int, ...],
    by_position: dict[int, Run],
    left_out: Set[int],
    seen: frozenset[int] = frozenset(),
) -> tuple[int, ...]:
    found: list[int] = []
    for position in before:
        if position not in left_out:
            found.append(position)
        elif position in by_position and position not in seen:
            found += _standing(by_position[position].start_after, by_position, left_out, seen | {position})
    return tuple(dict.fromkeys(found))


def watched_until(runs: Iterable[Run]) -> int:
    """The minute at which the last infusion and the last observation are over. Raises CannotPlan."""
    return max((span.watched_until for span in run_times(runs).values()), default=0)


def chair_minutes(runs: Iterable[Run], setup: int, discharge: int, watched_at_least: int = 0) -> int:
    """Minutes from sitting down to leaving; a protocol may watch longer than its drugs. Raises CannotPlan."""
    return setup + max(watched_until(runs), watched_at_least) + discharge
