"""What is kept of a day for same-day calls, and until when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from infusion_center.places.models import Site
from visits.models import Reserve
from visits.selectors.day import Day
from visits.selectors.wanted import UNDECIDED_LOAD

# A column of the day (`day.one_day`).
KEPT = """(
    SELECT json_agg(json_build_array(starts, ends, places, chair_kind, released_days_before, released_at))
    FROM visits_reserve WHERE site_id = this.site AND weekday = this.weekday
)"""


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


def kept_on(day: Day, rows: Iterable[Sequence[Any]], *, at: datetime) -> tuple[Kept, ...]:
    """The places of that day that a request made at `at` may not have; on the day itself there are none.

    `rows`: what KEPT answered for the day.
    """
    if day.site.day_of(at) >= day.day:
        return ()
    kept = (_kept(day, *row) for row in rows)
    return tuple(one for one in kept if at < one.released_at)


def reserves_of(site: Site) -> list[Reserve]:
    """Every row of the site, as a week reads."""
    return list(Reserve.objects.filter(site=site).order_by("weekday", "starts", "pk"))


def _kept(
    day: Day, starts: str, ends: str, places: int, chair_kind: str, days_before: int, released_at: str
) -> Kept:
    def moment(on: date, wall: str) -> datetime:
        return day.site.moment(on, time.fromisoformat(wall))

    return Kept(
        starts=day.minute(moment(day.day, starts)),
        ends=day.minute(moment(day.day, ends)),
        places=places,
        chair_kind=chair_kind,
        released_at=moment(day.day - timedelta(days=days_before), released_at),
    )
