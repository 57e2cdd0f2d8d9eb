"""The product's own answers: series booked one by one as they were asked for, then the calls of the day."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from math import ceil

from benchmarks.seating import model
from benchmarks.seating.model import QUARTER, Call, Center, Day, Promise
from visits.rules import levelling, slots
from visits.rules.replay import Desk
from visits.rules.slots import Floor, Stay

HISTORY_DAYS = 28

Choose = Callable[[Floor, Promise, list[int]], int]  # a start for a series visit


@dataclass
class Served:
    """One day as it went: starts by call, who was refused on which floor, processor time of answers."""

    seated: dict[Call, int] = field(default_factory=dict)
    refused: list[tuple[Call, Floor]] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)


def as_asked(floor: Floor, promise: Promise, starts: list[int]) -> int:
    """The start nearest to the wish."""
    return min(starts, key=lambda start: (abs(start - promise.wished), start))


def levelled(near: int, usual: Sequence[levelling.Use]) -> Choose:
    """The start the product offers first, within so many minutes of the wish."""

    def choose(floor: Floor, promise: Promise, starts: list[int]) -> int:
        return levelling.rank(floor, promise.wish, starts, promise.wished, usual=usual, near=near)[0]

    return choose


def booked(center: Center, series: Sequence[Promise], choose: Choose) -> Floor:
    """The day as it is promised when it begins. Who finds no start is not booked."""
    floor = center.floor
    for promise in series:
        starts = list(slots.offered(floor, promise.wish, grid=QUARTER))
        if starts:
            floor = _with_stay(floor, choose(floor, promise, starts), promise.minutes, promise.load)
    return floor


@cache
def usual_calls(center: Center, load: float) -> tuple[levelling.Use, ...]:
    """What the site has seen: the chairs same-day callers held on four weeks of other days."""
    past = [model.day(center, load, -number) for number in range(1, HISTORY_DAYS + 1)]
    seated = [served(day, booked(center, day.series, as_asked)).seated for day in past]
    return tuple(
        (start, start + call.minutes + QUARTER, 1 / HISTORY_DAYS)
        for there in seated
        for call, start in there.items()
    )


def _with_stay(floor: Floor, start: int, minutes: int, load: int) -> Floor:
    stay = Stay(start, start + minutes, start + minutes + floor.turnover, load)
    return replace(floor, stays=(*floor.stays, stay))


def served(day: Day, floor: Floor) -> Served:
    """Every call answered as it comes, as `explain day` does."""
    desk, found = Desk(floor), Served()
    for key, call in enumerate(day.calls):
        before = desk.floor
        began = time.process_time()
        start = desk.answer(key, call.wish, now=ceil(call.called))
        found.milliseconds.append((time.process_time() - began) * 1000)
        if start is None:
            found.refused.append((call, before))
        else:
            found.seated[call] = start
    return found
