"""Dates of a series: what is due when, in which window, and what an edit would do. Days, no clock, no Django.

The next dose is due `every` days after the day the last one was actually given (requirements G12), and may be
given from `early` days before that day to `late` days after it, both inclusive. An interval that is too short
is the payer's reason to deny (formulary, eptinezumab, `min_interval` 84 days): where two days are as good,
the later one is taken.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Literal

DAY = timedelta(days=1)
LOOK_ON = 14  # days ahead of today for a dose whose window has closed

Margins = tuple[int, int]  # days early, days late
Standing = Literal["ahead", "open", "late", "missed"]
Fate = Literal["redated", "kept", "outside", "released", "skipped", "ended"]


@dataclass(frozen=True)
class Window:
    """The day a dose is due, and the first and last day it may be given on."""

    due: date
    opens: date
    closes: date

    def holds(self, day: date) -> bool:
        return self.opens <= day <= self.closes

    def standing(self, today: date) -> Standing:
        """Ahead, open, past its due day but inside the window, or missed: the window has closed."""
        if today > self.closes:
            return "missed"
        if today > self.due:
            return "late"
        return "open" if today >= self.opens else "ahead"


@dataclass(frozen=True)
class Planned:
    """A dose still to come. `booked_on`: the day of its visit, which was promised to the patient."""

    number: int
    due: date
    booked_on: date | None = None


@dataclass(frozen=True)
class Consequence:
    """What an edit does to one dose."""

    number: int
    due: date
    becomes: date
    booked_on: date | None
    fate: Fate

    @property
    def touches_a_promise(self) -> bool:
        """A visit that was told to a patient changes, or no longer fits."""
        return self.booked_on is not None and self.fate != "kept"


def window(due: date, early: int, late: int) -> Window:
    return Window(due, due - early * DAY, due + late * DAY)


def after_dose(given_on: date, *, as_number: int, numbers: Iterable[int], every: int) -> dict[int, date]:
    """Due day by number once dose `as_number` was given that day. A skipped number keeps its interval.

    One that should have come before the dose just given comes after it, like the next.
    """
    return {number: given_on + every * max(1, number - as_number) * DAY for number in numbers}


def from_first(due: date, *, numbers: Sequence[int], every: int) -> dict[int, date]:
    """Due day by number when the first of these is due that day."""
    return {number: due + every * (number - numbers[0]) * DAY for number in numbers}


def shifted(planned: Iterable[Planned], by: timedelta) -> dict[int, date]:
    return {one.number: one.due + by for one in planned}


def days_by_wish(
    around: Window,
    *,
    today: date,
    is_open: Callable[[date], bool],
    wished: date | None = None,
    weekday: int | None = None,
) -> list[date]:
    """The days on which the dose may be given, best first: open ones inside the window, from today on.

    The wished weekday (0 = Monday) comes first, then what lies nearest to the wished or else the due day.
    When the window has closed, the next days that are open, soonest first.
    """
    first, last = max(around.opens, today), around.closes
    if last < today:
        first, last = today, today + LOOK_ON * DAY
    target = min(max(wished or around.due, first), last)
    days = [first + n * DAY for n in range((last - first).days + 1)]

    def worth(day: date) -> tuple[bool, int, bool]:
        return (weekday is not None and day.weekday() != weekday, abs((day - target).days), day < target)

    return sorted((day for day in days if is_open(day)), key=worth)


def consequences(
    planned: Sequence[Planned],
    due: Mapping[int, date],
    *,
    margins: Margins,
    were: Margins,
    release: bool = False,
) -> list[Consequence]:
    """What new due days and margins do to the doses still to come; what stays as it is is left out.

    A booked time stands: it still fits, or is outside the window from then on. With `release` those that do
    not fit any more are given back.
    """
    found = []
    for one in planned:
        becomes = due.get(one.number, one.due)
        fitted, fits = _fits(one, one.due, were), _fits(one, becomes, margins)
        fate: Fate = "redated" if one.booked_on is None else "kept"
        if not fits:
            fate = "released" if release else "outside"
        if becomes != one.due or fitted != fits or fate == "released":
            found.append(Consequence(one.number, one.due, becomes, one.booked_on, fate))
    return found


def _fits(one: Planned, due: date, margins: Margins) -> bool:
    """Its booked day lies in the window, or it has none."""
    return one.booked_on is None or window(due, *margins).holds(one.booked_on)


def mark(found: Sequence[Consequence]) -> str:
    """A short word for exactly these consequences: who agrees sends it back, so that nothing else is done."""
    return sha256(repr(sorted(found, key=lambda one: one.number)).encode()).hexdigest()[:16]
