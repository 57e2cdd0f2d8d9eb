"""Days as they may come: who is booked ahead and would like to come when, and who calls. Fixed seeds."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from visits.rules.slots import Floor, Span, Wish

OPENS, CLOSES = 8 * 60, 17 * 60
QUARTER = 15
LUNCH = (11 * 60 + 30, 13 * 60 + 30)  # one nurse of three or more is away
NURSE_LOAD = 4
BOOKED_LOAD = 0.40  # share of all chair time that is promised before the day begins
LONG, HEAVY = 180, 2  # minutes and load of the visits nobody may turn away for the sake of the count


@dataclass(frozen=True)
class Kind:
    """A treatment: minutes in the chair, load on a nurse who carries 4, share in the mix."""

    name: str
    minutes: int
    load: int
    share: int


SAME_DAY = [
    Kind("push", 45, 1, 10),
    Kind("valproate and magnesium", 60, 1, 17),
    Kind("cocktail", 90, 1, 35),
    Kind("cocktail with fluids", 120, 1, 12),
    Kind("sedating", 120, 2, 8),
    Kind("dihydroergotamine", 180, 1, 8),
    Kind("lidocaine", 240, 2, 6),
    Kind("ketamine", 300, 2, 4),
]
SERIES = [
    Kind("antibody", 60, 1, 60),
    Kind("dihydroergotamine series", 180, 1, 25),
    Kind("lidocaine series", 240, 2, 8),
    Kind("ketamine series", 300, 2, 7),
]
# Calls come from 7:00 to 15:30; (from, until, how busy).
RATES = [(420, 480, 1.0), (480, 600, 2.0), (600, 720, 1.3), (720, 840, 1.0), (840, 930, 0.6)]
TRAVEL = [30, 30, 45, 60, 60, 90, 120]


@dataclass(frozen=True)
class Center:
    chairs: int
    nurses: int

    def __str__(self) -> str:
        return f"{self.chairs} chairs, {self.nurses} nurses"

    @property
    def floor(self) -> Floor:
        """Before anybody is there."""
        away: tuple[Span, ...] = (LUNCH,) if self.nurses >= 3 else ()
        shifts = ((OPENS, CLOSES),) * self.nurses
        return Floor(OPENS, CLOSES, self.chairs, shifts, away, NURSE_LOAD, QUARTER, QUARTER)


@dataclass(frozen=True)
class Promise:
    """A series visit, and the minute its patient would like to start."""

    minutes: int
    load: int
    wished: int

    @property
    def wish(self) -> Wish:
        return Wish(OPENS, CLOSES, self.minutes, self.load)


@dataclass(frozen=True)
class Call:
    """Somebody who calls at `called` and could be treated within the wish."""

    called: float
    wish: Wish

    @property
    def minutes(self) -> int:
        return self.wish.minutes

    @property
    def load(self) -> int:
        return self.wish.load


@dataclass(frozen=True)
class Day:
    center: Center
    load: float
    series: Sequence[Promise]
    calls: Sequence[Call]


def day(center: Center, load: float, seed: int) -> Day:
    """`load`: chair time asked for, of all there is. The same every time."""
    rng = random.Random(f"{center}, load {load}, day {seed}")
    return Day(center, load, list(_series(rng, center)), list(_calls(rng, center, load - BOOKED_LOAD)))


def _series(rng: random.Random, center: Center) -> Iterator[Promise]:
    """In the order they were booked. People ask for mornings."""
    left = BOOKED_LOAD * _chair_minutes(center)
    while left > 0:
        kind = _drawn(rng, SERIES)
        latest = CLOSES - OPENS - kind.minutes
        wished = int(rng.triangular(0, latest, 75)) // QUARTER * QUARTER
        yield Promise(kind.minutes, kind.load, OPENS + min(wished, latest))
        left -= kind.minutes + QUARTER


def _calls(rng: random.Random, center: Center, load: float) -> Iterator[Call]:
    """Callers who can be treated that day at all, as they call."""
    share = sum(kind.share for kind in SAME_DAY)
    mean = sum((kind.minutes + QUARTER) * kind.share for kind in SAME_DAY) / share
    busy = sum((until - since) * rate for since, until, rate in RATES)
    a_minute = load * _chair_minutes(center) / mean / busy
    for since, until, rate in RATES:
        called = since + rng.expovariate(a_minute * rate)
        while called < until:
            wish = _wish(rng, called, _drawn(rng, SAME_DAY))
            if wish.earliest + wish.minutes <= CLOSES:
                yield Call(called, wish)
            called += rng.expovariate(a_minute * rate)


def _wish(rng: random.Random, called: float, kind: Kind) -> Wish:
    """Travel first; some cannot come before late morning, some have to be out early."""
    earliest = max(OPENS, _next_quarter(called + rng.choice(TRAVEL)))
    if rng.random() < 0.15:
        earliest = max(earliest, OPENS + rng.randrange(8, 20) * QUARTER)
    latest_end = CLOSES
    if rng.random() < 0.25:
        latest_end = min(CLOSES, max(earliest + kind.minutes, OPENS + rng.randrange(24, 35) * QUARTER))
    return Wish(earliest, latest_end, kind.minutes, kind.load)


def _drawn(rng: random.Random, kinds: Sequence[Kind]) -> Kind:
    return rng.choices(kinds, [kind.share for kind in kinds])[0]


def _chair_minutes(center: Center) -> int:
    return center.chairs * (CLOSES - OPENS)


def _next_quarter(minute: float) -> int:
    return -(-int(minute) // QUARTER) * QUARTER
