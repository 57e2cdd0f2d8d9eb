"""What is kept of a day for same-day calls, and until when. One query, none for today."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from infusion_center.places.models import Site
from visits.models import Reserve
from visits.selectors.day import Day
from visits.selectors.wanted import UNDECIDED_LOAD


@dataclass(frozen=True)
class Kept:
    """So many places of a kind, in minutes of the day. `load`: what the usual same-day visit loads."""

    starts: int
    ends: int
    places: int
    chair_kind: str
    released_at: datetime
    load: int = UNDECIDED_LOAD

    def words(self, day: Day) -> str:
        """`13:00 to 15:00 is kept for same-day calls until Thu 16:00.`"""
        since, until = (day.wall(day.moment(minute)) for minute in (self.starts, self.ends))
        released = self.released_at.astimezone(day.site.zoneinfo)
        return f"{since} to {until} is kept for same-day calls until {released:%a %d %b %H:%M}."


def kept_on(day: Day, *, at: datetime) -> tuple[Kept, ...]:
    """The places of that day that a request made at `at` may not have; on the day itself there are none."""
    if day.site.day_of(at) >= day.day:
        return ()
    kept = (_kept(row, day) for row in Reserve.objects.filter(site=day.site, weekday=day.day.weekday()))
    return tuple(one for one in kept if at < one.released_at)


def reserves_of(site: Site) -> list[Reserve]:
    """Every row of the site, as a week reads."""
    return list(Reserve.objects.filter(site=site).order_by("weekday", "starts", "pk"))


def _kept(row: Reserve, day: Day) -> Kept:
    released_on = day.day - timedelta(days=row.released_days_before)
    return Kept(
        starts=day.minute(day.site.moment(day.day, row.starts)),
        ends=day.minute(day.site.moment(day.day, row.ends)),
        places=row.places,
        chair_kind=row.chair_kind,
        released_at=day.site.moment(released_on, row.released_at),
    )
