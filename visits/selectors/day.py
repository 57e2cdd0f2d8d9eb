"""One site's day: its hours, its nurses and its version, in one query whatever the history holds."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import OuterRef, QuerySet, Subquery

from infusion_center.places.models import Closure, OpeningHours, Site
from infusion_center.shared import clock
from visits.models import Break, ClinicDay, Shift
from visits.rules.slots import Span


@dataclass(frozen=True)
class Day:
    """`zero` is local midnight; minutes are counted from it as they pass, whatever the clocks do."""

    site: Site
    day: date
    version: int
    zero: datetime
    opens_at: datetime | None
    closes_at: datetime | None
    closure: str
    nurses: tuple[Span, ...]
    breaks: tuple[Span, ...]

    def minute(self, at: datetime) -> int:
        """Whole minutes from local midnight to this moment."""
        return minutes_between(self.zero, at)

    def moment(self, minute: int) -> datetime:
        return self.zero + timedelta(minutes=minute)

    def wall(self, at: datetime) -> str:
        """`10:45`, as the site's clock shows it."""
        return clock.local(at, self.site.zone).strftime("%H:%M")

    @property
    def closed_because(self) -> str:
        """A sentence, or empty when the site opens that day."""
        if self.closure:
            return f"Closed on {self.day:%a %d %b %Y}: {self.closure}."
        return "" if self.opens_at else f"Closed on {self.day:%A}s."


def day_of(*, site: Site, day: date) -> Day:
    """The day as it stands now."""
    start, end = clock.day_span(day, site.zone)
    within = DateTimeTZRange(start, end)
    shifts = Shift.objects.filter(site=OuterRef("pk"), span__overlap=within)
    pauses = Break.objects.filter(shift__site=OuterRef("pk"), span__overlap=within)
    hours = OpeningHours.objects.filter(weekday=day.weekday())
    row = (
        Site.objects.filter(pk=site.pk)
        .annotate(
            day_version=_one(ClinicDay.objects.filter(day=day), "version"),
            opens=_one(hours, "opens"),
            closes=_one(hours, "closes"),
            closure=_one(Closure.objects.filter(day=day), "reason"),
            presences=ArraySubquery(shifts.values("span")),
            pauses=ArraySubquery(pauses.values("span")),
        )
        .values("day_version", "opens", "closes", "closure", "presences", "pauses")
        .get()
    )
    return Day(
        site=site,
        day=day,
        version=row["day_version"] or 0,
        zero=start,
        opens_at=_wall(site, day, row["opens"]),
        closes_at=_wall(site, day, row["closes"]),
        closure=row["closure"] or "",
        nurses=tuple(_span(start, span) for span in row["presences"]),
        breaks=tuple(_span(start, span) for span in row["pauses"]),
    )


def is_current(*, site_pk: int, day: date, version: int) -> bool:
    """True while nothing has changed on that day since this version. One query."""
    if version == 0:
        return not ClinicDay.objects.filter(site=site_pk, day=day).exists()
    return ClinicDay.objects.filter(site=site_pk, day=day, version=version).exists()


def version_of(*, site: Site, day: date) -> int:
    """The day's version now; 0 before anything happened. One query."""
    return ClinicDay.objects.filter(site=site, day=day).values_list("version", flat=True).first() or 0


def minutes_between(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds() // 60)


def _one(rows: QuerySet, field: str) -> Subquery:
    return Subquery(rows.filter(site=OuterRef("pk")).values(field)[:1])


def _wall(site: Site, day: date, wall: time | None) -> datetime | None:
    return site.moment(day, wall) if wall else None


def _span(zero: datetime, span: DateTimeTZRange) -> Span:
    return minutes_between(zero, span.lower), minutes_between(zero, span.upper)
