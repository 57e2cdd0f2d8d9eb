"""Squeeze in, asked for each refused call: could it be seated by moving series visits that are still ahead?

Callers were told a time minutes ago and stay; a series visit may move by an hour, if it is not due in one.
"""

import time
from math import ceil

from benchmarks.seating.model import Call
from visits.rules.cp_sat import solve
from visits.rules.retiming import Fixed, Puzzle, Stop, window
from visits.rules.slots import Floor, Stay

MAY_MOVE = 60
SECONDS = 0.2  # as the product's default
KIND = "chair"


def squeezed(floor: Floor, call: Call, *, series: int) -> tuple[bool, float]:
    """Whether there is a way, and the milliseconds until that is known. The first `series` stays may move."""
    asked = puzzle(floor, call, series=series)
    began = time.perf_counter()
    found = solve(asked, seconds=SECONDS)
    return found.way is not None, (time.perf_counter() - began) * 1000


def puzzle(floor: Floor, call: Call, *, series: int) -> Puzzle:
    now = ceil(call.called)
    stops = [_stop(key, stay, floor, now) for key, stay in enumerate(floor.stays[:series], start=1)]
    staying = [stay for stop, stay in zip(stops, floor.stays, strict=False) if stop is None]
    staying += floor.stays[series:]
    latest = min(call.wish.latest_end, floor.closes) - call.minutes
    return Puzzle(
        new=Stop(0, max(call.wish.earliest, now), latest, call.minutes, call.load, KIND),
        movable=tuple(stop for stop in stops if stop),
        fixed=tuple(Fixed(stay.start, stay.until, stay.load, KIND) for stay in staying),
        chairs={KIND: floor.chairs},
        nurses=floor.nurses,
        breaks=floor.breaks,
        load_per_nurse=floor.load_per_nurse,
        start_minutes=floor.start_minutes,
        turnover=floor.turnover,
    )


def _stop(key: int, stay: Stay, floor: Floor, now: int) -> Stop | None:
    minutes = stay.until - stay.start
    span = window(
        stay.start, minutes=minutes, may_move=MAY_MOVE, now=now, opens=floor.opens, ends_by=floor.closes
    )
    return span and Stop(key, *span, minutes, stay.load, KIND, stay.start)
