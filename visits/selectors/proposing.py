"""Days and starts for a dose of a series, near what the patient wished and where the day stays level."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from infusion_center.places.models import Closure, OpeningHours, Site, SpecialHours
from visits.models import Occurrence
from visits.rules import levelling, slots
from visits.rules import series as rules
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
from visits.selectors.day import Day
from visits.selectors.loads import visit_load
from visits.selectors.usual import same_day_chairs
from visits.states import ChairKind

DAYS_SHOWN = 3
STARTS_A_DAY = 3


@dataclass(frozen=True)
class DayOffer:
    """The starts of one day, the best first, or why there are none."""

    day: date
    offers: Offers
    fits_the_window: bool


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


def proposal(one: Occurrence, *, at: datetime, day: date | None = None) -> Proposal:
    """The best days inside the window and their best starts; of the chosen `day` only, where one is named.

    One query for what callers usually take, and three for each day that is looked at: no more than it takes
    to find enough with a start.
    """
    series, window, today = one.series, found.window_of(one), one.series.site.day_of(at)
    order = found.order_waiting(series)
    what = order or series.regimen
    dim = likes_it_dim(f"{series.comfort} {found.person_of(series).comfort}")
    load = visit_load(
        site=series.site,
        day=day or window.due,
        orders=[order] if order else [],
        regimen=series.regimen,
        otherwise=what.load,
    )
    asked = Asked(what.chair_minutes, load, ChairKind(series.chair_kind), dim=dim)
    is_open = _opens(series.site, window, today)
    wished = rules.days_by_wish(
        window, today=today, is_open=is_open, wished=one.wished_on, weekday=one.weekday
    )
    days = [day] if day else wished
    usual = same_day_chairs(site=series.site, chair_kind=series.chair_kind, before=today)
    offers = (_on(one, each, asked, usual, at=at, fits=window.holds(each)) for each in days)
    return Proposal(window, _best(offers), asked.minutes, no_day=not days)


def _best(offers: Iterable[DayOffer]) -> list[DayOffer]:
    """The first days that have a start; where none has, the first ones with their reasons."""
    full: list[DayOffer] = []
    free: list[DayOffer] = []
    for offer in offers:
        (free if offer.offers.starts else full).append(offer)
        if len(free) == DAYS_SHOWN:
            break
    return free or full[:DAYS_SHOWN]


def _on(
    one: Occurrence, day: date, asked: Asked, usual: Sequence[levelling.Use], *, at: datetime, fits: bool
) -> DayOffer:
    search = Search(open_day(site=one.series.site, day=day, at=at), asked)
    here = search.plan.day
    if here.closed_because:
        return DayOffer(day, Offers((), (here.closed_because,)), fits)
    fitting, wished = search.fitting(), _wished(one, here)
    ranked = levelling.rank(search.floor, search.wish, fitting, wished, usual=usual)
    starts = tuple(Start(here.moment(minute), search.free_chairs(minute)) for minute in _apart(ranked))
    why = () if starts else slots.why_not(search.floor, search.wish)
    return DayOffer(day, Offers(starts, tuple(in_words(here, asked, each) for each in why)), fits)


def _apart(minutes: Iterable[int]) -> list[int]:
    """The first ones of a ranked list that lie far enough from each other to be a choice."""
    chosen: list[int] = []
    for minute in minutes:
        if all(abs(minute - other) >= APART for other in chosen):
            chosen.append(minute)
        if len(chosen) == STARTS_A_DAY:
            break
    return chosen


def _wished(one: Occurrence, here: Day) -> int | None:
    """The middle of the wished stretch of the wall clock, in minutes of this very day."""
    if one.start_from is None or one.start_until is None:
        return None
    middle = time(*divmod((one.start_from + one.start_until) // 2, 60))
    return here.minute(here.site.moment(here.day, middle))


def _opens(site: Site, window: rules.Window, today: date) -> Callable[[date], bool]:
    """Whether the site opens on a day. Three queries."""
    weekdays = set(OpeningHours.objects.filter(site=site).values_list("weekday", flat=True))
    since = {"site": site, "day__gte": min(today, window.opens)}
    closed = set(Closure.objects.filter(**since).values_list("day", flat=True))
    special = set(SpecialHours.objects.filter(**since).values_list("day", flat=True))
    return lambda day: (day.weekday() in weekdays or day in special) and day not in closed
