"""The Today board: chair rows by hour, the nurses' load, and who is expected, late, here or gone.

Three queries whatever the day holds: the day, its chairs, its visits.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Model

from infusion_center.places.models import Site
from patients.models import Patient
from patients.states import YesNo
from visits.models import Chair, Visit
from visits.rules import board as layout
from visits.selectors.day import Day, day_of, is_current, minutes_between, version_of
from visits.selectors.growth import GIVEN, together
from visits.states import HOLDS_CHAIR, ON_BOARD, Status

_TAG = re.compile(r"(?P<site>\d{1,9})\.(?P<day>\d{8})\.(?P<version>\d{1,15})\.(?P<slot>\d{1,12})", re.ASCII)

LOAD_STEP = 30  # minutes
UNDECIDED = "Not decided yet"

EXPECTED, LATE, IN_CLINIC, CHECKED_OUT, OFF = "expected", "late", "in_clinic", "checked_out", "off"
GROUPS = {
    EXPECTED: "Expected",
    LATE: "Late",
    IN_CLINIC: "In clinic",
    CHECKED_OUT: "Checked out",
    OFF: "Not coming",
}
OVERDUE, NO_DRIVER, NO_COVER, COMFORT = "overdue", "no_driver", "no_cover", "comfort"
LIGHTS = {
    OVERDUE: "Overdue",
    NO_DRIVER: "No driver yet",
    NO_COVER: "Cover to check",
    COMFORT: "Comfort needs",
}
_LIST = {
    Status.ARRIVED: IN_CLINIC,
    Status.IN_CHAIR: IN_CLINIC,
    Status.DONE: CHECKED_OUT,
    Status.LEFT_EARLY: CHECKED_OUT,
    Status.TRANSFERRED: CHECKED_OUT,
}

# Another person here with the same name, by the index `patient_by_name`.
SAME_NAME = """
    EXISTS (
        SELECT FROM patients_patient other
        WHERE fold(other.family_name) = fold(person.family_name)
            AND fold(other.given_name) = fold(person.given_name)
            AND other.id <> person.id AND other.merged_into_id IS NULL
    )
"""


def _columns(model: type[Model], *names: str) -> list[str]:
    """In the order in which `from_db` takes their values."""
    return [field.attname for field in model._meta.concrete_fields if field.attname in names]


_VISIT = _columns(
    Visit,
    *("id", "key", "status", "planned", "minutes", "load", "chair_id", "arrived_at", "seated_at", "left_at"),
    *("reason", "overbooked_reason", "has_driver"),
)
_PERSON = _columns(
    Patient,
    *("id", "key", "number", "given_name", "family_name", "preferred_name", "birth_date"),
    *("interpreter", "language", "comfort"),
)
# What every desk asks for again and again (decision 0016).
CELLS = f"""
    SELECT
        (
            SELECT json_agg(
                json_build_object(
                    'title', asked.title, 'minutes', asked.chair_minutes, 'load', asked.load,
                    'state', asked.state, 'driver', asked.driver_required
                ) ORDER BY link.id
            )
            FROM visits_visitorder link JOIN regimens_order asked ON asked.id = link.order_id
            WHERE link.visit_id = visit.id
        ),
        regimen.name, regimen.driver, {SAME_NAME},
        visit.status = 'in_chair' AND EXISTS (
            SELECT FROM visits_administration line
            WHERE line.visit_id = visit.id AND line.started_at IS NOT NULL
        ),
        (
            SELECT bool_or(cover.state = 'active') FROM patients_coverage cover
            WHERE cover.patient_id IN (own.id, person.id) AND cover.state <> 'ended'
                AND coalesce(cover.starts_on <= visit.day, true)
                AND coalesce(cover.ends_on >= visit.day, true)
        ),
        {", ".join(f"visit.{name}" for name in _VISIT)}, {", ".join(f"person.{name}" for name in _PERSON)}
    FROM visits_visit visit
    JOIN patients_patient own ON own.id = visit.patient_id
    JOIN patients_patient person ON person.id = coalesce(own.merged_into_id, own.id)
    LEFT JOIN regimens_regimen regimen ON regimen.id = visit.regimen_id
    WHERE visit.site_id = %(site)s AND visit.day = %(day)s AND visit.status = ANY(%(shown)s)
    ORDER BY visit.planned, visit.id
"""  # noqa: S608 - of our own words


@dataclass(frozen=True)
class Cell:
    """One visit as the board shows it. `starts` and `until`: actual times once there are such.

    `look` names colour and icon, `state` says the same in a word. `grown`: its orders need more. `lights`:
    what somebody has to see to, or to know, each a sentence by its name in LIGHTS.
    """

    visit: Visit
    person: Patient
    what: str
    group: str
    starts: datetime
    until: datetime
    look: str
    state: str
    grown: bool = False
    lights: Mapping[str, str] = field(default_factory=dict)

    def counts_for(self, only: str) -> bool:
        """It belongs to that list, or has that light."""
        return only == self.group or only in self.lights


@dataclass(frozen=True)
class ChairRows:
    """A chair's rows of boxes; several when somebody sits there longer than planned. No chair: overbooked."""

    chair: Chair | None
    rows: list[list[layout.Box[Cell]]]


@dataclass(frozen=True)
class Load:
    """The nurses' highest load in some minutes. `percent` None: nobody on shift."""

    percent: int | None
    span: int

    @property
    def level(self) -> str:
        if self.percent is None:
            return "none"
        return "full" if self.percent >= 100 else "high" if self.percent >= 80 else "fine"


@dataclass(frozen=True)
class Board:
    """What the page draws. Columns are five minutes wide; `now` is in columns, None when off the board."""

    day: Day
    at: datetime
    tag: str
    hours: list[str]
    columns: int
    now: float | None
    chairs: list[ChairRows]
    load: list[Load]
    counts: dict[str, int]
    only: str = ""

    @property
    def hour_span(self) -> int:
        return 60 // layout.COLUMN

    @property
    def groups(self) -> list[tuple[str, str, int]]:
        """(code, name, how many) of the four lists, then of the lights there are."""
        lists = [(code, name, self.counts.get(code, 0)) for code, name in GROUPS.items() if code != OFF]
        lit = [(code, name, self.counts.get(code, 0)) for code, name in LIGHTS.items()]
        return lists + [(code, name, count) for code, name, count in lit if count or code == self.only]


def board(*, site: Site, day: date, at: datetime, only: str = "") -> Board:
    """The whole board. The day's version is read first: what changes meanwhile shows at the next refresh.

    `only`: a list or a light; visits outside it stay, but step back.
    """
    today = day_of(site=site, day=day)
    chairs = chairs_of(site)
    cells = cells_on(site=site, day=day, statuses=ON_BOARD, chairs=chairs, at=at)
    spans = [(today.minute(cell.starts), today.minute(cell.until)) for cell in cells]
    if today.opens_at and today.closes_at:
        spans.append((today.minute(today.opens_at), today.minute(today.closes_at)))
    starts, ends = layout.whole_hours(spans)
    now = (at - today.moment(starts)) / timedelta(minutes=layout.COLUMN)
    columns = (ends - starts) // layout.COLUMN
    return Board(
        day=today,
        at=at,
        tag=tag(site=site, day=day, version=today.version, at=at),
        hours=[today.wall(today.moment(minute)) for minute in range(starts, ends, 60)],
        columns=columns,
        now=round(now, 2) if 0 <= now <= columns else None,
        chairs=_chair_rows(today, [chair for chair in chairs if chair.active], cells, starts, ends),
        load=_load(today, cells, starts, ends),
        counts=Counter(name for cell in cells for name in (cell.group, *cell.lights)),
        only=only if only in GROUPS | LIGHTS else "",
    )


def chairs_of(site: Site) -> list[Chair]:
    """As they stand on the board, those out of use too. One query."""
    return list(Chair.objects.filter(site=site).order_by("position", "pk"))


def chairs_in_use(site: Site) -> list[Chair]:
    """As they stand on the board. One query."""
    return [chair for chair in chairs_of(site) if chair.active]


def tag(*, site: Site, day: date, version: int, at: datetime) -> str:
    """What a screen shows: site, day, the day's version, and the five minutes that moved the now line."""
    return f"{site.pk}.{day:%Y%m%d}.{version}.{_slot(at)}"


def current_tag(*, site: Site, day: date, at: datetime) -> str:
    """The tag of what stands now. One query."""
    return tag(site=site, day=day, version=version_of(site=site, day=day), at=at)


def unchanged(shown: str, *, at: datetime) -> bool:
    """True if a screen with this tag is up to date. One query; none for an old tag or none of ours."""
    found = _TAG.fullmatch(shown)
    if found is None or int(found["slot"]) != _slot(at):
        return False
    try:
        day = date.fromisoformat(found["day"])
    except ValueError:
        return False
    return is_current(site_pk=int(found["site"]), day=day, version=int(found["version"]))


def _slot(at: datetime) -> int:
    return int(at.timestamp()) // (layout.COLUMN * 60)


def cells_on(
    *, site: Site, day: date, statuses: Iterable[str], chairs: Iterable[Chair], at: datetime
) -> list[Cell]:
    """The visits of a day with all that a cell or a line of the day list shows, by start. One query.

    `chairs`: all of the site (`chairs_of`).
    """
    by_pk = {chair.pk: chair for chair in chairs}
    shown = [str(status) for status in statuses]
    with connection.cursor() as cursor:
        cursor.execute(CELLS, {"site": site.pk, "day": day, "shown": shown})
        return [_cell(row, site, by_pk, at) for row in cursor.fetchall()]


def group_of(status: str, starts_at: datetime, at: datetime, *, site: Site) -> str:
    """Which of the front desk's lists a visit is in (requirement 52)."""
    if status in HOLDS_CHAIR and status not in _LIST:
        return LATE if at > starts_at + timedelta(minutes=site.late_after_minutes) else EXPECTED
    return _LIST.get(Status(status), OFF)


def _cell(row: Sequence[Any], site: Site, chairs: Mapping[int, Chair], at: datetime) -> Cell:
    ordered, regimen, driver, same_name, started, covered, *values = row
    visit = Visit.from_db(connection.alias, _VISIT, values[: len(_VISIT)])
    visit.chair = chairs[visit.chair_id] if visit.chair_id else None
    person = Patient.from_db(connection.alias, _PERSON, values[len(_VISIT) :])
    person.same_name = same_name  # type: ignore[attr-defined]  # read by _ui/patient_name.html
    (starts, until), group = drawn(visit, at), group_of(visit.status, visit.starts_at, at, site=site)
    titles = ", ".join(one["title"] for one in ordered or ())
    return Cell(
        visit=visit,
        person=person,
        what=titles or regimen or visit.reason or UNDECIDED,
        group=group,
        starts=starts,
        until=until,
        look=LATE if group == LATE else visit.status,
        state="Late" if group == LATE else Status(visit.status).label,
        grown=visit.status in HOLDS_CHAIR and _grown(visit, ordered or ()),
        lights=_lights(
            overdue=_overdue(site, visit, started, at),
            driver=_driver(visit, any(one["driver"] for one in ordered or ()) or driver == "required"),
            cover=_cover(covered),
            comfort=person.comfort,
        )
        if visit.status in HOLDS_CHAIR
        else {},
    )


def _lights(*, overdue: str, driver: str, cover: str, comfort: str) -> dict[str, str]:
    said = {OVERDUE: overdue, NO_DRIVER: driver, NO_COVER: cover, COMFORT: comfort.strip()}
    return {name: words for name, words in said.items() if words}


def _overdue(site: Site, visit: Visit, started: bool, at: datetime) -> str:
    patience = layout.Patience(
        site.waiting_at_most_minutes, site.first_drop_within_minutes, site.over_at_most_minutes
    )
    if visit.status == Status.ARRIVED and visit.arrived_at is not None:
        # Who comes early waits from the time that was promised.
        since = max(visit.arrived_at, visit.starts_at)
        return layout.overdue(patience, waits=minutes_between(since, at), started=False)
    if visit.status == Status.IN_CHAIR and visit.seated_at is not None:
        sits, over = minutes_between(visit.seated_at, at), minutes_between(visit.ends_at, at)
        return layout.overdue(patience, sits=sits, started=started, over=over)
    return ""


def _driver(visit: Visit, wanted: bool) -> str:
    """Only where one is needed; not asked is not no."""
    if not wanted or visit.has_driver == YesNo.YES:
        return ""
    return "has no driver" if visit.has_driver == YesNo.NO else "driver not asked"


def _cover(covered: bool | None) -> str:
    """By what is on file for that day."""
    return "" if covered else "no coverage on file" if covered is None else "coverage not verified"


def _grown(visit: Visit, ordered: Iterable[Mapping[str, Any]]) -> bool:
    """One query for a whole board: a site's own loads are asked when the visit is opened."""
    given = [one for one in ordered if one["state"] in GIVEN]
    longer = together([one["minutes"] for one in given]) > visit.minutes
    return longer or any(one["load"] > visit.load for one in given)


def drawn(visit: Visit, at: datetime) -> tuple[datetime, datetime]:
    """Planned while it is a plan, actual afterwards; who still sits there is drawn up to now at least."""
    if visit.seated_at is None:
        return visit.starts_at, visit.ends_at
    if visit.left_at is not None:
        return visit.seated_at, visit.left_at
    return visit.seated_at, max(visit.seated_at + timedelta(minutes=visit.minutes), at)


def _chair_rows(
    day: Day, chairs: Iterable[Chair], cells: Sequence[Cell], starts: int, ends: int
) -> list[ChairRows]:
    by_chair: dict[int | None, list[tuple[int, int, Cell]]] = {}
    for cell in cells:
        thing = (day.minute(cell.starts), day.minute(cell.until), cell)
        by_chair.setdefault(cell.visit.chair_id, []).append(thing)
    rows = [
        ChairRows(chair, layout.lanes(by_chair.pop(chair.pk, []), starts=starts, ends=ends))
        for chair in chairs
    ]
    without = by_chair.pop(None, [])
    rows += [
        ChairRows(things[0][2].visit.chair, layout.lanes(things, starts=starts, ends=ends))
        for things in by_chair.values()  # chairs that are out of use by now
    ]
    return rows + ([ChairRows(None, layout.lanes(without, starts=starts, ends=ends))] if without else [])


def _load(day: Day, cells: Sequence[Cell], starts: int, ends: int) -> list[Load]:
    """Of everybody on the board, gone or not: the hours that are over show what they were."""
    stays = [(day.minute(cell.starts), day.minute(cell.until), cell.visit.load) for cell in cells]
    return loads_by(day, stays, starts=starts, ends=ends, step=LOAD_STEP)


def loads_by(
    day: Day, stays: Iterable[tuple[int, int, int]], *, starts: int, ends: int, step: int
) -> list[Load]:
    """Per step of minutes: the highest load of who stays (from, until, load) against the fewest nurses."""
    loads = [(start, until, max(load, day.least_load)) for start, until, load in stays]
    absence = [(start, until, -1) for start, until in day.nurses] + [(*pause, 1) for pause in day.breaks]
    fewest = layout.highest(absence, starts=starts, ends=ends, step=step)
    peaks = layout.highest(loads, starts=starts, ends=ends, step=step)
    each = day.site.load_per_nurse
    return [
        Load(round(100 * peak / (-nurses * each)) if nurses < 0 else None, step // layout.COLUMN)
        for peak, nurses in zip(peaks, fewest, strict=True)
    ]
