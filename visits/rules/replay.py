"""A day of calls, each answered as it comes by the scheduler of the product: `slots` and `colouring`.

`explain day` and the benchmarks ask it. A desk knows only what was booked and asked so far, and an answer is
final: a start never moves, a chair may until the patient is there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from visits.rules import colouring, slots
from visits.rules.slots import Floor, Stay, Wish

GRID = 5  # minutes; as the product offers
KIND = "chair"


@dataclass
class Desk:
    """One site's day as it fills. `floor` counts, `sittings` have chairs 1 to `floor.chairs`, by key."""

    floor: Floor
    grid: int = GRID
    sittings: dict[int, colouring.Sitting] = field(default_factory=dict)

    @property
    def seats(self) -> list[colouring.Seat]:
        return [colouring.Seat(number, KIND) for number in range(1, self.floor.chairs + 1)]

    def promise(self, booked: Sequence[tuple[int, int, int, int]]) -> None:
        """Lay what was booked before: (key, start, minutes, load). Who finds no chair has none."""
        for key, start, minutes, load in sorted(booked, key=lambda one: (one[1], one[0])):
            sitting = self._place(start, minutes, load, key)
            chair = colouring.free_seat(sitting, list(self.sittings.values()), self.seats)
            if chair is not None:
                self.sittings[key] = sitting._replace(chair=chair)

    def answer(self, key: int, wish: Wish, *, now: int) -> int | None:
        """The start this caller is told at minute `now`, or None: there is none in the whole day."""
        wish = replace(wish, earliest=max(wish.earliest, now))
        start = next(slots.offered(self.floor, wish, grid=self.grid), None)
        if start is not None:
            others = [one._replace(fixed=one.start <= now) for one in self.sittings.values()]
            new = self._place(start, wish.minutes, wish.load, key)
            chairs = colouring.seat(new, others, self.seats) or {}
            self.sittings[key] = new
            self.sittings |= {who: self.sittings[who]._replace(chair=chair) for who, chair in chairs.items()}
        return start

    def _place(self, start: int, minutes: int, load: int, key: int) -> colouring.Sitting:
        """Count the visit in."""
        until = start + minutes + self.floor.turnover
        stay = Stay(start, start + minutes, until, load)
        self.floor = replace(self.floor, stays=(*self.floor.stays, stay))
        return colouring.Sitting(key, start, until, KIND)
