"""Where to put a visit that is booked ahead, so that the day stays level for those who call that morning.

Levelling what is booked ahead is where the seats are (performance.md 2): a start near the wish at which
chairs and nurses are least in use, by whoever is booked and by the same-day callers who usually come then,
leaves the peaks to the latter. Those are never levelled themselves: they come as early as they can.
"""

from collections.abc import Iterable, Iterator
from itertools import accumulate

from visits.rules.slots import Floor, Wish

NEAR = 120  # minutes to either side of the wish that are still what was wished for
CALLERS = 2  # a caller's hour weighs double: they cannot come another day (docs/benchmarks.md, `levelling`)

Use = tuple[int, int, float]  # from, until, how much


def rank(
    floor: Floor,
    wish: Wish,
    starts: Iterable[int],
    wished: int | None,
    *,
    usual: Iterable[Use] = (),
    near: int = NEAR,
) -> list[int]:
    """The starts, best first: within `near` minutes of `wished` by how level the day stays, then by nearness.

    `usual`: chairs that same-day callers are seen to hold on such days. Without a wished minute any start is
    near. Equally level starts stand in order of nearness, then of time.
    """
    crowding = _Crowding(floor, wish, usual)

    def order(start: int) -> tuple[float, ...]:
        away = abs(start - wished) if wished is not None else 0
        return (1, away, start) if away > near else (0, crowding.at(start), away, start)

    return sorted(starts, key=order)


class _Crowding:
    """How full the chairs and the nurses' hands already are while a visit would be there."""

    def __init__(self, floor: Floor, wish: Wish, usual: Iterable[Use]):
        self.wish, self.end = wish, floor.closes + floor.turnover
        self.turnover = floor.turnover
        booked = [(stay.start, stay.chair_until, stay.chairs) for stay in floor.stays]
        callers = [(since, until, CALLERS * chairs) for since, until, chairs in usual]
        chairs = self._use([*booked, *callers])
        load = self._use((stay.start, stay.until, stay.load) for stay in floor.stays)
        there = [(since, until, floor.load_per_nurse) for since, until in floor.nurses]
        there += [(since, until, -floor.load_per_nurse) for since, until in floor.breaks]
        self.chairs = _sums(use / max(1, floor.chairs) for use in chairs)
        self.hands = _sums(use / max(1, can) for use, can in zip(load, self._use(there), strict=True))

    def at(self, start: int) -> float:
        """In minutes of a full center."""
        until = start + self.wish.minutes
        chairs = self.chairs[until + self.turnover] - self.chairs[start]
        return chairs + self.hands[until] - self.hands[start]

    def _use(self, changes: Iterable[Use]) -> Iterator[float]:
        """How much is in use on every minute of the day, the last turnover included."""
        steps = [0.0] * (self.end + 1)
        for since, until, amount in changes:
            if since < min(until, self.end):
                steps[max(0, since)] += amount
                steps[min(until, self.end)] -= amount
        return accumulate(steps[:-1])


def _sums(values: Iterable[float]) -> list[float]:
    """Running totals, so that any span is one subtraction."""
    return [0.0, *accumulate(values)]
