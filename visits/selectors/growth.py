"""An order has grown past what was booked: by how much, whether that fits, and what stands in the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from regimens.models import Order
from regimens.rules.chair_time import DISCHARGE_MINUTES, SETUP_MINUTES
from regimens.states import OrderState
from visits.models import Visit
from visits.rules import colouring, slots
from visits.selectors.availability import NEW, Asked, OpenDay, Search, likes_it_dim, offers_on, open_day
from visits.selectors.day import Day
from visits.selectors.loads import Loads, loads_on
from visits.states import CHAIR_IS_OPEN, HOLDS_CHAIR

GIVEN = [OrderState.DRAFT, OrderState.SIGNED, OrderState.COMPLETED]


@dataclass(frozen=True)
class Need:
    """What a visit asks for: minutes in the chair, load on a nurse who carries 12."""

    minutes: int
    load: int


@dataclass(frozen=True)
class Growth:
    """What is needed now, and by how many minutes and how much load that is more than booked.

    `in_the_way`: sentences, empty where it fits at the same start; then `chairs` are those of others that
    change for it, and `chair` its own. `starts`: where it would fit that day instead.
    """

    need: Need
    longer: int
    heavier: int
    until: datetime
    in_the_way: Sequence[str] = ()
    starts: Sequence[datetime] = ()
    chair: int | None = None
    chairs: Mapping[int, int] = field(default_factory=dict)

    @property
    def fits(self) -> bool:
        return not self.in_the_way


def together(minutes: Sequence[int]) -> int:
    """Of several orders at one visit: sitting down and going home happen once."""
    return sum(minutes) - (SETUP_MINUTES + DISCHARGE_MINUTES) * (len(minutes) - 1) if minutes else 0


def need_of(
    visit: Visit, *, loads: Loads | None = None, but: Order | None = None, more: Sequence[Need] = ()
) -> Need:
    """By the orders given there, one query; `more` is being composed, in place of the order `but`."""
    rows = visit.orders.filter(state__in=GIVEN).exclude(pk=but.pk if but else 0)
    orders = list(rows.order_by("pk"))
    loads = loads or loads_on(site=visit.site, day=visit.day)
    minutes = together([*(order.chair_minutes for order in orders), *(one.minutes for one in more)])
    load = loads.of_visit(orders=orders, otherwise=0) if orders else 0
    return Need(minutes, max([load, *(one.load for one in more)]))


def growth_of(visit: Visit, *, at: datetime) -> Growth | None:
    """By its orders as they stand; None where the booking is long and heavy enough, or over."""
    if visit.status not in HOLDS_CHAIR:
        return None
    need = need_of(visit)
    return room(open_day(site=visit.site, day=visit.day, at=at), visit, need) if grown(visit, need) else None


def grown(visit: Visit, need: Need) -> bool:
    return need.minutes > visit.minutes or need.load > visit.load


def room(plan: OpenDay, visit: Visit, need: Need) -> Growth:
    """At the same start, with everybody else where they are promised to be."""
    need = Need(max(need.minutes, visit.minutes), max(need.load, visit.load, plan.day.least_load))
    others = replace(plan, places=[place for place in plan.places if place.visit != visit.pk])
    kind = visit.chair.kind if visit.chair else visit.chair_kind
    dim = likes_it_dim(visit.patient.comfort)
    search = Search(others, Asked(need.minutes, need.load, kind, None, visit.must_leave_by, dim))
    until = visit.starts_at + timedelta(minutes=need.minutes)
    chair, chairs = _chairs(search, visit)
    sentences = [*_hours(plan.day, visit, until), *_own(search, visit), *_nurses(search, visit)]
    if chair is None and visit.chair is not None:
        sentences.append(_chair_sentence(search, visit))
    movable = visit.status in CHAIR_IS_OPEN
    return Growth(
        need=need,
        longer=need.minutes - visit.minutes,
        heavier=need.load - visit.load,
        until=until,
        in_the_way=sentences,
        starts=[one.at for one in offers_on(search).starts] if sentences and movable else (),
        chair=chair,
        chairs=chairs,
    )


def _hours(day: Day, visit: Visit, until: datetime) -> list[str]:
    found = []
    if day.closes_at and until > day.closes_at:
        found.append(f"Would end at {day.wall(until)}, after closing at {day.wall(day.closes_at)}.")
    if visit.must_leave_by and until > visit.must_leave_by:
        found.append(f"The patient has to leave by {day.wall(visit.must_leave_by)}.")
    return found


def _own(search: Search, visit: Visit) -> list[str]:
    """Another visit of the same person here that day."""
    day = search.plan.day
    start = day.minute(visit.starts_at)
    person = visit.patient.merged_into_id or visit.patient_id
    mine = [one for one in search.plan.places if one.person == person and one.start >= start]
    return [
        f"The patient has a visit from {day.wall(day.moment(one.start))}."
        for one in mine
        if one.start < start + search.asked.minutes
    ]


def _nurses(search: Search, visit: Visit) -> list[str]:
    """The first time at which the nurses cannot carry it; who is overbooked was never counted."""
    if visit.overbooked_reason:
        return []
    day = search.plan.day
    start = day.minute(visit.starts_at)
    since = max(start, day.minute(search.plan.at))
    each = slots.room_for(search.floor, slots.Wish(0, slots.HORIZON, 1, search.load))
    asked = slots.between(since, start + search.asked.minutes)
    for what, free in (("No nurse is on shift", each.present), ("Nurses are full", each.nurse)):
        if lacking := asked & ~free:
            return [f"{what} {_first_run(day, lacking)}."]
    return []


def _chairs(search: Search, visit: Visit) -> tuple[int | None, dict[int, int]]:
    """Its chair for the longer time and the changes of others; (None, {}): no way, or it has none."""
    if visit.chair is None:
        return None, {}
    mine = _sitting(search, visit)
    if mine.fixed and any(one.fixed and _meet(one, mine) for one in search.sittings):
        return None, {}
    found = colouring.colour([*search.sittings, mine], search.plan.seats)
    if found is None:
        return None, {}
    own = found.pop(NEW, visit.chair_id)
    now = {one.key: one.chair for one in search.sittings}
    return own, {key: chair for key, chair in found.items() if chair != now[key]}


def _chair_sentence(search: Search, visit: Visit) -> str:
    """All chairs of the kind are full by count, or the one that cannot be changed any more is promised."""
    day, mine = search.plan.day, _sitting(search, visit)
    each = slots.room_for(search.floor, slots.Wish(0, slots.HORIZON, 1, 1))
    lacking = slots.between(mine.start, mine.until) & ~each.chair_now
    if lacking:
        return f"All chairs of that kind are taken {_first_run(day, lacking)}."
    after = min((one.start for one in search.sittings if _meet(one, mine)), default=mine.until)
    return f"{visit.chair} is promised to somebody else from {day.wall(day.moment(after))}."


def _sitting(search: Search, visit: Visit) -> colouring.Sitting:
    start = search.plan.day.minute(visit.starts_at)
    return colouring.Sitting(
        key=NEW,
        start=start,
        until=start + search.asked.minutes + search.plan.day.site.turnover_minutes,
        kind=search.asked.chair_kind,
        chair=visit.chair_id,
        fixed=visit.status not in CHAIR_IS_OPEN,
        dim=search.asked.dim,
    )


def _meet(one: colouring.Sitting, other: colouring.Sitting) -> bool:
    return one.chair == other.chair and one.start < other.until and other.start < one.until


def _first_run(day: Day, mask: int) -> str:
    """`from 11:00 to 11:30`: the first minutes of the mask without a gap."""
    first = next(slots.bits(mask))
    until = next(slots.bits(~(mask >> first) & slots.between(0, slots.HORIZON))) + first
    return f"from {day.wall(day.moment(first))} to {day.wall(day.moment(until))}"
