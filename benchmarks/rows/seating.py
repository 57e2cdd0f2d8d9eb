"""Same-day patients seated against the optimum of hindsight (OPT-fair), and whether a start was overlooked.

Days whose series list is booked as the product books it: visit by visit, near the wish, levelled.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.figures import Figure, mean, percentile
from benchmarks.seating import optimum, replaying, squeezing
from benchmarks.seating.many import over_days
from benchmarks.seating.model import Center, day
from visits.rules.levelling import NEAR

ROW = "seating"
DAYS_FULL, DAYS_QUICK = 60, 12
CENTERS = [Center(12, 4), Center(8, 3), Center(16, 5)]
# performance.md 4, row 6; measured there with 12 chairs and 4 nurses
GOALS = {0.7: 0.97, 0.9: 0.93, 1.1: 0.87, 1.3: 0.85}
POOR_DAY_GOALS = {0.9: 0.84, 1.1: 0.80}
DECISION_GOAL_MS, SQUEEZE_GOAL_MS = 1, 250
SQUEEZED_DAYS = 6  # of each center and load


@dataclass(frozen=True)
class Outcome:
    """One day. `overlooked`: refused although a start existed; milliseconds of a processor per answer.

    `squeezed`: for each refused call of some days, whether others could move, and milliseconds until known.
    """

    seated: int
    optimum: int
    overlooked: int
    milliseconds: list[float]
    squeezed: list[tuple[bool, float]]

    @property
    def ratio(self) -> float:
        return self.seated / self.optimum


def measure(*, quick: bool) -> list[Figure]:
    seeds = range(DAYS_QUICK if quick else DAYS_FULL)
    asked = [(center, load, seed) for center in CENTERS for load in GOALS for seed in seeds]
    outcomes = list(over_days(outcome, asked))
    at = dict(zip(asked, outcomes, strict=True))

    def found(center: Center, load: float) -> list[Outcome]:
        return [at[center, load, seed] for seed in seeds]

    return [
        *(figure for load in GOALS for figure in _of(CENTERS[0], load, found(CENTERS[0], load))),
        *(_ratio(c, load, found(c, load), None) for c in CENTERS[1:] for load in GOALS),
        Figure(ROW, "refusals where CP-SAT finds a start", sum(one.overlooked for one in outcomes), "", 0),
        _decision(outcomes),
        *_squeezes([one for outcome in outcomes for one in outcome.squeezed]),
    ]


def outcome(center: Center, load: float, seed: int) -> Outcome:
    one = day(center, load, seed)
    usual = replaying.usual_calls(center, load)
    floor = replaying.booked(center, one.series, replaying.levelled(NEAR, usual))
    served = replaying.served(one, floor)
    return Outcome(
        seated=len(served.seated),
        optimum=optimum.most_seated(floor, one.calls, served.seated),
        overlooked=sum(optimum.start_exists(there, call) for call, there in served.refused),
        milliseconds=served.milliseconds,
        squeezed=[
            squeezing.squeezed(there, call, series=len(floor.stays))
            for call, there in (served.refused if seed < SQUEEZED_DAYS else [])
        ],
    )


def _of(center: Center, load: float, outcomes: Sequence[Outcome]) -> list[Figure]:
    poor = percentile([one.ratio for one in outcomes], 10)
    seated, _ = mean([one.seated for one in outcomes])
    best, _ = mean([one.optimum for one in outcomes])
    what = f"{center}, load {load}"
    return [
        _ratio(center, load, outcomes, GOALS[load]),
        Figure(ROW, f"{what}: the same, p10 of days", poor, "", at_least=POOR_DAY_GOALS.get(load)),
        Figure(ROW, f"{what}: seated a day", seated, ""),
        Figure(ROW, f"{what}: optimum a day", best, ""),
    ]


def _ratio(center: Center, load: float, outcomes: Sequence[Outcome], goal: float | None) -> Figure:
    ratio, spread = mean([one.ratio for one in outcomes])
    what = f"{center}, load {load}: seated / optimum"
    return Figure(ROW, what, ratio, "", at_least=goal, give_or_take=spread)


def _squeezes(squeezed: Sequence[tuple[bool, float]]) -> list[Figure]:
    """Of callers for whom there was no start."""
    took = percentile([milliseconds for _, milliseconds in squeezed], 95)
    share = 100 * sum(way for way, _ in squeezed) / len(squeezed)
    return [
        Figure(ROW, "squeeze in: until a way or none is known, p95", took, "ms", SQUEEZE_GOAL_MS),
        Figure(ROW, f"squeeze in: of {len(squeezed)} refused, seated if all agree", share, "%"),
    ]


def _decision(outcomes: Sequence[Outcome]) -> Figure:
    took = [milliseconds for one in outcomes for milliseconds in one.milliseconds]
    return Figure(ROW, "one answer, of a processor, p95", percentile(took, 95), "ms", DECISION_GOAL_MS)
