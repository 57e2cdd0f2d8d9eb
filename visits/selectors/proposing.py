"""Days and starts for a dose of a series, nearest to what the patient wished; the rank can be another one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from infusion_center.places.models import Closure, OpeningHours, Site
from visits.models import Occurrence
from visits.rules import series as rules
from visits.rules import slots
from visits.rules.series import Candidate, Rank, nearest_to_the_wish
from visits.selectors import series as found
from visits.selectors.availability import (
    APART,
    Asked,
    Offers,
    Search,
    Start,
    in_words,
    likes_it_dim,
    open_day,
)
from visits.states import ChairKind

DAYS_LOOKED_AT = 5  # three queries each
DAYS_SHOWN = 3
STARTS_A_DAY = 3


@dataclass(frozen=True)
class DayOffer:
    """The best starts of one day, in order of the clock, or why there are none."""

    day: date
    offers: Offers
    fits_the_window: bool
    best: tuple[float, ...] = ()


@dataclass(frozen=True)
class Proposal:
    """What can be said on the phone. `days`: the best first; `minutes` in the chair."""

    window: rules.Window
    days: list[DayOffer]
    minutes: int
    no_day: bool

    @property
    def offered(self) -> int:
        """How many starts."""
        return sum(len(one.offers.starts) for one in self.days)


def proposal(
    one: Occurrence, *, at: datetime, day: date | None = None, rank: Rank = nearest_to_the_wish
) -> Proposal:
    """The best days inside the window and their best starts; of the chosen `day` only, where one is named.

    A number of queries that depends on the days looked at alone.
    """
    series, window, today = one.series, found.window_of(one), one.series.site.day_of(at)
    order = found.order_waiting(series)
    what = order or series.regimen
    dim = likes_it_dim(f"{series.comfort} {found.person_of(series).comfort}")
    asked = Asked(what.chair_minutes, what.load, ChairKind(series.chair_kind), dim=dim)
    is_open = _opens(series.site, window, today)
    wished = rules.days_by_wish(
        window, today=today, is_open=is_open, wished=one.wished_on, weekday=one.weekday
    )
    days = [day] if day else wished[:DAYS_LOOKED_AT]
    found_days = [
        _on(one, each, place, asked, at=at, rank=rank, fits=window.holds(each))
        for place, each in enumerate(days)
    ]
    with_starts = sorted((each for each in found_days if each.offers.starts), key=lambda each: each.best)
    return Proposal(window, (with_starts or found_days)[:DAYS_SHOWN], asked.minutes, no_day=not days)


def _on(
    one: Occurrence, day: date, place: int, asked: Asked, *, at: datetime, rank: Rank, fits: bool
) -> DayOffer:
    site = one.series.site
    search = Search(open_day(site=site, day=day, at=at), asked)
    if search.plan.day.closed_because:
        return DayOffer(day, Offers((), (search.plan.day.closed_because,)), fits)
    wished = _wished(one, search, site, day)
    ranked = sorted(
        (rank(Candidate(minute, place, rules.minutes_off(minute, wished), search.floor, search.wish)), minute)
        for minute in search.fitting()
    )
    minutes = _apart(minute for _, minute in ranked)
    starts = tuple(
        Start(search.plan.day.moment(minute), search.free_chairs(minute)) for minute in sorted(minutes)
    )
    why = () if starts else slots.why_not(search.floor, search.wish)
    words = tuple(in_words(search.plan.day, asked, each) for each in why)
    return DayOffer(day, Offers(starts, words), fits, best=ranked[0][0] if ranked else ())


def _apart(minutes: Iterable[int]) -> list[int]:
    """The first ones of a ranked list that lie far enough from each other to be a choice."""
    chosen: list[int] = []
    for minute in minutes:
        if all(abs(minute - other) >= APART for other in chosen):
            chosen.append(minute)
        if len(chosen) == STARTS_A_DAY:
            break
    return chosen


def _wished(one: Occurrence, search: Search, site: Site, day: date) -> tuple[int, int] | None:
    """The wished stretch of the wall clock, in minutes of this very day."""
    if one.start_from is None or one.start_until is None:
        return None
    start, until = (site.moment(day, time(*divmod(m, 60))) for m in (one.start_from, one.start_until))
    return search.plan.day.minute(start), search.plan.day.minute(until)


def _opens(site: Site, window: rules.Window, today: date) -> Callable[[date], bool]:
    """Whether the site opens on a day. Two queries."""
    weekdays = set(OpeningHours.objects.filter(site=site).values_list("weekday", flat=True))
    closed = set(
        Closure.objects.filter(site=site, day__gte=min(today, window.opens)).values_list("day", flat=True)
    )
    return lambda day: day.weekday() in weekdays and day not in closed
