"""Times of a shift as people write them, by the site's wall clock, and the moments they are."""

import re
from datetime import date, datetime, time, timedelta

from infusion_center.errors import DomainError
from infusion_center.shared import clock

Wall = tuple[time, time]
Moments = tuple[datetime, datetime]

_TIME = r"(\d{1,2}):?(\d{2})"
_PAIR = re.compile(rf"{_TIME}\s*(?:-|–|to)\s*{_TIME}", re.ASCII)  # noqa: RUF001 - people type both dashes


class NotUnderstood(DomainError):
    """Words that are no times."""


def read_breaks(text: str) -> list[Wall]:
    """`12:00-12:30, 15:00-15:15`; empty: none. Raises NotUnderstood."""
    parts = [part.strip() for part in re.split(r"[,;]", text) if part.strip()]
    return [_pair(part) for part in parts]


def _pair(part: str) -> Wall:
    found = _PAIR.fullmatch(part)
    try:
        if found is None:
            raise ValueError
        hours = [int(one) for one in found.groups()]
        return time(hours[0], hours[1]), time(hours[2], hours[3])
    except ValueError:
        raise NotUnderstood(f"“{part}” is no break: write 12:00-12:30.", field="breaks") from None


def moments(day: date, starts: time, ends: time, zone: str) -> Moments:
    """From and to on that day; a time to at or before the time from is the next morning's."""
    later = day if ends > starts else day + timedelta(days=1)
    return clock.moment(day, starts, zone), clock.moment(later, ends, zone)


def breaks_within(day: date, starts: time, breaks: list[Wall], zone: str) -> list[Moments]:
    """Breaks of a shift that starts then: before its start means the next morning."""
    return [
        moments(day if begins >= starts else day + timedelta(days=1), begins, until, zone)
        for begins, until in breaks
    ]


def days_of(starts_at: datetime, ends_at: datetime, zone: str) -> list[date]:
    """Every local day of the span, which ends before `ends_at`."""
    first = clock.local_day(starts_at, zone)
    last = clock.local_day(max(starts_at, ends_at - timedelta(microseconds=1)), zone)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
