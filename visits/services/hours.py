"""When a site is open: weekdays, closures, other hours on one day. Each takes the days that it changes."""

from datetime import date, datetime, time

from django.db.models import Model

from infusion_center.accounts.models import User
from infusion_center.errors import Conflict, DomainError
from infusion_center.places.models import Closure, OpeningHours, Site, SpecialHours
from visits.models import ClinicDay
from visits.services import days

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
YEARS = range(2000, 2100)


class CannotOpen(DomainError):
    """Hours or days that cannot be."""


class GoneAlready(Conflict):
    """Somebody else has removed it."""


def set_hours(
    *, site: Site, weekday: int, opens: time | None, closes: time | None, by: User | None, at: datetime
) -> None:
    """From now on open at these hours on that weekday; without hours closed. Closing at 00:00 is midnight."""
    if weekday not in range(7) or (opens is None) != (closes is None):
        raise CannotOpen(f"{_name(weekday)}: give both times, or none where it is closed.", field="opens")
    with days.changing_days("hours.set", rows=rows_of_weekday(site, weekday, at), by=by, at=at):
        if opens is None or closes is None:
            OpeningHours.objects.filter(site=site, weekday=weekday).delete()
            return
        in_order(opens, closes)
        hours = {"opens": opens, "closes": closes}
        OpeningHours.objects.update_or_create(site=site, weekday=weekday, defaults=hours)


def close_day(*, site: Site, day: date, reason: str, by: User | None, at: datetime) -> Closure:
    """The center is closed that day, whatever the weekday says. Nobody is cancelled by it."""
    _said(day, reason)
    with days.changing("day.closed", site=site, day=day, by=by, at=at):
        _free(SpecialHours, site, day, "has special hours: remove them first")
        _free(Closure, site, day, "is closed already")
        return Closure.objects.create(site=site, day=day, reason=reason.strip())


def open_again(*, closure: Closure, by: User, at: datetime) -> None:
    """Not closed after all."""
    _remove(closure, "day.opened_again", by=by, at=at)


def set_special(
    *, site: Site, day: date, opens: time, closes: time, reason: str, by: User | None, at: datetime
) -> SpecialHours:
    """Other hours on one day: later, longer, or open on a day that is usually closed."""
    _said(day, reason)
    in_order(opens, closes)
    with days.changing("day.special_hours_set", site=site, day=day, by=by, at=at):
        _free(Closure, site, day, "is closed: remove the closure first")
        hours = {"opens": opens, "closes": closes, "reason": reason.strip()}
        return SpecialHours.objects.update_or_create(site=site, day=day, defaults=hours)[0]


def remove_special(*, special: SpecialHours, by: User, at: datetime) -> None:
    """The weekday's hours count again."""
    _remove(special, "day.special_hours_removed", by=by, at=at)


def rows_of_weekday(site: Site, weekday: int, at: datetime) -> set[tuple[Site, date]]:
    """Today and later: the days of that weekday on which anything has happened so far."""
    today = site.day_of(at)
    seen = ClinicDay.objects.filter(site=site, day__gte=today).values_list("day", flat=True)
    return {(site, day) for day in [today, *seen] if day.weekday() == weekday}


def _remove(row: Closure | SpecialHours, verb: str, *, by: User, at: datetime) -> None:
    with days.changing(verb, site=row.site, day=row.day, by=by, at=at):
        if not type(row)._default_manager.filter(pk=row.pk).delete()[0]:
            raise GoneAlready("That was removed meanwhile.")


def _free(kind: type[Model], site: Site, day: date, because: str) -> None:
    if kind._default_manager.filter(site=site, day=day).exists():
        raise CannotOpen(f"{day:%a %d %b %Y} {because}.", field="day")


def _said(day: date, reason: str) -> None:
    if day.year not in YEARS:
        raise CannotOpen("Choose a day of this century.", field="day")
    if not reason.strip():
        raise CannotOpen("Say why in a few words.", field="reason")


def in_order(opens: time, closes: time) -> None:
    """Raises CannotOpen where a center cannot open and close so."""
    if not (opens < closes or closes == time(0)):
        raise CannotOpen("The center closes after it opens; 00:00 is midnight at the end.", field="closes")


def _name(weekday: int) -> str:
    return WEEKDAYS[weekday] if weekday in range(7) else "Weekday"
