"""Where a booked visit could go instead, and what that would mean for it and for others. Reads only.

Reckoned and refused as a booking is, by the same functions; but the visit does not stand in its own way.
"""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from infusion_center.shared import clock
from patients.models import Patient
from visits.models import Chair, Occurrence, Offer, Visit
from visits.selectors import series
from visits.selectors.availability import NEW, Offers, OpenDay, Search, offers_on, open_day
from visits.selectors.known import known_of
from visits.services import booking, chairs, flow
from visits.states import CHAIR_IS_OPEN, OccurrenceState, Status

OFFERED = 4  # starts beside the form


@dataclass(frozen=True)
class Reseated:
    """Somebody else who is not here yet and would sit in another chair, at the same time."""

    person: Patient
    starts_at: datetime
    source: Chair
    target: Chair


@dataclass(frozen=True)
class Consequence:
    """What a move would do. `notes`: sentences to read first; they do not stand in its way."""

    starts_at: datetime
    ends_at: datetime
    chair: Chair
    reseated: list[Reseated]
    notes: list[str]


@dataclass(frozen=True)
class Way:
    """A visit as it would be, not saved, with a chair for it and for whoever makes room, by visit."""

    wish: Visit
    search: Search
    seating: Mapping[int, int]

    @property
    def chair(self) -> Chair:
        return self.search.plan.chair(self.seating[NEW])

    @property
    def others(self) -> dict[int, int]:
        return self.search.changes(self.seating)


def look(*, visit: Visit, starts_at: datetime, at: datetime, chair: Chair | None = None) -> Consequence:
    """What `moving.move` would do. Raises what it would raise."""
    now = as_it_stands(visit, at=at)
    plan = open_day(site=now.site, day=day_wished(now, starts_at), at=at)
    try:
        way = way_to(plan, now, starts_at, chair, at=at)
    except booking.Full as full:
        raise booking.no_place(full.search, wish_of(now, starts_at, chair)) from None
    return Consequence(
        way.wish.starts_at, way.wish.ends_at, way.chair, _reseated(way), _notes(now, way.wish, way.chair)
    )


def offers_for(*, visit: Visit, day: date, at: datetime, chair: Chair | None = None) -> Offers:
    """The best starts of that day for this visit, on chairs of that one's kind. Three queries."""
    plan = _without(open_day(site=visit.site, day=day, at=at), visit)
    wish = wish_of(visit, plan.day.opens_at or plan.day.zero, chair)
    return offers_on(booking.search_for(plan, wish), limit=OFFERED)


def way_to(plan: OpenDay, visit: Visit, starts_at: datetime, chair: Chair | None, *, at: datetime) -> Way:
    """Raises what booking refuses, booking.Full, or chairs.ChairTaken.

    A visit that only changes chairs keeps its time, whatever has become of the day since.
    """
    plan, wish = _without(plan, visit), wish_of(visit, starts_at, chair)
    search, minute = booking.search_for(plan, wish), plan.day.minute(starts_at)
    if starts_at == visit.starts_at and not visit.overbooked_reason:
        found = search.seating(minute)
    else:
        booking.possible(plan, wish, at=at)
        booking.may_come(known_of(wish, at=at))
        found = search.placement(minute)
    if found is None:
        raise booking.Full(search)
    if chair is not None:
        return Way(wish, search, _in_this_chair(search, chair, minute))
    stays = visit.chair is not None and visit.chair.name in search.free_chairs(minute)
    return Way(wish, search, {NEW: visit.chair_id} if stays and visit.chair_id else found)


def wish_of(visit: Visit, starts_at: datetime, chair: Chair | None) -> Visit:
    """The visit as it would be. Whoever was told when to leave has to leave then on any day."""
    wish, place, zone = copy(visit), chair or visit.chair, visit.site.zone
    wish.patient = visit.patient.merged_into or visit.patient
    wish.chair_kind = place.kind if place else visit.chair_kind
    for name, value in times_of(visit, starts_at).items():
        setattr(wish, name, value)
    if visit.must_leave_by and wish.day != visit.day:
        wish.must_leave_by = visit.site.moment(wish.day, clock.local(visit.must_leave_by, zone).time())
    return wish


def times_of(visit: Visit, starts_at: datetime) -> dict[str, object]:
    """The columns that say when, for another start and the same length."""
    end = starts_at + timedelta(minutes=visit.minutes)
    return {
        "day": visit.site.day_of(starts_at),
        "planned": DateTimeTZRange(starts_at, end),
        "chair_time": DateTimeTZRange(starts_at, end + timedelta(minutes=visit.site.turnover_minutes)),
    }


def day_wished(visit: Visit, starts_at: datetime) -> date:
    """The site's day of that start. Raises CannotBook for one that cannot be."""
    if starts_at.year not in booking.YEARS:
        raise booking.CannotBook("Choose a day of this century.", field="starts_at")
    if starts_at.second or starts_at.microsecond:
        raise booking.CannotBook("A start is a whole minute.", field="starts_at")
    return visit.site.day_of(starts_at)


def as_it_stands(visit: Visit, *, at: datetime) -> Visit:
    """Read anew. Raises flow.CannotMove once the patient is here, the visit is over, or its hold ran out."""
    now = Visit.objects.select_related("site", "patient__merged_into", "chair").get(pk=visit.pk)
    ran_out = now.status == Status.HELD and now.held_until is not None and now.held_until <= at
    if now.status not in CHAIR_IS_OPEN or ran_out:
        name = Status.EXPIRED.label if ran_out else now.get_status_display()
        raise flow.CannotMove(f"This visit is “{name}” now; its time stays.")
    if now.status == Status.HELD and Offer.objects.filter(visit=now).exists():
        raise flow.CannotMove("This time is offered from the waitlist: say first whether they take it.")
    return now


def _without(plan: OpenDay, visit: Visit) -> OpenDay:
    return replace(plan, places=[place for place in plan.places if place.visit != visit.pk])


def _in_this_chair(search: Search, chair: Chair, minute: int) -> Mapping[int, int]:
    if chair.pk not in {one.pk for one in search.plan.chairs}:
        raise booking.CannotBook(f"{chair} is not in use here.", field="chair")
    found = search.seating_in(chair.pk, minute)
    if found is None:
        day, free = search.plan.day, ", ".join(search.free_chairs(minute)) or "none of its kind"
        raise chairs.ChairTaken(
            f"{chair} is taken at {day.wall(day.moment(minute))}, and not everybody there can sit elsewhere. "
            f"Free then: {free}.",
            field="chair",
        )
    return found


def _reseated(way: Way) -> list[Reseated]:
    others, plan = way.others, way.search.plan
    rows = Visit.objects.filter(pk__in=others).select_related("patient__merged_into", "chair")
    return [
        Reseated(row.patient.merged_into or row.patient, row.starts_at, row.chair, plan.chair(others[row.pk]))
        for row in rows.order_by("planned", "pk")
        if row.chair is not None
    ]


def _notes(visit: Visit, wish: Visit, chair: Chair) -> list[str]:
    doses = visit.occurrences.filter(state=OccurrenceState.CONFIRMED).select_related("series__drug")
    notes = [_window(one, wish.day) for one in doses.order_by("pk") if wish.day != visit.day]
    if visit.chair and visit.chair.kind != chair.kind:
        was, will = (one.get_kind_display().lower() for one in (visit.chair, chair))
        notes.append(f"The place changes from {was} to {will}.")
    if wish.must_leave_by:
        left = int((wish.must_leave_by - wish.ends_at).total_seconds() // 60)
        wall = f"{clock.local(wish.must_leave_by, visit.site.zone):%H:%M}"
        notes.append(f"Has to leave by {wall}: {left} minutes after the end.")
    return notes


def _window(one: Occurrence, day: date) -> str:
    window = series.window_of(one)
    where = "inside" if window.holds(day) else "outside"
    span = f"{window.opens:%d %b} to {window.closes:%d %b %Y}"
    return f"Dose {one.number} of {one.series.drug.name}: {where} its window, {span}."
