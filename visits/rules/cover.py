"""Who is booked and would have no nurse. Minutes as in `slots`."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Literal

from visits.rules.slots import Floor, Stay

Short = Literal["nobody", "load", "starts"]


@dataclass(frozen=True)
class Gap:
    """From when until when what is short, how many visits it touches, and the worst of it.

    `asked` and `there`: load, or for starts how many begin and how many nurses there are.
    """

    short: Short
    start: int
    until: int
    visits: int
    asked: int
    there: int


@dataclass(frozen=True)
class _Moment:
    start: int
    until: int
    short: Short | None
    asked: int
    there: int


def gaps(floor: Floor, *, since: int = 0) -> list[Gap]:
    """Where the visits of this floor ask for more than its nurses carry, from the minute `since` on."""
    found = []
    for short, together in groupby(_moments(floor), key=lambda one: one.short):
        run = list(together)
        start, until = run[0].start, run[-1].until
        if short is not None and until > since:
            worst = max(run, key=lambda one: one.asked - one.there)
            touched = _touched(floor.stays, start, until, floor.start_minutes if short == "starts" else None)
            found.append(Gap(short, start, until, touched, worst.asked, worst.there))
    return found


def _moments(floor: Floor) -> Iterator[_Moment]:
    """The day cut at every minute at which anything changes."""
    cuts = {minute for span in (*floor.nurses, *floor.breaks) for minute in span}
    for stay in floor.stays:
        cuts |= {stay.start, stay.until, stay.start + floor.start_minutes}
    for start, until in pairwise(sorted(cuts)):
        there = _count(floor.nurses, start) - _count(floor.breaks, start)
        load = sum(stay.load for stay in floor.stays if stay.start <= start < stay.until)
        begun = sum(stay.start <= start < stay.start + floor.start_minutes for stay in floor.stays)
        carried = there * floor.load_per_nurse
        if load and not there:
            yield _Moment(start, until, "nobody", load, 0)
        elif load > carried:
            yield _Moment(start, until, "load", load, carried)
        elif begun > there:
            yield _Moment(start, until, "starts", begun, there)
        else:
            yield _Moment(start, until, None, 0, 0)


def _count(spans: Iterable[tuple[int, int]], minute: int) -> int:
    return sum(start <= minute < until for start, until in spans)


def _touched(stays: Sequence[Stay], start: int, until: int, only_first: int | None) -> int:
    """Visits there at some minute of it; of starts, those that begin in it."""
    ends = ((stay.start, stay.start + only_first if only_first else stay.until) for stay in stays)
    return sum(begins < until and start < ends_at for begins, ends_at in ends)
