"""When could a visit start? Arithmetic over minutes of one day; chairs are counted, not named.

Minutes are whole and counted from any fixed moment of the day (the caller's: local midnight), half-open.
A set of minutes is a bit mask: bit m is minute m. A visit fits where three things last long enough
(design.md, Scheduling): a chair of its kind with its turnover, nurses' load, and one nurse for the start.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple

Span = tuple[int, int]
Change = tuple[int, int, int]  # from, until, by how much

HORIZON = 2 * 24 * 60  # past the end of any day: a turnover may run past closing


class Stay(NamedTuple):
    """Who is or will be there. `chair_until`: with turnover; `chairs` 0: holds none of the counted kind."""

    start: int
    until: int
    chair_until: int
    load: int
    chairs: int = 1


@dataclass(frozen=True)
class Floor:
    """What one kind of chair and the nurses offer. `nurses` are presences, `breaks` pauses in them."""

    opens: int
    closes: int
    chairs: int
    nurses: tuple[Span, ...]
    breaks: tuple[Span, ...] = ()
    load_per_nurse: int = 12
    start_minutes: int = 15
    turnover: int = 15
    stays: tuple[Stay, ...] = ()


@dataclass(frozen=True)
class Wish:
    """A visit asked for: not before `earliest`, over by `latest_end`, loading its nurse with `load`."""

    earliest: int
    latest_end: int
    minutes: int
    load: int


What = Literal["chairs", "chairs_long", "nurses", "starts", "nobody", "closing", "leaving"]


@dataclass(frozen=True)
class Why:
    """What is full, and until which minute; None: until it is too late to start."""

    what: What
    until: int | None


@dataclass(frozen=True)
class Room:
    """The minutes at which each resource can take the visit, and those from which it lasts long enough."""

    chair_now: int
    chair: int
    nurse: int
    start: int
    present: int

    @property
    def starts(self) -> int:
        return self.chair & self.nurse & self.start


def room_for(floor: Floor, wish: Wish) -> Room:
    """Where each resource alone would let this visit start."""
    presence = [(start, until, 1) for start, until in floor.nurses]
    presence += [(start, until, -1) for start, until in floor.breaks]
    chairs = [(s.start, s.chair_until, -s.chairs) for s in floor.stays]
    load = [(start, until, nurses * floor.load_per_nurse) for start, until, nurses in presence]
    load += [(s.start, s.until, -s.load) for s in floor.stays]
    starts = presence + [(s.start, s.start + floor.start_minutes, -1) for s in floor.stays]
    chair_now = minutes_with([(0, HORIZON, floor.chairs), *chairs], at_least=1)
    present = minutes_with(presence, at_least=1)
    return Room(
        chair_now=chair_now,
        chair=lasting(chair_now, wish.minutes + floor.turnover),
        nurse=lasting(minutes_with(load, at_least=wish.load) & present, wish.minutes),
        start=lasting(minutes_with(starts, at_least=1), floor.start_minutes),
        present=present,
    )


def feasible(floor: Floor, wish: Wish, room: Room | None = None) -> int:
    """The minutes at which the visit may start."""
    last = min(wish.latest_end, floor.closes) - wish.minutes
    return (room or room_for(floor, wish)).starts & between(max(wish.earliest, floor.opens), last + 1)


def offered(
    floor: Floor,
    wish: Wish,
    *,
    grid: int,
    chair_ends: Iterable[int] = (),
    seatable: Callable[[int], object] = lambda minute: True,
    room: Room | None = None,
) -> Iterator[int]:
    """Starts to tell a caller, earliest first: on minutes divisible by `grid`, between them only if none is.

    A start that the counts allow must also be `seatable` around those whose chair is fixed. Where it is so
    for some minutes, it is so for the first of a run, or for one at which a chair falls free (`chair_ends`):
    only those are tried off the grid. So nobody is refused for whom a start exists.
    `room`: what `room_for` says, where somebody has asked it already.
    """
    mask = feasible(floor, wish, room)
    told = False
    for minute in bits(mask & _every(grid)):
        if seatable(minute):
            told = True
            yield minute
    if not told:
        first_of_runs = mask & ~(mask << 1)
        falls_free = mask & sum(1 << minute for minute in set(chair_ends) if minute >= 0)
        yield from (minute for minute in bits(first_of_runs | falls_free) if seatable(minute))


def spread(starts: Iterable[int], *, limit: int, apart: int) -> list[int]:
    """`limit` starts to offer, in their order: the first always, others `apart` minutes from each other.

    Earliest fit is what seats most patients (performance.md 2); the others are there for the caller's day.
    """
    chosen: list[int] = []
    others: list[int] = []
    places: dict[int, int] = {}
    for place, start in enumerate(starts):
        places[start] = place
        (others if any(abs(start - one) < apart for one in chosen) else chosen).append(start)
        if len(chosen) == limit:
            return chosen
    return sorted(chosen + others[: limit - len(chosen)], key=places.__getitem__)


def why_not(floor: Floor, wish: Wish, room: Room | None = None) -> list[Why]:
    """What stands in the way of starting at the wished minute, and until when. Empty: nothing does."""
    minute = max(wish.earliest, floor.opens)
    if minute + wish.minutes > floor.closes:
        return [Why("closing", None)]
    if minute + wish.minutes > wish.latest_end:
        return [Why("leaving", None)]
    room, last = room or room_for(floor, wish), min(floor.closes, wish.latest_end) - wish.minutes
    found: list[Why] = []
    if not room.chair >> minute & 1:
        what: What = "chairs_long" if room.chair_now >> minute & 1 else "chairs"
        found.append(Why(what, _first(room.chair, minute, last)))
    if not room.present >> minute & 1:
        found.append(Why("nobody", _first(room.present, minute, last)))
    elif not room.nurse >> minute & 1:
        found.append(Why("nurses", _first(room.nurse, minute, last)))
    elif not room.start >> minute & 1:
        found.append(Why("starts", _first(room.start, minute, last)))
    return found


def minutes_with(changes: Iterable[Change], *, at_least: int) -> int:
    """The minutes at which the changes in force add up to at least this much."""
    steps = defaultdict(int, {0: 0, HORIZON: 0})
    for start, until, amount in changes:
        if start < until:
            steps[start] += amount
            steps[until] -= amount
    mask = total = 0
    since: int | None = None
    for minute in sorted(steps):
        total += steps[minute]
        if since is None:
            since = minute if total >= at_least else None
        elif total < at_least or minute >= HORIZON:
            mask |= between(max(0, since), min(minute, HORIZON))
            since = None
    return mask


def lasting(mask: int, minutes: int) -> int:
    """The minutes from which the mask holds for this long, by doubling."""
    held = 1
    while held < minutes:
        step = min(held, minutes - held)
        mask &= mask >> step
        held += step
    return mask


def between(start: int, until: int) -> int:
    """The mask of the minutes from `start` to before `until`."""
    return ((1 << until - start) - 1) << start if start < until else 0


@cache
def _every(grid: int) -> int:
    """The mask of the minutes that `grid` divides."""
    return sum(1 << minute for minute in range(0, HORIZON, grid))


def bits(mask: int) -> Iterator[int]:
    """The minutes of a mask in order."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _first(mask: int, minute: int, last: int) -> int | None:
    found = next(bits(mask >> minute), None)
    return None if found is None or minute + found > last else minute + found
