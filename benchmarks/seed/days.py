"""Plans of a day: who sits where and when, in minutes from opening. Pure: no rows yet."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from visits.states import Status

OPEN_MINUTES = 600
TURNOVER = 15
STARTS_AT_ONCE, APART = 4, 15  # four nurses start four patients, the next four a quarter of an hour later
ENDS = [Status.DONE] * 88 + [Status.LEFT_EARLY] * 2 + [Status.CANCELLED] * 5  # of a hundred visits
ENDS += [Status.NO_SHOW] * 4 + [Status.LEFT]

LAST_PLACE = 150  # minutes from opening: 10:00, when one place is left
LAST_START = 450  # 15:00: from here on every chair is free on a day that is half booked


@dataclass(frozen=True)
class Sitting:
    """One visit. `chair` counts from 0; the chair is taken for `turnover` minutes more."""

    chair: int
    start: int
    minutes: int
    status: str = Status.BOOKED
    load: int = 3
    turnover: int = TURNOVER


def past(rng: random.Random, visits: int, chairs: int) -> Iterator[Sitting]:
    """A day that is over: nearly everybody was treated."""
    for chair, start, minutes, turnover, _ in _filled(rng, visits, chairs, OPEN_MINUTES):
        yield Sitting(chair, start, minutes, rng.choice(ENDS), turnover=turnover)


def running(rng: random.Random, visits: int, chairs: int) -> Iterator[Sitting]:
    """A day at noon: on every chair half were treated, one sits, one waits, the others are booked."""
    middle = visits // chairs // 2
    for chair, start, minutes, turnover, turn in _filled(rng, visits, chairs, OPEN_MINUTES):
        now = {middle: Status.IN_CHAIR, middle + 1: Status.ARRIVED}
        status = now.get(turn, Status.DONE if turn < middle else Status.BOOKED)
        yield Sitting(chair, start, minutes, status, turnover=turnover)


def booked(rng: random.Random, visits: int, chairs: int) -> Iterator[Sitting]:
    """A day ahead: everybody is booked, and the last two hours are free."""
    for chair, start, minutes, turnover, _ in _filled(rng, visits, chairs, OPEN_MINUTES - 120):
        yield Sitting(chair, start, minutes, turnover=turnover)


def half_booked(rng: random.Random, chairs: int) -> Iterator[Sitting]:
    """Four visits on every chair, over by LAST_START; there twelve more fit, four at a time."""
    for chair, start, minutes, turnover, _ in _filled(rng, 4 * chairs, chairs, LAST_START, stagger=0):
        yield Sitting(chair, start, minutes, turnover=turnover)


def free_starts(chairs: int) -> list[int]:
    """When those twelve may start."""
    return [LAST_START + APART * (place // STARTS_AT_ONCE) for place in range(chairs)]


def last_chair(chairs: int) -> list[Sitting]:
    """At LAST_PLACE every chair but one is taken."""
    return [Sitting(chair, LAST_PLACE - 60, 180) for chair in range(chairs - 1)]


def last_nurse(chairs: int) -> list[Sitting]:
    """Three chairs are free, and the four nurses, who carry 12 each, can carry 3 more."""
    return [Sitting(chair, LAST_PLACE - 60, 180, load=5) for chair in range(chairs - 3)]


def last_start(chairs: int) -> list[Sitting]:
    """Three of the four nurses start somebody at LAST_PLACE; nine chairs are free."""
    return [Sitting(chair, LAST_PLACE, 60) for chair in range(STARTS_AT_ONCE - 1)]


def _filled(
    rng: random.Random, visits: int, chairs: int, length: int, stagger: int = 2 * APART
) -> Iterator[tuple[int, int, int, int, int]]:
    """Chair, start, minutes, turnover and turn of visits spread evenly over the chairs, never overlapping."""
    width = (length - stagger) // (visits // chairs)
    turnover = min(TURNOVER, width // 4)
    for place in range(visits):
        turn, chair = divmod(place, chairs)
        late = chair * (stagger // APART + 1) // chairs * APART
        yield chair, turn * width + late, rng.randint(width // 2, width - turnover), turnover, turn
