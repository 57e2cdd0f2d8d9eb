"""Going live: shifts, closures, series and bookings from a file. First a dry run that says of each line what
would become of it, then every good line in one go. The same file a second time adds nothing.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from functools import partial
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from infusion_center.accounts.models import User
from infusion_center.errors import Conflict, DomainError
from infusion_center.places.models import Closure, Site, SpecialHours
from visits.models import Shift, Visit
from visits.rules.csv_rows import Line, NotUnderstood, read, read_number, read_time
from visits.rules.wall_times import breaks_within, days_of, moments, read_breaks
from visits.selectors.loads import visit_load
from visits.selectors.roster import Roster, nurses_of, roster
from visits.selectors.wanted import CAME_TO_NOTHING, UNDECIDED_LOAD
from visits.services import booking, brought_series, days, hours, staffing
from visits.services.brought import (
    Brought,
    Fate,
    chair_kind_of,
    day_of,
    patient_of,
    regimen_of,
    understood,
)
from visits.states import VisitKind


def look(kind: str, *, site: Site, text: str, by: User, at: datetime) -> list[Brought]:
    """The dry run. Raises NotAFile."""
    return LOOKS[kind](site, read(text, needed=NEEDED[kind]), by, at)


def bring(kind: str, *, site: Site, text: str, by: User, at: datetime) -> list[Brought]:
    """Write every good line. Shifts and closures go in together or not at all; a booking or a series goes in
    by itself.

    What is good is looked up again with the days held. Returns what became of each line. Raises NotAFile.
    """
    if kind in ONE_BY_ONE:
        return [ONE_BY_ONE[kind](site, line, by, at) for line in read(text, needed=NEEDED[kind])]
    rows = rows_of(look(kind, site=site, text=text, by=by, at=at))
    with days.changing_days(f"{kind}.brought", rows=rows, by=by, at=at):
        found = look(kind, site=site, text=text, by=by, at=at)
        for one in found:
            if one.act:
                one.act()
    return found


def rows_of(found: Iterable[Brought]) -> set[tuple[Site, date]]:
    """The days the good lines touch."""
    return {row for one in found for row in one.rows}


def _shifts(site: Site, lines: list[Line], by: User, at: datetime) -> list[Brought]:
    nurses = list(nurses_of(site))
    read_lines = [(line, understood(partial(_shift_of, site, nurses), line)) for line in lines]
    spans = [facts["span"] for _, facts in read_lines if isinstance(facts, dict)]
    first = min((span[0] for span in spans), default=at)
    last = max((span[1] for span in spans), default=at)
    there = roster(site=site, starts_at=first, ends_at=last, nurses=[one.pk for one in nurses])
    return [_shift_line(site, line, facts, there) for line, facts in read_lines]


def _shift_of(site: Site, nurses: list[User], line: Line) -> dict[str, Any]:
    day = day_of(line.need("day", "date"))
    starts, ends = (read_time(line.need(*names)) for names in (("from", "start"), ("to", "end")))
    span = moments(day, starts, ends, site.zone)
    breaks = breaks_within(day, starts, read_breaks(line.get("breaks", "break")), site.zone)
    staffing.can_be(*span, breaks)
    return {"nurse": _nurse(nurses, line.need("nurse")), "span": span, "breaks": breaks}


def _shift_line(site: Site, line: Line, facts: dict[str, Any] | str, there: Roster) -> Brought:
    """A line that is good takes its place, so that a later line of the file clashes with it."""
    if isinstance(facts, str):
        return Brought(line, Fate.UNREAD, facts)
    nurse, (starts_at, ends_at) = facts["nurse"], facts["span"]
    if there.has(nurse.pk, starts_at, ends_at):
        return Brought(line, Fate.THERE)
    clash = there.clash(nurse.pk, starts_at, ends_at)
    if clash:
        return Brought(line, Fate.CLASH, clash)
    there.shifts.append(Shift(site=site, nurse=nurse, span=DateTimeTZRange(starts_at, ends_at)))
    rows = tuple((site, day) for day in days_of(starts_at, ends_at, site.zone))
    act = partial(staffing.write_shift, site, nurse, starts_at, ends_at, facts["breaks"])
    return Brought(line, Fate.ADD, rows=rows, act=act)


def _nurse(nurses: list[User], name: str) -> User:
    wanted = name.lower()
    found = [one for one in nurses if wanted in _names(one)]
    if len(found) != 1:
        how_many = "No nurse" if not found else "More than one nurse"
        raise NotUnderstood(f"{how_many} of this site is called “{name}”.")
    return found[0]


def _names(nurse: User) -> set[str]:
    first, last = nurse.first_name.lower(), nurse.last_name.lower()
    return {nurse.username.lower(), f"{first} {last}", f"{last}, {first}", nurse.name.lower()}


def _closures(site: Site, lines: list[Line], by: User, at: datetime) -> list[Brought]:
    closed = dict(Closure.objects.filter(site=site).values_list("day", "reason"))
    special = {one.day: (one.opens, one.closes) for one in SpecialHours.objects.filter(site=site)}
    return [_closure_line(site, line, closed, special, {"by": by, "at": at}) for line in lines]


def _closure_line(
    site: Site,
    line: Line,
    closed: dict[date, str],
    special: dict[date, tuple[time, time]],
    who: dict[str, Any],
) -> Brought:
    facts = understood(_closure_of, line)
    if isinstance(facts, str):
        return Brought(line, Fate.UNREAD, facts)
    day, pair = facts["day"], facts["pair"]
    if (day in closed and not pair) or (pair and special.get(day) == pair):
        return Brought(line, Fate.THERE)
    if day in closed or day in special:
        what = "is closed already" if day in closed else "has other hours already"
        return Brought(line, Fate.CLASH, f"{day:%a %d %b %Y} {what}.")
    about = {"site": site, "day": day, "reason": facts["reason"]} | who
    if pair:
        special[day] = pair
        act: Callable[[], object] = partial(hours.set_special, opens=pair[0], closes=pair[1], **about)
    else:
        closed[day] = facts["reason"]
        act = partial(hours.close_day, **about)
    return Brought(line, Fate.ADD, rows=((site, day),), act=act)


def _closure_of(line: Line) -> dict[str, Any]:
    """With `opens` and `closes` it is other hours on that day, without them the day is closed."""
    opens, closes = line.get("opens"), line.get("closes")
    pair = (read_time(line.need("opens")), read_time(line.need("closes"))) if opens or closes else None
    if pair:
        hours.in_order(*pair)
    return {"day": day_of(line.need("day", "date")), "reason": line.need("reason")[:120], "pair": pair}


def _bookings(site: Site, lines: list[Line], by: User, at: datetime) -> list[Brought]:
    """Booked for a moment, one day after the other, and taken back: so lines of the file clash, too."""
    found: list[Brought] = []
    for together in _by_day(lines):
        with transaction.atomic():
            found += [_booked_line(site, line, by, at) for line in together]
            transaction.set_rollback(True)
    return sorted(found, key=lambda one: one.line.number)


def _by_day(lines: list[Line]) -> list[list[Line]]:
    by_day: dict[str, list[Line]] = {}
    for line in lines:
        by_day.setdefault(line.get("day", "date"), []).append(line)
    return list(by_day.values())


def _booked_line(site: Site, line: Line, by: User, at: datetime) -> Brought:
    facts = understood(partial(_booking_of, site), line)
    if isinstance(facts, str):
        return Brought(line, Fate.UNREAD, facts)
    same = Visit.objects.filter(site=site, patient=facts["patient"], planned__startswith=facts["starts_at"])
    if same.exclude(status__in=CAME_TO_NOTHING).exists():
        return Brought(line, Fate.THERE)
    try:
        booking.book_visit(site=site, **facts, by=by, at=at)
    except Conflict as no:
        return Brought(line, Fate.CLASH, no.message)
    except DomainError as no:
        return Brought(line, Fate.UNREAD, no.message)
    return Brought(line, Fate.ADD)


def _booking_of(site: Site, line: Line) -> dict[str, Any]:
    day, start = day_of(line.need("day", "date")), read_time(line.need("start", "from"))
    regimen = regimen_of(line.get("regimen"))
    if regimen is None and not line.get("minutes"):
        raise NotUnderstood("Write minutes, or the code of a regimen.")
    minutes = read_number(line.get("minutes"), "minutes") if line.get("minutes") else None
    series = regimen is not None and regimen.series_days is not None
    return {
        "patient": patient_of(line),
        "starts_at": site.moment(day, start),
        "minutes": minutes or (regimen.chair_minutes if regimen else 0),
        "load": visit_load(site=site, day=day, regimen=regimen, otherwise=UNDECIDED_LOAD),
        "regimen": regimen,
        "reason": line.get("reason")[:120],
        "kind": VisitKind.SCHEDULED if series else VisitKind.RESCUE,
        "chair_kind": chair_kind_of(line),
    }


def _series(site: Site, lines: list[Line], by: User, at: datetime) -> list[Brought]:
    """Begun for a moment and taken back, all together: so lines of the file clash, too."""
    with transaction.atomic():
        found = [brought_series.take(site, line, by, at) for line in lines]
        transaction.set_rollback(True)
    return found


LOOKS: dict[str, Callable[[Site, list[Line], User, datetime], list[Brought]]] = {
    "shifts": _shifts,
    "closures": _closures,
    "bookings": _bookings,
    "series": _series,
}
ONE_BY_ONE: dict[str, Callable[[Site, Line, User, datetime], Brought]] = {
    "bookings": _booked_line,
    "series": brought_series.take,
}
NEEDED = {
    "shifts": ("nurse", "day", "from", "to"),
    "closures": ("day", "reason"),
    "bookings": ("day", "start"),
    "series": ("regimen",),
}
