"""A site's days: their hours, nurses and versions, in one query whatever the history holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from infusion_center.places.models import Site
from infusion_center.shared import clock
from regimens.rules.nurse_load import least_load
from visits.models import ClinicDay
from visits.rules.slots import Span

# Every board and every booking asks this, the booking while others wait: the ORM takes ten times as long to
# write this statement as PostgreSQL takes to answer it (docs/benchmarks.md). OFFSET 0 keeps what is asked
# apart from the plan, which then serves every day (decision 0025).
AWAY = """
    SELECT coalesce(range_agg(span), '{}') AS spans FROM visits_absence
    WHERE nurse_id = shift.nurse_id AND span && shift.span
"""
MINUTES = """
    json_agg(json_build_array(
        floor(extract(epoch FROM lower(part) - lower(this.span)) / 60)::int,
        floor(extract(epoch FROM upper(part) - lower(this.span)) / 60)::int
    ))
"""
EACH = f"""
    SELECT
        this.day,
        (SELECT version FROM visits_clinicday WHERE site_id = this.site AND day = this.day),
        coalesce(special.opens, hours.opens),
        coalesce(special.closes, hours.closes),
        (SELECT reason FROM places_closure WHERE site_id = this.site AND day = this.day),
        (
            SELECT {MINUTES} FROM visits_shift shift, LATERAL ({AWAY}) away,
                LATERAL unnest(tstzmultirange(shift.span) - away.spans) AS part
            WHERE shift.site_id = this.site AND shift.span && this.span
        ),
        (
            SELECT {MINUTES} FROM visits_break pause JOIN visits_shift shift ON shift.id = pause.shift_id,
                LATERAL ({AWAY}) away, LATERAL unnest(tstzmultirange(pause.span) - away.spans) AS part
            WHERE shift.site_id = this.site AND pause.span && this.span
        ),
        (
            SELECT patients_per_nurse FROM visits_ratiorule
            WHERE state = this.state AND valid_from <= this.day ORDER BY valid_from DESC LIMIT 1
        ) MORE
    FROM (THESE) AS this
    LEFT JOIN places_specialhours special ON special.site_id = this.site AND special.day = this.day
    LEFT JOIN places_openinghours hours ON hours.site_id = this.site AND hours.weekday = this.weekday
    ORDER BY this.day
"""  # noqa: S608 - of our own words
ONE = """
    SELECT %(site)s::bigint AS site, %(state)s::text AS state,
        %(day)s::date AS day, %(within)s::tstzrange AS span, %(weekday)s::int AS weekday
    OFFSET 0
"""
DAYS = EACH.replace("MORE", "").replace(
    "THESE",
    """
        SELECT %(site)s::bigint AS site, %(state)s::text AS state,
            midnight::date AS day, extract(isodow FROM midnight)::int - 1 AS weekday,
            tstzrange(
                midnight AT TIME ZONE %(zone)s, (midnight + interval '1 day') AT TIME ZONE %(zone)s
            ) AS span
        FROM generate_series(%(first)s::timestamp, %(last)s::timestamp, interval '1 day') AS midnight
    """,
)


def one_day(*more: str) -> str:
    """The statement for one day. `more`: further columns that may ask for `this.day` and `this.site`."""
    return EACH.replace("MORE", "".join(f", {column}" for column in more)).replace("THESE", ONE)


DAY = one_day()


@dataclass(frozen=True)
class Day:
    """`zero` is local midnight; minutes are counted from it as they pass, whatever the clocks do.

    `nurses` and `breaks`: who is there, absences taken out. `least_load`: of any visit, by the state's ratio.
    """

    site: Site
    day: date
    version: int
    zero: datetime
    opens_at: datetime | None
    closes_at: datetime | None
    closure: str
    nurses: tuple[Span, ...]
    breaks: tuple[Span, ...]
    least_load: int = 1

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
    with connection.cursor() as cursor:
        cursor.execute(DAY, asked_of(site, day))
        return day_from(site, cursor.fetchone())


def asked_of(site: Site, day: date) -> dict[str, Any]:
    """What a statement of `one_day` wants to be told; `zero` is local midnight."""
    start, end = clock.day_span(day, site.zone)
    return {
        "site": site.pk,
        "state": site.state,
        "day": day,
        "weekday": day.weekday(),
        "within": DateTimeTZRange(start, end),
        "zero": start,
    }


def days_of(*, site: Site, first: date, last: date) -> list[Day]:
    """Every day from the first to the last as they stand now. One query."""
    asked: dict[str, Any] = {"site": site.pk, "state": site.state, "zone": site.zone}
    asked |= {"first": first, "last": last}
    with connection.cursor() as cursor:
        cursor.execute(DAYS, asked)
        return [day_from(site, row) for row in cursor.fetchall()]


def day_from(site: Site, row: Sequence[Any]) -> Day:
    """Of the first columns of such a statement."""
    day, version, opens, closes, closure, presences, pauses, ratio = row
    start, _ = clock.day_span(day, site.zone)
    return Day(
        site=site,
        day=day,
        version=version or 0,
        zero=start,
        opens_at=_wall(site, day, opens),
        closes_at=_closing(site, day, closes),
        closure=closure or "",
        nurses=tuple((since, until) for since, until in presences or ()),
        breaks=tuple((since, until) for since, until in pauses or ()),
        least_load=least_load(ratio),
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
    return site.moment(day, wall) if wall is not None else None


def _closing(site: Site, day: date, wall: time | None) -> datetime | None:
    """00:00 is midnight at the end of the day."""
    return _wall(site, day + timedelta(days=1) if wall == time(0) else day, wall)
