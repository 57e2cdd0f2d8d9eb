"""One site's day: its hours, its nurses and its version, in one query whatever the history holds."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from infusion_center.places.models import Site
from infusion_center.shared import clock
from visits.models import ClinicDay
from visits.rules.slots import Span

# Every board and every booking asks this, the booking while others wait: the ORM takes ten times as long to
# write this statement as PostgreSQL takes to answer it (docs/benchmarks.md).
DAY = """
    SELECT
        (SELECT version FROM visits_clinicday WHERE site_id = %(site)s AND day = %(day)s),
        hours.opens,
        hours.closes,
        (SELECT reason FROM places_closure WHERE site_id = %(site)s AND day = %(day)s),
        ARRAY(SELECT span FROM visits_shift WHERE site_id = %(site)s AND span && %(within)s),
        ARRAY(
            SELECT pause.span FROM visits_break pause JOIN visits_shift ON visits_shift.id = pause.shift_id
            WHERE visits_shift.site_id = %(site)s AND pause.span && %(within)s
        )
    FROM (SELECT) AS this
    LEFT JOIN places_openinghours hours ON hours.site_id = %(site)s AND hours.weekday = %(weekday)s
"""


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
    asked = {"site": site.pk, "day": day, "weekday": day.weekday(), "within": DateTimeTZRange(start, end)}
    with connection.cursor() as cursor:
        cursor.execute(DAY, asked)
        version, opens, closes, closure, presences, pauses = cursor.fetchone()
    return Day(
        site=site,
        day=day,
        version=version or 0,
        zero=start,
        opens_at=_wall(site, day, opens),
        closes_at=_wall(site, day, closes),
        closure=closure or "",
        nurses=tuple(_span(start, span) for span in presences),
        breaks=tuple(_span(start, span) for span in pauses),
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


def _wall(site: Site, day: date, wall: time | None) -> datetime | None:
    return site.moment(day, wall) if wall else None


def _span(zero: datetime, span: DateTimeTZRange) -> Span:
    return minutes_between(zero, span.lower), minutes_between(zero, span.upper)
