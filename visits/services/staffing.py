"""Who is there when: shifts with their breaks, absences, and a week copied into others.

All of it is capacity: each verb takes every day it touches, so that no booking counts a nurse who is just
being taken away. Nothing that is booked moves; `effects` says before what it would mean.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from infusion_center.accounts.models import User
from infusion_center.errors import Conflict, DomainError
from infusion_center.places.models import Site
from infusion_center.shared import clock
from visits.models import Absence, Break, Shift
from visits.rules.wall_times import Moments, days_of
from visits.selectors.roster import Roster, roster, shifts
from visits.services import days

SHORTEST, LONGEST = timedelta(minutes=15), timedelta(hours=24)
LONGEST_ABSENCE = timedelta(days=366)
MOST_WEEKS = 12
NO_BREAKS: tuple[Moments, ...] = ()


class CannotStaff(DomainError):
    """Times that cannot be, or that clash with what is there."""


class GoneAlready(Conflict):
    """Somebody else has removed it."""


@dataclass(frozen=True)
class Copy:
    """A shift of the copied week in a later one. `clash`: why it stays out; `there`: it is there already."""

    nurse: User
    starts_at: datetime
    ends_at: datetime
    breaks: tuple[Moments, ...]
    clash: str
    there: bool

    @property
    def good(self) -> bool:
        return not (self.clash or self.there)


def add_shift(
    *,
    site: Site,
    nurse: User,
    starts_at: datetime,
    ends_at: datetime,
    breaks: Sequence[Moments] = NO_BREAKS,
    by: User | None,
    at: datetime,
) -> Shift:
    """A nurse is there; while on a break somebody else carries the load. Raises CannotStaff."""
    can_be(starts_at, ends_at, breaks)
    with days.changing_days("shift.added", rows=_rows(site, (starts_at, ends_at)), by=by, at=at):
        _fits(site, nurse, starts_at, ends_at)
        return write_shift(site, nurse, starts_at, ends_at, breaks)


def change_shift(
    *, shift: Shift, starts_at: datetime, ends_at: datetime, breaks: Sequence[Moments], by: User, at: datetime
) -> Shift:
    """Other times, other breaks. Raises CannotStaff, GoneAlready."""
    can_be(starts_at, ends_at, breaks)
    spans = (shift.span.lower, shift.span.upper), (starts_at, ends_at)
    with days.changing_days("shift.changed", rows=_rows(shift.site, *spans), by=by, at=at):
        _fits(shift.site, shift.nurse, starts_at, ends_at, but=shift.pk)
        changed = Shift.objects.filter(pk=shift.pk).update(span=DateTimeTZRange(starts_at, ends_at))
        if not changed:
            raise GoneAlready("This shift was removed meanwhile.")
        shift.refresh_from_db()
        shift.breaks.all().delete()
        _pause(shift, breaks)
    return shift


def remove_shift(*, shift: Shift, by: User, at: datetime) -> None:
    """The nurse is not there after all. Raises GoneAlready."""
    rows = _rows(shift.site, (shift.span.lower, shift.span.upper))
    with days.changing_days("shift.removed", rows=rows, by=by, at=at):
        if not Shift.objects.filter(pk=shift.pk).delete()[0]:
            raise GoneAlready("This shift was removed meanwhile.")


def add_absence(
    *, nurse: User, starts_at: datetime, ends_at: datetime, reason: str, by: User | None, at: datetime
) -> Absence:
    """The nurse is away, at every site. Shifts stay written, and carry nothing. Raises CannotStaff."""
    if not timedelta(0) < ends_at - starts_at <= LONGEST_ABSENCE:
        raise CannotStaff("An absence ends after it starts, and lasts a year at most.", field="last")
    if not reason.strip():
        raise CannotStaff("Say why in a word: vacation, sick, training.", field="reason")
    with days.changing_days("absence.added", rows=rows_of_absence(nurse, starts_at, ends_at), by=by, at=at):
        return Absence.objects.create(
            nurse=nurse, span=DateTimeTZRange(starts_at, ends_at), reason=reason.strip()
        )


def remove_absence(*, absence: Absence, by: User, at: datetime) -> None:
    """The nurse is there after all: the shifts carry again. Raises GoneAlready."""
    rows = rows_of_absence(absence.nurse, absence.span.lower, absence.span.upper)
    with days.changing_days("absence.removed", rows=rows, by=by, at=at):
        if not Absence.objects.filter(pk=absence.pk).delete()[0]:
            raise GoneAlready("This absence was removed meanwhile.")


def copies(*, site: Site, monday: date, weeks: int) -> list[Copy]:
    """What copying the shifts of this week into the next `weeks` would add, and what it would clash with."""
    if not 1 <= weeks <= MOST_WEEKS:
        raise CannotStaff(f"Copy into 1 to {MOST_WEEKS} weeks.", field="weeks")
    first, next_monday = (site.moment(monday + timedelta(days=n), time(0)) for n in (0, 7))
    week = list(shifts().filter(site=site, span__startswith__gte=first, span__startswith__lt=next_monday))
    last = site.moment(monday + timedelta(days=7 * weeks + 9), time(0))
    found = roster(site=site, starts_at=first, ends_at=last, nurses={one.nurse_id for one in week})
    return [_copy(found, shift, 7 * n) for n in range(1, weeks + 1) for shift in week]


def copy_week(*, site: Site, monday: date, weeks: int, by: User | None, at: datetime) -> list[Copy]:
    """Add every shift of it that clashes with nothing; a shift that is there already is not added twice.

    What clashes is looked up again with all those days held. Returns what was added.
    """
    planned = copies(site=site, monday=monday, weeks=weeks)
    rows = _rows(site, *((one.starts_at, one.ends_at) for one in planned))
    with days.changing_days("week.copied", rows=rows, by=by, at=at):
        good = [one for one in copies(site=site, monday=monday, weeks=weeks) if one.good]
        for one in good:
            write_shift(site, one.nurse, one.starts_at, one.ends_at, one.breaks)
    return good


def rows_of_absence(nurse: User, starts_at: datetime, ends_at: datetime) -> set[tuple[Site, date]]:
    """The days on which the nurse has shifts meanwhile, wherever."""
    if ends_at <= starts_at:
        return set()
    hit = shifts().filter(nurse=nurse, span__overlap=DateTimeTZRange(starts_at, ends_at))
    return {row for one in hit for row in _rows(one.site, (one.span.lower, one.span.upper))}


def _copy(found: Roster, shift: Shift, later: int) -> Copy:
    starts_at, ends_at = _later(found.site, (shift.span.lower, shift.span.upper), later)
    there = found.has(shift.nurse_id, starts_at, ends_at)
    return Copy(
        nurse=shift.nurse,
        starts_at=starts_at,
        ends_at=ends_at,
        breaks=tuple(
            _later(found.site, (one.span.lower, one.span.upper), later) for one in shift.breaks.all()
        ),
        clash="" if there else found.clash(shift.nurse_id, starts_at, ends_at),
        there=there,
    )


def _later(site: Site, span: Moments, later: int) -> Moments:
    """The same times of the wall clock so many days later, whatever the clocks do between."""
    walls = (clock.local(at, site.zone) for at in span)
    starts_at, ends_at = (site.moment(wall.date() + timedelta(days=later), wall.time()) for wall in walls)
    return starts_at, ends_at


def _rows(site: Site, *spans: Moments) -> set[tuple[Site, date]]:
    return {(site, day) for span in spans for day in days_of(*span, site.zone)}


def can_be(starts_at: datetime, ends_at: datetime, breaks: Iterable[Moments]) -> None:
    """Raises CannotStaff where these are no times of a shift."""
    if not SHORTEST <= ends_at - starts_at <= LONGEST:
        raise CannotStaff("A shift lasts 15 minutes to 24 hours.", field="ends")
    until = starts_at
    for begins, ends in sorted(breaks):
        if not (until <= begins < ends <= ends_at):
            raise CannotStaff("Breaks lie within the shift, one after the other.", field="breaks")
        until = ends


def _fits(site: Site, nurse: User, starts_at: datetime, ends_at: datetime, *, but: int | None = None) -> None:
    if not nurse.is_active or not nurse.sites.filter(pk=site.pk).exists():
        raise CannotStaff(f"{nurse.name} does not work at {site}.", field="nurse")
    found = roster(site=site, starts_at=starts_at, ends_at=ends_at, nurses=[nurse.pk])
    clash = found.clash(nurse.pk, starts_at, ends_at, but=but)
    if clash:
        raise CannotStaff(clash, field="starts")


def write_shift(
    site: Site, nurse: User, starts_at: datetime, ends_at: datetime, breaks: Sequence[Moments]
) -> Shift:
    """The rows themselves; the caller holds the days and has looked for clashes."""
    shift = Shift.objects.create(site=site, nurse=nurse, span=DateTimeTZRange(starts_at, ends_at))
    _pause(shift, breaks)
    return shift


def _pause(shift: Shift, breaks: Sequence[Moments]) -> None:
    Break.objects.bulk_create(Break(shift=shift, span=DateTimeTZRange(*pause)) for pause in breaks)
