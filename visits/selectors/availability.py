"""The best starts of a day, and why the others fail. One query, however full; a second for a series visit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from django.db import connection

from infusion_center.places.models import Site
from visits.models import Chair, Visit
from visits.rules import colouring, levelling, slots
from visits.selectors.day import Day, asked_of, day_from, one_day
from visits.selectors.reserve import KEPT, Kept, kept_on
from visits.selectors.usual import same_day_chairs
from visits.states import CHAIR_IS_OPEN, HOLDS_CHAIR, ChairKind, Status, VisitKind, in_sql

GRID = 5  # minutes
APART = 30  # minutes between offered starts, where the day allows
LIMIT = 3
OTHERS = {"chairs", "chairs_long", "nurses", "starts"}  # what is full because of somebody who could move
NEW = 0  # the key of the visit that is not a row yet

# Asked by every booking while others wait, as is the day itself (`day.DAY`): no ORM, no ranges to take apart.
CHAIRS = """(
    SELECT json_agg(
        json_build_array(id, site_id, name, kind, dim, position, active) ORDER BY position, id
    )
    FROM visits_chair WHERE site_id = this.site
)"""
PLACES = f"""(
    SELECT json_agg(json_build_array(
        visit.id, coalesce(patient.merged_into_id, patient.id), visit.status,
        visit.chair_id, visit.chair_kind,
        floor(date_part('epoch', lower(visit.planned) - %(zero)s) / 60)::int,
        floor(date_part('epoch', upper(visit.planned) - %(zero)s) / 60)::int,
        floor(date_part('epoch', upper(visit.chair_time) - %(zero)s) / 60)::int,
        floor(date_part('epoch', visit.seated_at - %(zero)s) / 60)::int,
        visit.minutes, visit.load, patient.comfort, visit.held_until
    ) ORDER BY visit.id)
    FROM visits_visit visit JOIN patients_patient patient ON patient.id = visit.patient_id
    WHERE visit.site_id = this.site AND visit.day = this.day AND visit.status IN ({in_sql(HOLDS_CHAIR)})
)"""  # noqa: S608 - of our own words
OPEN_DAY = one_day(CHAIRS, PLACES, KEPT)


@dataclass(frozen=True)
class Asked:
    """What a caller needs: minutes in the chair, load on a nurse who carries 12, and their own limits.

    `wished_at`: when somebody whose series is planned would like to come; anybody else comes when they can.
    `person`: whose own visits of that day are in the way (the record that is kept).
    """

    minutes: int
    load: int
    chair_kind: str = ChairKind.RECLINER
    earliest_at: datetime | None = None
    must_leave_by: datetime | None = None
    dim: bool = False
    kind: str = VisitKind.RESCUE
    wished_at: datetime | None = None
    person: int | None = None


@dataclass(frozen=True)
class Start:
    """A start that fits, with the chairs that are free for it as the day is planned now."""

    at: datetime
    chairs: tuple[str, ...]


@dataclass(frozen=True)
class Offers:
    """Starts, best first, and sentences saying why the visit cannot start at once.

    `levelled`: booked ahead, so the best start is the one near the wish that keeps the day level; else the
    earliest. `movable`: others stand in the way, so it may help if one of them moves.
    """

    starts: tuple[Start, ...]
    why_not: tuple[str, ...]
    levelled: bool = False
    movable: bool = False


class Place(NamedTuple):
    """One visit's place in a day, as planning sees it, in minutes of the day.

    `person`: the record that is kept. `kind`: of the chair somebody has, else of the one wished for.
    `seated`: since when they sit there.
    """

    visit: int
    person: int
    status: str
    chair: int | None
    kind: str
    start: int
    until: int
    chair_until: int
    seated: int | None
    minutes: int
    load: int
    comfort: str
    held_until: datetime | None

    def ran_out(self, at: datetime) -> bool:
        return self.status == Status.HELD and self.held_until is not None and self.held_until <= at


class ChairRow(NamedTuple):
    """The columns of a Chair in their order: of all that a day has, one becomes a row of the ORM at most."""

    pk: int
    site_id: int
    name: str
    kind: str
    dim: bool
    position: int
    active: bool


@dataclass(frozen=True)
class OpenDay:
    """A day with its chairs and every place held in it at `at`. `ran_out`: some holds are none any more.

    `kept`: places that whoever books now may not have, because they are for same-day calls.
    """

    day: Day
    chairs: list[ChairRow]
    places: list[Place]
    ran_out: bool
    at: datetime
    kept: tuple[Kept, ...] = ()

    @cached_property
    def seats(self) -> list[colouring.Seat]:
        return [colouring.Seat(chair.pk, chair.kind, chair.dim) for chair in self.chairs]

    def theirs(self, person: int | None, start: int, until: int) -> Place | None:
        """A place that this person has already and that meets these minutes of the day."""
        mine = (place for place in self.places if place.person == person)
        return next((one for one in mine if one.start < until and start < one.until), None)

    def chair(self, key: int) -> Chair:
        """One of them, whole. Raises KeyError where it is not in use on that day."""
        return Chair(**{chair.pk: chair for chair in self.chairs}[key]._asdict())


@dataclass(frozen=True)
class Search:
    """One request against one day: what is there, reckoned once."""

    plan: OpenDay
    asked: Asked

    @cached_property
    def floor(self) -> slots.Floor:
        """What chairs of this kind and the nurses still offer."""
        day, site = self.plan.day, self.plan.day.site
        return slots.Floor(
            opens=day.minute(day.opens_at) if day.opens_at else 0,
            closes=day.minute(day.closes_at) if day.closes_at else 0,
            chairs=len(self._mine),
            nurses=day.nurses,
            breaks=day.breaks,
            load_per_nurse=site.load_per_nurse,
            start_minutes=site.start_occupies_nurse_minutes,
            turnover=site.turnover_minutes,
            stays=(*self._stays, *self._kept),
        )

    @cached_property
    def room(self) -> slots.Room:
        """Where each resource alone would let it start: asked for the starts and for why not sooner."""
        return slots.room_for(self.floor, self.wish)

    def kept_at(self, minute: int) -> str:
        """`13:00 to 15:00 is kept ...` if only that stands in the way of this start; else empty."""
        if not self.plan.kept or not self.unkept >> minute & 1 or self.placement(minute) is not None:
            return ""
        until = minute + self.asked.minutes
        mine = (one for one in self.plan.kept if one.starts < until and minute < one.ends)
        return next((one.words(self.plan.day) for one in mine), "")

    @cached_property
    def unkept(self) -> int:
        """The minutes at which the visit could start if nothing were kept for same-day calls."""
        floor, wish = replace(self.floor, stays=self._stays), self.wish
        last = min(wish.latest_end, floor.closes) - wish.minutes
        return slots.room_for(floor, wish).starts & slots.between(max(wish.earliest, floor.opens), last + 1)

    @cached_property
    def sittings(self) -> list[colouring.Sitting]:
        """Who sits or will sit on chairs of this kind."""
        return [sitting(place) for place in self.plan.places if self._on_our_chair(place)]

    @cached_property
    def wish(self) -> slots.Wish:
        """The request in whole minutes of this day, not before now."""
        earliest = max(self.plan.at, self.asked.earliest_at or self.plan.at) - self.plan.day.zero
        minute = max(0, -(-earliest // timedelta(minutes=1)))
        leave = self.asked.must_leave_by
        latest_end = self.plan.day.minute(leave) if leave else slots.HORIZON
        return slots.Wish(minute, latest_end, self.asked.minutes, self.load)

    @property
    def load(self) -> int:
        """Never less than a state's ratio allows, whatever was asked for."""
        return max(self.asked.load, self.plan.day.least_load)

    @cached_property
    def free_starts(self) -> int:
        """The minutes at which some chair is free for long enough without moving anybody."""
        taken = {chair.pk: 0 for chair in self._mine}
        for one in self.sittings:
            if one.chair in taken:
                taken[one.chair] |= slots.between(max(0, one.start), one.until)
        length, always = self._chair_until(0), slots.between(0, slots.HORIZON)
        free = 0
        for minutes in taken.values():
            free |= slots.lasting(always & ~minutes, length)
        return free

    @cached_property
    def _mine(self) -> list[ChairRow]:
        return [chair for chair in self.plan.chairs if chair.kind == self.asked.chair_kind]

    def fitting(self) -> Iterator[int]:
        """Starts that fit by count, and for which chairs can be found around those that are fixed."""
        theirs = (place.until for place in self.plan.places if place.person == self.asked.person)
        ends = [*(sitting.until for sitting in self.sittings), *theirs]
        return slots.offered(
            self.floor,
            self.wish,
            grid=GRID,
            chair_ends=ends,
            seatable=self._has_a_chair,
            room=self.room,
        )

    @property
    def ahead(self) -> bool:
        """A series visit of another day. Who calls for today is never delayed for tidiness."""
        return self.asked.kind == VisitKind.SCHEDULED and self.plan.day.day > self.today

    @property
    def today(self) -> date:
        return self.plan.day.site.day_of(self.plan.at)

    def ranked(self, usual: Iterable[levelling.Use]) -> list[int]:
        """The fitting starts, those first that are near the wish and keep the day level."""
        wished = self.plan.day.minute(self.asked.wished_at) if self.asked.wished_at else None
        return levelling.rank(self.floor, self.wish, self.fitting(), wished, usual=usual)

    def _has_a_chair(self, minute: int) -> bool:
        if self._own_around(minute):
            return False
        return bool(self.free_starts >> minute & 1) or self.seating(minute) is not None

    def _own_around(self, minute: int) -> Place | None:
        return self.plan.theirs(self.asked.person, minute, minute + self.asked.minutes)

    def own_at(self, minute: int) -> str:
        """`Has a visit from 13:10 to 14:35 already.` where this start would run into it; else empty."""
        one, day = self._own_around(minute), self.plan.day
        if one is None:
            return ""
        since, until = (day.wall(day.moment(end)) for end in (one.start, one.until))
        return f"Has a visit from {since} to {until} already."

    def placement(self, minute: int) -> dict[int, int] | None:
        """As `seating`, if nurses and chairs have room for a start at this very minute; else None."""
        fits = self.room.starts >> minute & 1
        return self.seating(minute) if fits else None

    def seating(self, minute: int) -> dict[int, int] | None:
        """Chair by visit: the new visit is NEW, others listed change chairs for it. None: no way."""
        return colouring.seat(self._sitting(minute), self.sittings, self.plan.seats)

    def seating_in(self, chair: int, minute: int) -> dict[int, int] | None:
        """As `seating`, in this very chair of the kind."""
        mine = self._sitting(minute, chair)
        found = colouring.put(mine, self.sittings, self.plan.seats)
        return None if found is None else found | {NEW: chair}

    def changes(self, seating: Mapping[int, int]) -> dict[int, int]:
        """Of such a seating, the others whose chair is another one than now."""
        now = {sitting.key: sitting.chair for sitting in self.sittings}
        return {key: chair for key, chair in seating.items() if key != NEW and chair != now[key]}

    def _sitting(self, minute: int, chair: int | None = None) -> colouring.Sitting:
        asked, until = self.asked, self._chair_until(minute)
        return colouring.Sitting(NEW, minute, until, asked.chair_kind, chair, dim=asked.dim)

    def why_not(self, soonest: int) -> list[slots.Why]:
        """What stands in the way at the wished minute; if nothing does, at the first one of the grid."""
        at_grid = replace(self.wish, earliest=soonest)
        wished = slots.why_not(self.floor, self.wish, self.room)
        return wished or slots.why_not(self.floor, at_grid, self.room)

    def full_at(self, minute: int) -> list[str]:
        """What is taken at this very minute: chairs, nurses, or both."""
        wish = slots.Wish(minute, slots.HORIZON, self.asked.minutes, self.load)
        found = {why.what for why in slots.why_not(self.floor, wish, self.room)}
        chair = bool(found & {"chairs", "chairs_long"})
        nurses = bool(found & {"nurses", "starts", "nobody"})
        return ["chairs"] * (chair or not nurses) + ["nurses"] * nurses

    def free_chairs(self, minute: int) -> tuple[str, ...]:
        """Names of the chairs of this kind that nobody has for that time."""
        until = self._chair_until(minute)
        taken = {s.chair for s in self.sittings if s.start < until and minute < s.until}
        return tuple(chair.name for chair in self._mine if chair.pk not in taken)

    @cached_property
    def _stays(self) -> tuple[slots.Stay, ...]:
        return tuple(map(self.stay, self.plan.places))

    @cached_property
    def _turnover(self) -> int:
        return self.plan.day.site.turnover_minutes

    @property
    def _kept(self) -> Iterator[slots.Stay]:
        """One unknown visit per place that is kept, as long as it is."""
        for one in self.plan.kept:
            holds = 1 if one.chair_kind == self.asked.chair_kind else 0
            for _ in range(one.places):
                yield slots.Stay(one.starts, one.ends, one.ends, one.load, holds)

    def _chair_until(self, minute: int) -> int:
        return minute + self.asked.minutes + self._turnover

    def _on_our_chair(self, place: Place) -> bool:
        return place.chair is not None and place.kind == self.asked.chair_kind

    def stay(self, place: Place) -> slots.Stay:
        """Planned times are promises; somebody who sits there early or long is there all the same."""
        start, until, seated = place.start, place.until, place.seated
        if seated is not None and place.status == Status.IN_CHAIR:
            start = min(start, seated)
            until = max(until, seated + place.minutes, self.plan.day.minute(self.plan.at) + GRID)
        holds = 1 if self._on_our_chair(place) else 0
        return slots.Stay(start, until, until + self._turnover, place.load, holds)


def offers(*, site: Site, day: date, at: datetime, limit: int = LIMIT, **request: Any) -> Offers:
    """Up to `limit` starts on that day, the best always among them, and why it cannot be sooner.

    `request`: the fields of Asked.
    """
    search = Search(open_day(site=site, day=day, at=at), Asked(**request))
    kind, today = search.asked.chair_kind, search.today
    usual = same_day_chairs(site=site, chair_kind=kind, before=today) if search.ahead else ()
    return offers_on(search, limit=limit, usual=usual)


def open_day(*, site: Site, day: date, at: datetime) -> OpenDay:
    """One query: the day, its chairs, who holds a place in it, what is kept of it."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN_DAY, asked_of(site, day))
        *row, chair_rows, place_rows, kept_rows = cursor.fetchone()
    today = day_from(site, row)
    chairs = [ChairRow(*row) for row in chair_rows or ()]
    kinds = {chair.pk: chair.kind for chair in chairs}
    found = list(_places(place_rows or (), kinds, today.least_load))
    places = [place for place in found if not place.ran_out(at)]
    kept = kept_on(today, kept_rows or (), at=at)
    return OpenDay(
        day=today,
        chairs=[chair for chair in chairs if chair.active],
        places=places,
        ran_out=len(places) < len(found),
        at=at,
        kept=kept,
    )


def _places(found: Iterable[Sequence[Any]], kinds: Mapping[int, str], least_load: int) -> Iterator[Place]:
    for visit, person, status, chair, wished, *times, load, comfort, held in found:
        held_until = datetime.fromisoformat(held) if held else None
        there = kinds.get(chair, wished), *times, max(load, least_load), comfort, held_until
        yield Place(visit, person, status, chair, *there)


def offers_on(search: Search, *, limit: int = LIMIT, usual: Iterable[levelling.Use] = ()) -> Offers:
    """The same on a day that is loaded already: no query. `usual`: what same-day callers will want of it."""
    day, asked, ahead = search.plan.day, search.asked, search.ahead
    if day.day < search.today or day.closed_because:
        return Offers((), (day.closed_because or "That day is over.",), ahead)
    fitting = search.ranked(usual) if ahead else search.fitting()
    chosen = slots.spread(fitting, limit=limit, apart=APART)
    starts = tuple(Start(day.moment(minute), search.free_chairs(minute)) for minute in chosen)
    soonest = -(-max(search.wish.earliest, search.floor.opens) // GRID) * GRID
    if chosen and (ahead or chosen[0] <= soonest):
        return Offers(starts, (), ahead)
    first = next(slots.bits(search.unkept), None) if search.plan.kept else None
    kept = search.kept_at(first) if first is not None else ""
    full = search.why_not(soonest)
    why_not = (kept,) if kept else (search.own_at(soonest), *(in_words(day, asked, why) for why in full))
    movable = any(why.what in OTHERS for why in full)
    return Offers(starts, tuple(filter(None, why_not)), ahead, movable)


def sitting(place: Place) -> colouring.Sitting:
    """A place as the colouring sees it: its promised time with turnover."""
    fixed, dim = place.status not in CHAIR_IS_OPEN, likes_it_dim(place.comfort)
    return colouring.Sitting(place.visit, place.start, place.chair_until, place.kind, place.chair, fixed, dim)


def place_of(visit: Visit, day: Day) -> Place:
    """The place of a visit that holds none any more, or not yet."""
    return Place(
        visit=visit.pk,
        person=visit.patient.merged_into_id or visit.patient_id,
        status=visit.status,
        chair=visit.chair_id,
        kind=visit.chair.kind if visit.chair else visit.chair_kind,
        start=day.minute(visit.planned.lower),
        until=day.minute(visit.planned.upper),
        chair_until=day.minute(visit.chair_time.upper),
        seated=day.minute(visit.seated_at) if visit.seated_at else None,
        minutes=visit.minutes,
        load=visit.load,
        comfort=visit.patient.comfort,
        held_until=visit.held_until,
    )


def likes_it_dim(comfort: str) -> bool:
    """What the patient said about light, in free words."""
    return bool(comfort) and any(word in comfort.lower() for word in ("light", "dim", "dark", "photophobia"))


def in_words(day: Day, asked: Asked, why: slots.Why) -> str:
    """`Nurses full until 10:45.`"""
    until = (
        f"until {day.wall(day.moment(why.until))}"
        if why.until is not None
        else "until it is too late to start"
    )
    chairs = {"recliner": "recliners", "bed": "beds", "private": "private rooms"}.get(
        asked.chair_kind, "chairs"
    )
    hours = f"{asked.minutes} minutes"
    sentences: dict[slots.What, str] = {
        "chairs": f"All {chairs} taken {until}.",
        "chairs_long": f"None of the {chairs} is free for {hours} {until}.",
        "nurses": f"Nurses full {until}.",
        "starts": f"Every nurse is starting somebody {until}.",
        "nobody": f"No nurse on shift {until}.",
        "closing": f"Would end after closing at {day.wall(day.closes_at) if day.closes_at else 'midnight'}.",
        "leaving": f"Would end after {day.wall(asked.must_leave_by) if asked.must_leave_by else 'closing'}, "
        "when the patient has to leave.",
    }
    return sentences[why.what]
