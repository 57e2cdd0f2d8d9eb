"""The Today board: chair rows by hour, the nurses' load, and who is expected, late, here or gone.

Four queries whatever the day holds: the day, its chairs, its visits, who shares a name.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from infusion_center.places.models import Site
from patients.models import Patient
from patients.selectors.card import with_same_name
from visits.models import Chair, Visit, VisitOrder
from visits.rules import board as layout
from visits.selectors.day import Day, day_of, is_current, version_of
from visits.selectors.growth import GIVEN, together
from visits.states import HOLDS_CHAIR, Status

_TAG = re.compile(r"(?P<site>\d{1,9})\.(?P<day>\d{8})\.(?P<version>\d{1,15})\.(?P<slot>\d{1,12})", re.ASCII)

ORDERED = JSONObject(
    title="order__title", minutes="order__chair_minutes", load="order__load", state="order__state"
)
LATE_AFTER = timedelta(minutes=10)  # past the planned start
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
_LIST = {
    Status.ARRIVED: IN_CLINIC,
    Status.IN_CHAIR: IN_CLINIC,
    Status.DONE: CHECKED_OUT,
    Status.LEFT_EARLY: CHECKED_OUT,
    Status.TRANSFERRED: CHECKED_OUT,
}

_VISIT = [
    "key",
    "status",
    "planned",
    "minutes",
    "load",
    "chair",
    "seated_at",
    "left_at",
    "arrived_at",
    "reason",
]
_VISIT += ["overbooked_reason", "chair__name", "chair__position", "regimen__name"]
_NAME = [
    "key",
    "given_name",
    "family_name",
    "preferred_name",
    "birth_date",
    "interpreter",
    "language",
    "number",
]
NEEDED = _VISIT + [f"patient__{name}" for name in _NAME] + [f"patient__merged_into__{name}" for name in _NAME]


@dataclass(frozen=True)
class Cell:
    """One visit as the board shows it. `starts` and `until`: actual times once there are such.

    `look` names colour and icon, `state` says the same in a word. `grown`: its orders need more.
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


@dataclass(frozen=True)
class ChairRows:
    """A chair's rows of boxes; several when somebody sits there longer than planned. No chair: overbooked."""

    chair: Chair | None
    rows: list[list[layout.Box[Cell]]]


@dataclass(frozen=True)
class Load:
    """The nurses' highest load in half an hour. `percent` None: nobody on shift."""

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

    @property
    def hour_span(self) -> int:
        return 60 // layout.COLUMN

    @property
    def groups(self) -> list[tuple[str, str, int]]:
        """(code, name, how many) of the four lists."""
        return [(code, name, self.counts.get(code, 0)) for code, name in GROUPS.items() if code != OFF]


def board(*, site: Site, day: date, at: datetime) -> Board:
    """The whole board. The day's version is read first: what changes meanwhile shows at the next refresh."""
    today = day_of(site=site, day=day)
    chairs = chairs_in_use(site)
    cells = cells_of(Visit.objects.on(site=site, day=day).on_board(), at=at)
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
        chairs=_chair_rows(today, chairs, cells, starts, ends),
        load=_load(today, cells, starts, ends),
        counts=Counter(cell.group for cell in cells),
    )


def chairs_in_use(site: Site) -> list[Chair]:
    """As they stand on the board. One query."""
    return list(Chair.objects.filter(site=site, active=True).order_by("position", "pk"))


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


def cells_of(visits: QuerySet[Visit], *, at: datetime) -> list[Cell]:
    """Visits with all that a cell or a line of the day list shows, by start. Two queries."""
    ordered = VisitOrder.objects.filter(visit=OuterRef("pk")).order_by("pk").values(one=ORDERED)
    rows = (
        visits.select_related("patient__merged_into", "chair", "regimen")
        .only(*NEEDED)
        .annotate(ordered=ArraySubquery(ordered))
        .order_by("planned", "pk")
    )
    cells = [_cell(visit, at) for visit in rows]
    with_same_name(cell.person for cell in cells)
    return cells


def group_of(status: str, starts_at: datetime, at: datetime) -> str:
    """Which of the front desk's lists a visit is in (requirement 52)."""
    if status in HOLDS_CHAIR and status not in _LIST:
        return LATE if at > starts_at + LATE_AFTER else EXPECTED
    return _LIST.get(Status(status), OFF)


def _cell(visit: Any, at: datetime) -> Cell:
    titles = ", ".join(one["title"] for one in visit.ordered)
    what = titles or (visit.regimen.name if visit.regimen else "") or visit.reason
    (starts, until), group = drawn(visit, at), group_of(visit.status, visit.starts_at, at)
    return Cell(
        visit=visit,
        person=visit.patient.merged_into or visit.patient,
        what=what or UNDECIDED,
        group=group,
        starts=starts,
        until=until,
        look=LATE if group == LATE else visit.status,
        state="Late" if group == LATE else Status(visit.status).label,
        grown=visit.status in HOLDS_CHAIR and _grown(visit),
    )


def _grown(visit: Any) -> bool:
    """One query for a whole board: a site's own loads are asked when the visit is opened."""
    given = [one for one in visit.ordered if one["state"] in GIVEN]
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
    """Per half hour: the highest load against the fewest nurses, in percent."""
    staying = [cell for cell in cells if cell.visit.status in HOLDS_CHAIR]
    loads = [
        (day.minute(cell.starts), day.minute(cell.until), max(cell.visit.load, day.least_load))
        for cell in staying
    ]
    absence = [(start, until, -1) for start, until in day.nurses] + [(*pause, 1) for pause in day.breaks]
    fewest = layout.highest(absence, starts=starts, ends=ends, step=LOAD_STEP)
    peaks = layout.highest(loads, starts=starts, ends=ends, step=LOAD_STEP)
    each = day.site.load_per_nurse
    return [
        Load(round(100 * peak / (-nurses * each)) if nurses < 0 else None, LOAD_STEP // layout.COLUMN)
        for peak, nurses in zip(peaks, fewest, strict=True)
    ]
