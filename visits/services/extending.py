"""A visit stays longer than booked: its order has grown, or somebody says so. The start never moves."""

from datetime import datetime, timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from infusion_center.accounts.models import User
from infusion_center.errors import Conflict, DomainError
from visits.models import Visit
from visits.selectors.availability import open_day
from visits.selectors.growth import Growth, Need, need_of, room
from visits.services import chairs, days, flow
from visits.services.booking import LONGEST
from visits.services.moving import MovedMeanwhile
from visits.states import HOLDS_CHAIR


class NotLonger(DomainError):
    """No later end than the one that is booked, or one out of this world."""


class NoRoom(Conflict):
    """It does not fit at this start: what is full, and where it would fit."""


def look(*, visit: Visit, minutes: int, at: datetime) -> Growth:
    """What staying so many minutes would mean: whether it fits, and who changes chairs for it. Reads only.

    Raises flow.CannotMove for a visit that is over, and NotLonger.
    """
    _still_to_end(visit)
    if not visit.minutes < minutes <= LONGEST:
        end = f"{visit.ends_at.astimezone(visit.site.zoneinfo):%H:%M}"
        longest = f"{LONGEST // 60} hours in all at most"
        raise NotLonger(f"Booked until {end}: choose a later time, {longest}.", field="until")
    return room(open_day(site=visit.site, day=visit.day, at=at), visit, Need(minutes, visit.load))


def extend(
    *,
    visit: Visit,
    by: User,
    at: datetime,
    minutes: int | None = None,
    load: int | None = None,
    was_at: datetime | None = None,
) -> Visit:
    """Plan the end anew, at the same start, for as long and heavy as its orders are, or as is told.

    Never shorter and never lighter than booked. Others who are not here yet may change chairs for it.
    `was_at`: the start it had when somebody looked. Raises flow.CannotMove for a visit that is over,
    MovedMeanwhile, and NoRoom in words, with the day held while it is reckoned.
    """
    was_at = was_at or visit.starts_at
    with days.changing("visit.extended", site=visit.site, day=visit.day, by=by, at=at):
        visit.refresh_from_db()
        _still_to_end(visit)
        if visit.starts_at != was_at:
            now = f"{visit.starts_at.astimezone(visit.site.zoneinfo):%a %d %b %H:%M}"
            raise MovedMeanwhile(f"This visit was moved to {now}. Look again.")
        ordered = need_of(visit)
        plan = open_day(site=visit.site, day=visit.day, at=at)
        if plan.ran_out:
            flow.expire_holds(site=visit.site, day=visit.day, at=at)
        found = room(plan, visit, Need(minutes or ordered.minutes, load or ordered.load))
        if not found.fits:
            raise NoRoom(_refusal(found, visit), field="minutes")
        chairs.stay_longer(visit=visit, others=found.chairs, **_facts(found, visit, at))
    visit.refresh_from_db()
    return visit


def _still_to_end(visit: Visit) -> None:
    if visit.status not in HOLDS_CHAIR:
        raise flow.CannotMove(f"This visit is “{visit.get_status_display()}” now.")


def _facts(found: Growth, visit: Visit, at: datetime) -> dict[str, object]:
    turnover = timedelta(minutes=visit.site.turnover_minutes)
    return {
        "planned": DateTimeTZRange(visit.starts_at, found.until),
        "chair_time": DateTimeTZRange(visit.starts_at, found.until + turnover),
        "minutes": found.need.minutes,
        "load": found.need.load,
        "chair": found.chair,
        "updated_at": at,
    }


def _refusal(found: Growth, visit: Visit) -> str:
    times = ", ".join(f"{at.astimezone(visit.site.zoneinfo):%H:%M}" for at in found.starts)
    return " ".join([*found.in_the_way, f"It would fit at {times}." if times else ""]).strip()
