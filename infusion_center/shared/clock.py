"""The only wall clock, and the only place where a moment becomes a day."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def now() -> datetime:
    """This moment, aware, in UTC. Views, tasks and commands call it; services and rules take `at`."""
    return datetime.now(UTC)


def local_day(at: datetime, zone: str) -> date:
    """The business date of a moment: the calendar day in the site's zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def local(at: datetime, zone: str) -> datetime:
    """A moment on the site's wall clock."""
    return at.astimezone(ZoneInfo(zone))


def moment(day: date, wall: time, zone: str) -> datetime:
    """The moment at which the site's wall clock shows `wall` on `day`, in UTC.

    A wall time skipped in spring becomes the same moment read one hour later; one shown twice in
    autumn is the first of the two.
    """
    return datetime.combine(day, wall, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def day_span(day: date, zone: str) -> tuple[datetime, datetime]:
    """First moment of the local day and of the next one. 23, 24 or 25 hours apart."""
    return moment(day, time(0), zone), moment(day + timedelta(days=1), time(0), zone)


def age_on(birth_date: date, day: date) -> int:
    """Whole years lived on `day`; 29 February birthdays count on 1 March in common years."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))
