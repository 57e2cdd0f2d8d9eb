"""Fixed times. The site is in America/Chicago; 20 November 2026 is a Friday, in winter time (UTC-6)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CHICAGO = ZoneInfo("America/Chicago")
FRIDAY = date(2026, 11, 20)


def at(hour: int, minute: int = 0, *, day: date = FRIDAY) -> datetime:
    """A moment by the site's wall clock, in UTC."""
    return datetime.combine(day, time(hour, minute), tzinfo=CHICAGO).astimezone(UTC)


SEVEN, EIGHT, NINE, TEN, ELEVEN, NOON = (at(hour) for hour in (7, 8, 9, 10, 11, 12))
MINUTE = timedelta(minutes=1)
