"""When the shelf wants a look again: fridges twice a day, controlled drugs at each shift."""

from datetime import datetime, timedelta

COUNT_EVERY = timedelta(hours=8)  # the length of a shift
READ_EVERY = timedelta(hours=6)


def is_due(*, last: datetime | None, day_began: datetime, every: timedelta, at: datetime) -> bool:
    """True before the first look of the day, and again once the last one is this long ago."""
    return last is None or last < day_began or at - last >= every
