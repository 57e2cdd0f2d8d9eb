"""Who is there when, and what a shift would clash with: read once for some days, asked for each shift."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Q, QuerySet

from infusion_center.accounts.models import User
from infusion_center.accounts.permissions import Role
from infusion_center.places.models import Closure, OpeningHours, Site, SpecialHours
from infusion_center.shared import clock
from visits.models import Absence, Shift


@dataclass(frozen=True)
class Roster:
    """Shifts (at every site) and absences of these nurses, and when the site is open."""

    site: Site
    shifts: list[Shift]
    absences: list[Absence]
    weekdays: frozenset[int]
    closures: dict[date, str]
    special: frozenset[date]

    def has(self, nurse: int, starts_at: datetime, ends_at: datetime) -> bool:
        """The very shift is there already."""
        return any(
            one.nurse_id == nurse
            and one.site_id == self.site.pk
            and (one.span.lower, one.span.upper) == (starts_at, ends_at)
            for one in self.shifts
        )

    def clash(self, nurse: int, starts_at: datetime, ends_at: datetime, *, but: int | None = None) -> str:
        """What stands in the way of this shift, in words; empty: nothing. `but`: the shift it replaces."""
        closed = self.closed(self.site.day_of(starts_at))
        if closed:
            return closed
        for other in self.shifts:
            replaced = but is not None and other.pk == but
            if other.nurse_id == nurse and not replaced and _overlaps(other.span, starts_at, ends_at):
                return (
                    f"{other.nurse.short_name} has a shift at {other.site} {_times(other.span, other.site)}."
                )
        for absence in self.absences:
            if absence.nurse_id == nurse and _within(starts_at, ends_at, absence.span):
                return f"{absence.nurse.short_name} is absent all that time: {absence.reason}."
        return ""

    def closed(self, day: date) -> str:
        if day in self.closures:
            return f"Closed on {day:%a %d %b %Y}: {self.closures[day]}."
        if day.weekday() not in self.weekdays and day not in self.special:
            return f"Closed on {day:%A}s."
        return ""


def roster(*, site: Site, starts_at: datetime, ends_at: datetime, nurses: Iterable[int]) -> Roster:
    """Five queries, however long the span."""
    within = DateTimeTZRange(starts_at, ends_at)
    days = (site.day_of(starts_at), site.day_of(ends_at))
    who = list(nurses)
    return Roster(
        site=site,
        shifts=list(shifts().filter(nurse__in=who, span__overlap=within)),
        absences=list(absences().filter(nurse__in=who, span__overlap=within)),
        weekdays=frozenset(OpeningHours.objects.filter(site=site).values_list("weekday", flat=True)),
        closures=dict(Closure.objects.filter(site=site, day__range=days).values_list("day", "reason")),
        special=frozenset(
            SpecialHours.objects.filter(site=site, day__range=days).values_list("day", flat=True)
        ),
    )


def nurses_of(site: Site) -> QuerySet[User]:
    """Who may be put on a shift here, by name."""
    here = User.objects.filter(sites=site, roles__contains=[Role.NURSE], is_active=True)
    return here.order_by("first_name", "last_name", "pk")


def shifts() -> QuerySet[Shift]:
    return Shift.objects.select_related("nurse", "site").prefetch_related("breaks").order_by("span", "pk")


def absences() -> QuerySet[Absence]:
    return Absence.objects.select_related("nurse").order_by("span", "pk")


@dataclass(frozen=True)
class Cell:
    """One nurse's day: shifts here and elsewhere, and absences that touch it."""

    day: date
    shifts: list[Shift]
    absences: list[Absence]


@dataclass(frozen=True)
class Row:
    nurse: User
    cells: list[Cell]
    minutes: int

    @property
    def hours(self) -> str:
        return f"{self.minutes // 60}:{self.minutes % 60:02d}"


@dataclass(frozen=True)
class Week:
    """The grid of the staffing page; `days` carry why a day is closed, or its special hours."""

    monday: date
    days: list[tuple[date, str]]
    rows: list[Row]

    @property
    def earlier(self) -> date:
        return self.monday - timedelta(days=7)

    @property
    def later(self) -> date:
        return self.monday + timedelta(days=7)


def week(*, site: Site, monday: date) -> Week:
    """Seven days from this Monday. A fixed number of queries."""
    start, end = site.moment(monday, time(0)), site.moment(monday + timedelta(days=7), time(0))
    also = Q(shifts__site=site, shifts__span__overlap=DateTimeTZRange(start, end))
    people = {one.pk: one for one in nurses_of(site)}
    people |= {one.pk: one for one in User.objects.filter(also).exclude(pk__in=people).distinct()}
    found = roster(site=site, starts_at=start, ends_at=end, nurses=people)
    special = _special(site, monday)
    days = [monday + timedelta(days=n) for n in range(7)]
    return Week(
        monday=monday,
        days=[(day, found.closed(day) or special.get(day, "")) for day in days],
        rows=[_row(nurse, days, found) for nurse in people.values()],
    )


def usual_shift(*, site: Site, nurse: User, day: date) -> dict[str, str]:
    """The times to begin with: those of the nurse's last shift here, else the opening hours. As typed."""
    before = shifts().filter(site=site, nurse=nurse, span__startswith__lt=clock.day_span(day, site.zone)[1])
    last = before.order_by("-span").first()
    if last is not None:
        return as_typed(last)
    hours = OpeningHours.objects.filter(site=site, weekday=day.weekday()).first()
    return {"starts": f"{hours.opens:%H:%M}", "ends": f"{hours.closes:%H:%M}"} if hours else {}


def as_typed(shift: Shift) -> dict[str, str]:
    """A shift as somebody would type it."""
    pauses = ["-".join(_walls(one.span, shift.site)) for one in shift.breaks.all()]
    starts, ends = _walls(shift.span, shift.site)
    return {"starts": starts, "ends": ends, "breaks": ", ".join(sorted(pauses))}


def _walls(span: DateTimeTZRange, site: Site) -> tuple[str, str]:
    starts, ends = (f"{clock.local(at, site.zone):%H:%M}" for at in (span.lower, span.upper))
    return starts, ends


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _special(site: Site, monday: date) -> dict[date, str]:
    rows = SpecialHours.objects.filter(site=site, day__range=(monday, monday + timedelta(days=6)))
    return {one.day: f"Open {one.opens:%H:%M} to {one.closes:%H:%M}: {one.reason}" for one in rows}


def _row(nurse: User, days: list[date], found: Roster) -> Row:
    mine = [one for one in found.shifts if one.nurse_id == nurse.pk]
    gone = [one for one in found.absences if one.nurse_id == nurse.pk]
    here = [one for one in mine if one.site_id == found.site.pk]
    return Row(
        nurse, [_cell(day, mine, gone, found.site) for day in days], sum(_worked(one, gone) for one in here)
    )


def _cell(day: date, mine: list[Shift], gone: list[Absence], site: Site) -> Cell:
    """A shift stands on the day it starts, an absence on each of its days."""
    start, end = clock.day_span(day, site.zone)
    return Cell(
        day=day,
        shifts=[one for one in mine if start <= one.span.lower < end],
        absences=[one for one in gone if _overlaps(one.span, start, end)],
    )


def _worked(shift: Shift, gone: Iterable[Absence]) -> int:
    """Minutes without the breaks, and without what of an absence falls into them."""
    away = [_minutes(one.span) for one in shift.breaks.all()] + [_minutes(one.span) for one in gone]
    return sum(not any(minute in span for span in away) for minute in _minutes(shift.span))


def _minutes(span: DateTimeTZRange) -> range:
    return range(int(span.lower.timestamp()) // 60, int(span.upper.timestamp()) // 60)


def _overlaps(span: DateTimeTZRange, starts_at: datetime, ends_at: datetime) -> bool:
    return bool(span.lower < ends_at and starts_at < span.upper)


def _within(starts_at: datetime, ends_at: datetime, span: DateTimeTZRange) -> bool:
    return bool(span.lower <= starts_at and ends_at <= span.upper)


def _times(span: DateTimeTZRange, site: Site) -> str:
    starts, ends = (clock.local(at, site.zone) for at in (span.lower, span.upper))
    return f"from {starts:%a %d %b %H:%M} to {ends:%H:%M}"
