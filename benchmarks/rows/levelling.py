"""What levelling series visits is worth: same-day patients seated, levelled against booked as asked.

The same days, the same wishes; a series visit is laid visit by visit, within so many minutes of its wish.
"""

from collections.abc import Sequence

from benchmarks.figures import Figure, mean
from benchmarks.seating import replaying
from benchmarks.seating.many import over_days
from benchmarks.seating.model import Center, day

ROW = "levelling"
DAYS_FULL, DAYS_QUICK = 60, 12
CENTER, LOAD = Center(12, 4), 1.1
GOALS = {60: 1.035, 120: 1.06}  # performance.md 4, row 7, by minutes to either side of the wish

Seated = dict[int | None, int]  # same-day patients, by minutes around the wish; None: as asked


def measure(*, quick: bool) -> list[Figure]:
    days = range(DAYS_QUICK if quick else DAYS_FULL)
    found = list(over_days(seated, [(seed,) for seed in days]))
    return [
        *(_gain(near, found) for near in GOALS),
        *(_more(near, found) for near in GOALS),
        Figure(ROW, f"{CENTER}, load {LOAD}: as asked, a day", mean([one[None] for one in found])[0], ""),
    ]


def seated(seed: int) -> Seated:
    one, usual = day(CENTER, LOAD, seed), replaying.usual_calls(CENTER, LOAD)
    ways = {None: replaying.as_asked} | {near: replaying.levelled(near, usual) for near in GOALS}
    floors = {near: replaying.booked(CENTER, one.series, choose) for near, choose in ways.items()}
    return {near: len(replaying.served(one, floor).seated) for near, floor in floors.items()}


def _gain(near: int, found: Sequence[Seated]) -> Figure:
    times = sum(one[near] for one in found) / sum(one[None] for one in found)
    what = f"within {near} min of the wish: seated, levelled / as asked"
    return Figure(ROW, what, times, "x", at_least=GOALS[near])


def _more(near: int, found: Sequence[Seated]) -> Figure:
    more, spread = mean([one[near] - one[None] for one in found])
    return Figure(ROW, f"within {near} min: more patients a day", more, "", give_or_take=spread)
