"""The best starts of a day, and why the others fail. Three queries a day, however full it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from infusion_center.places.models import Site
from visits.models import Chair, Visit
from visits.rules import colouring, slots
from visits.selectors.day import Day, day_of
from visits.states import CHAIR_IS_OPEN, ChairKind, Status

GRID = 5  # minutes
APART = 30  # minutes between offered starts, where the day allows
LIMIT = 3
NEW = 0  # the key of the visit that is not a row yet
NEEDED = ["status", "planned", "chair_time", "minutes", "load", "seated_at", "held_until", "chair_kind"]
NEEDED += ["patient__comfort", "patient__merged_into", "chair__name", "chair__kind"]


@dataclass(frozen=True)
class Asked:
    """What a caller needs: minutes in the chair, load on a nurse who carries 12, and their own limits."""

    minutes: int
    load: int
    chair_kind: str = ChairKind.RECLINER
    earliest_at: datetime | None = None
    must_leave_by: datetime | None = None
    dim: bool = False


@dataclass(frozen=True)
class Start:
    """A start that fits, with the chairs that are free for it as the day is planned now."""

    at: datetime
    chairs: tuple[str, ...]


@dataclass(frozen=True)
class Offers:
    """Starts, earliest first, and sentences saying why the visit cannot start at once."""

    starts: tuple[Start, ...]
    why_not: tuple[str, ...]


@dataclass(frozen=True)
class OpenDay:
    """A day with its chairs and everybody who holds a place in it at `at`. `ran_out` hold none any more."""

    day: Day
    chairs: list[Chair]
    visits: list[Visit]
    ran_out: list[Visit]
    at: datetime


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
            stays=tuple(self._stay(visit) for visit in self.plan.visits),
        )

    @cached_property
    def sittings(self) -> list[colouring.Sitting]:
        """Who sits or will sit on chairs of this kind."""
        ours = [
            visit for visit in self.plan.visits if visit.chair_id and kind_of(visit) == self.asked.chair_kind
        ]
        return [sitting(self.plan.day, visit) for visit in ours]

    @cached_property
    def seats(self) -> list[colouring.Seat]:
        return [colouring.Seat(chair.pk, chair.kind, chair.dim) for chair in self.plan.chairs]

    @cached_property
    def wish(self) -> slots.Wish:
        """The request in minutes of this day, not before now, rounded up to the grid."""
        earliest = max(self.plan.at, self.asked.earliest_at or self.plan.at) - self.plan.day.zero
        minute = max(0, -(-earliest // timedelta(minutes=GRID)) * GRID)
        leave = self.asked.must_leave_by
        latest_end = self.plan.day.minute(leave) if leave else slots.HORIZON
        return slots.Wish(minute, latest_end, self.asked.minutes, self.asked.load)

    @cached_property
    def free_starts(self) -> int:
        """The minutes at which some chair is free for long enough without moving anybody."""
        taken: dict[int, list[slots.Change]] = {chair.pk: [] for chair in self._mine}
        for one in self.sittings:
            if one.chair in taken:
                taken[one.chair].append((one.start, one.until, -1))
        length, always = self._chair_until(0), (0, slots.HORIZON, 1)
        free = 0
        for changes in taken.values():
            free |= slots.lasting(slots.minutes_with([always, *changes], at_least=1), length)
        return free

    @cached_property
    def _mine(self) -> list[Chair]:
        return [chair for chair in self.plan.chairs if chair.kind == self.asked.chair_kind]

    def fitting(self) -> Iterator[int]:
        """Starts that fit by count, and for which chairs can be found around those that are fixed."""
        for minute in slots.feasible(self.floor, self.wish, grid=GRID):
            if self.free_starts >> minute & 1 or self.seating(minute) is not None:
                yield minute

    def placement(self, minute: int) -> dict[int, int] | None:
        """As `seating`, if nurses and chairs have room for a start at this very minute; else None."""
        wish = slots.Wish(minute, slots.HORIZON, self.asked.minutes, self.asked.load)
        fits = slots.room_for(self.floor, wish).starts >> minute & 1
        return self.seating(minute) if fits else None

    def seating(self, minute: int) -> dict[int, int] | None:
        """Chair by visit: the new visit is NEW, others listed change chairs for it. None: no way."""
        asked = self.asked
        new = colouring.Sitting(NEW, minute, self._chair_until(minute), asked.chair_kind, dim=asked.dim)
        seat = colouring.free_seat(new, self.sittings, self.seats)
        return {NEW: seat} if seat is not None else colouring.colour([*self.sittings, new], self.seats)

    def full_at(self, minute: int) -> list[str]:
        """What is taken at this very minute: chairs, nurses, or both."""
        wish = slots.Wish(minute, slots.HORIZON, self.asked.minutes, self.asked.load)
        found = {why.what for why in slots.why_not(self.floor, wish)}
        chair = bool(found & {"chairs", "chairs_long"})
        nurses = bool(found & {"nurses", "starts", "nobody"})
        return ["chairs"] * (chair or not nurses) + ["nurses"] * nurses

    def free_chairs(self, minute: int) -> tuple[str, ...]:
        """Names of the chairs of this kind that nobody has for that time."""
        until = self._chair_until(minute)
        taken = {s.chair for s in self.sittings if s.start < until and minute < s.until}
        return tuple(chair.name for chair in self._mine if chair.pk not in taken)

    def _chair_until(self, minute: int) -> int:
        return minute + self.asked.minutes + self.plan.day.site.turnover_minutes

    def _stay(self, visit: Visit) -> slots.Stay:
        """Planned times are promises; somebody who sits there early or long is there all the same."""
        minute = self.plan.day.minute
        start, until = minute(visit.planned.lower), minute(visit.planned.upper)
        if visit.status == Status.IN_CHAIR and visit.seated_at:
            start = min(start, minute(visit.seated_at))
            until = max(until, minute(visit.seated_at) + visit.minutes, minute(self.plan.at) + GRID)
        holds = 1 if visit.chair_id and kind_of(visit) == self.asked.chair_kind else 0
        return slots.Stay(start, until, until + self.plan.day.site.turnover_minutes, visit.load, holds)


def offers(
    *,
    site: Site,
    day: date,
    minutes: int,
    load: int,
    chair_kind: str,
    at: datetime,
    earliest_at: datetime | None = None,
    must_leave_by: datetime | None = None,
    limit: int = LIMIT,
) -> Offers:
    """Up to `limit` starts on that day, the earliest always among them, and why it cannot be sooner."""
    asked = Asked(minutes, load, chair_kind, earliest_at, must_leave_by)
    return offers_on(Search(open_day(site=site, day=day, at=at), asked), limit=limit)


def open_day(*, site: Site, day: date, at: datetime) -> OpenDay:
    """Three queries: the day, its chairs, who holds a place in it."""
    today = day_of(site=site, day=day)
    chairs = Chair.objects.filter(site=site, active=True).order_by("position", "pk")
    placed = Visit.objects.on(site=site, day=day).holding_a_chair()
    holding: list[Visit] = []
    ran_out: list[Visit] = []
    for visit in placed.select_related("chair", "patient").only(*NEEDED):
        (ran_out if _ran_out(visit, at) else holding).append(visit)
    return OpenDay(day=today, chairs=list(chairs), visits=holding, ran_out=ran_out, at=at)


def _ran_out(visit: Visit, at: datetime) -> bool:
    return visit.status == Status.HELD and visit.held_until is not None and visit.held_until <= at


def offers_on(search: Search, *, limit: int = LIMIT) -> Offers:
    """The same on a day that is loaded already: no query."""
    day, asked = search.plan.day, search.asked
    if day.closed_because:
        return Offers((), (day.closed_because,))
    chosen = slots.spread(search.fitting(), limit=limit, apart=APART)
    starts = tuple(Start(day.moment(minute), search.free_chairs(minute)) for minute in chosen)
    if chosen and chosen[0] == max(search.wish.earliest, search.floor.opens):
        return Offers(starts, ())
    return Offers(
        starts, tuple(in_words(day, asked, why) for why in slots.why_not(search.floor, search.wish))
    )


def sitting(day: Day, visit: Visit) -> colouring.Sitting:
    """A visit as the colouring sees it: its promised time with turnover."""
    return colouring.Sitting(
        key=visit.pk,
        start=day.minute(visit.chair_time.lower),
        until=day.minute(visit.chair_time.upper),
        kind=kind_of(visit),
        chair=visit.chair_id,
        fixed=visit.status not in CHAIR_IS_OPEN,
        dim=likes_it_dim(visit.patient.comfort),
    )


def kind_of(visit: Visit) -> str:
    """Where a patient was seated counts, not what was booked."""
    return visit.chair.kind if visit.chair else visit.chair_kind


def likes_it_dim(comfort: str) -> bool:
    """What the patient said about light, in free words."""
    return any(word in comfort.lower() for word in ("light", "dim", "dark", "photophobia"))


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
