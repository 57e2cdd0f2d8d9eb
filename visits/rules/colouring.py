"""Which chair for whom: interval colouring. Chairs are interchangeable until the patient has arrived.

If at no moment more visits overlap than there are chairs, a chair can be found for each by going through
them in order of start. Visits whose chair is fixed (arrived, seated) may lie in the way of that; then the
search steps back and tries another chair, so that a way is found whenever there is one.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

T = TypeVar("T")
STEPS = 20_000  # of stepping back, before giving up; days seen in practice need none


class Sitting(NamedTuple):
    """A visit's claim on a chair, turnover included. `chair` is the present one; `fixed` may not change."""

    key: int
    start: int
    until: int
    kind: str
    chair: int | None = None
    fixed: bool = False
    dim: bool = False


class Seat(NamedTuple):
    """A chair."""

    key: int
    kind: str
    dim: bool = False


def free_seat(new: Sitting, others: Sequence[Sitting], seats: Sequence[Seat]) -> int | None:
    """A chair for the new visit while everybody else stays: dim for who needs it, else not; closest fit."""
    taken = _by_chair(others)
    free = [seat for seat in seats if seat.kind == new.kind and not _clash(new, taken.get(seat.key, []))]
    if not free:
        return None
    return min(free, key=lambda seat: (seat.dim != new.dim, _idle_before(new, taken.get(seat.key, [])))).key


def seat(new: Sitting, others: Sequence[Sitting], seats: Sequence[Seat]) -> dict[int, int] | None:
    """A chair for the new visit, by key, and for those who change theirs for it. None: there is no way."""
    free = free_seat(new, others, seats)
    return {new.key: free} if free is not None else colour([*others, new], seats)


def put(mine: Sitting, others: Sequence[Sitting], seats: Sequence[Seat]) -> dict[int, int] | None:
    """Chairs for the others when this one sits in the chair it names; None where they cannot make room.

    Nobody moves where that chair is free; who is fixed there is not moved.
    """
    there = [other for other in others if other.chair == mine.chair]
    if not _clash(mine, there):
        return {}
    if _clash(mine, [other for other in there if other.fixed]):
        return None
    return colour([*others, mine._replace(fixed=True)], seats)


def colour(sittings: Sequence[Sitting], seats: Sequence[Seat]) -> dict[int, int] | None:
    """A chair for every visit that may change, by its key; None where there is no way.

    Sittings that are fixed stay. The others keep their chair where they can.
    """
    taken = _by_chair([s for s in sittings if s.fixed])
    movable = sorted((s for s in sittings if not s.fixed), key=lambda s: (s.start, s.until, s.key))
    return _Search(movable, seats, taken).run()


class _Search:
    """Depth first, in order of start; alike chairs are tried once."""

    def __init__(self, movable: list[Sitting], seats: Sequence[Seat], taken: Mapping[int, list[Sitting]]):
        self.movable = movable
        self.seats = seats
        self.fixed = taken
        self.free_from = {seat.key: 0 for seat in seats}
        self.found: dict[int, int] = {}
        self.steps = STEPS

    def run(self) -> dict[int, int] | None:
        return self.found if self._place(0) else None

    def _place(self, index: int) -> bool:
        if index == len(self.movable):
            return True
        sitting = self.movable[index]
        for seat in self._choices(sitting):
            self.steps -= 1
            if self.steps < 0:
                return False
            before = self.free_from[seat.key]
            self.free_from[seat.key], self.found[sitting.key] = sitting.until, seat.key
            if self._place(index + 1):
                return True
            self.free_from[seat.key] = before
        return False

    def _choices(self, sitting: Sitting) -> list[Seat]:
        free = [
            seat
            for seat in self.seats
            if seat.kind == sitting.kind
            and self.free_from[seat.key] <= sitting.start
            and not _clash(sitting, self.fixed.get(seat.key, []))
        ]
        free.sort(key=lambda seat: (seat.key != sitting.chair, seat.dim != sitting.dim, seat.key))
        return _one_of_each({self._future(seat, sitting.start): seat for seat in reversed(free)}, free)

    def _future(self, seat: Seat, minute: int) -> tuple[tuple[int, int], ...]:
        """What still lies ahead in this chair: two chairs with the same future are alike."""
        return tuple((s.start, s.until) for s in self.fixed.get(seat.key, []) if s.until > minute)


def _one_of_each(alike: Mapping[object, Seat], preferred: list[Seat]) -> list[Seat]:
    kept = set(alike.values())
    return [seat for seat in preferred if seat in kept]


def _by_chair(sittings: Sequence[Sitting]) -> dict[int, list[Sitting]]:
    taken: dict[int, list[Sitting]] = {}
    for sitting in sorted(sittings, key=lambda s: s.start):
        if sitting.chair is not None:
            taken.setdefault(sitting.chair, []).append(sitting)
    return taken


def _clash(new: Sitting, there: Sequence[Sitting]) -> bool:
    return any(s.start < new.until and new.start < s.until for s in there)


def _idle_before(new: Sitting, there: Sequence[Sitting]) -> int:
    """Minutes the chair would stand empty before the new visit: the closest fit leaves long gaps whole."""
    return min((new.start - s.until for s in there if s.until <= new.start), default=new.start)
