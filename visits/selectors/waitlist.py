"""Who waits, who fits into what fell free, and when each could come. So many queries, however many wait."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from uuid import UUID

from django.db.models import Prefetch, Q
from django.shortcuts import get_object_or_404

from infusion_center.places.models import Site
from patients.models import Patient
from visits.models import FreedTime, Offer, Waiting
from visits.rules import freed as rules
from visits.rules.slots import Span
from visits.selectors.availability import Asked, OpenDay, Search, likes_it_dim, offers_on, open_day
from visits.selectors.calls import OpenCall, open_call
from visits.states import FreedState, OfferState, WaitState

BEST = 3  # fits shown for one freed time
OPEN_TASKS = [FreedState.OPEN, FreedState.OFFERED]


@dataclass(frozen=True)
class Waiter:
    """One entry against its day, loaded already."""

    waiting: Waiting
    plan: OpenDay

    @property
    def person(self) -> Patient:
        return self.waiting.patient.merged_into or self.waiting.patient

    @property
    def phone(self) -> str:
        """As given on the phone, else the first number on file; empty where there is none."""
        said = self.waiting.call.phone if self.waiting.call else ""
        return said or next((phone.written for phone in self.person.phones.all()), "")

    @property
    def said(self) -> OpenCall | None:
        """Their call with its red flags, if they have one."""
        return open_call(self.waiting.call) if self.waiting.call else None

    @cached_property
    def search(self) -> Search:
        """Not before they can be here; a later visit of theirs that day is the latest end."""
        one = self.waiting
        here = self.plan.at + timedelta(minutes=one.travel_minutes or 0)
        ends = [end for end in (one.must_leave_by, self._before_theirs) if end]
        asked = Asked(
            one.minutes,
            one.load,
            one.chair_kind,
            max(here, one.earliest_at or here),
            min(ends, default=None),
            likes_it_dim(self.person.comfort),
            person=self.person.pk,
        )
        return Search(self.plan, asked)

    @cached_property
    def starts(self) -> list[int]:
        """Every start that fits them and leaves their other visits alone, in minutes of the day."""
        return [] if self.plan.day.closed_because else list(self.search.fitting())

    @property
    def next_at(self) -> datetime | None:
        """The next place there is, if there is one."""
        return self.plan.day.moment(self.starts[0]) if self.starts else None

    @property
    def would_fit(self) -> str:
        """`Would fit 10:40 to 12:10 when a recliner and a nurse are free.` The hours they could start in."""
        day, wish, floor = self.plan.day, self.search.wish, self.search.floor
        if day.closed_because:
            return day.closed_because
        first = max(wish.earliest, floor.opens)
        last = min(wish.latest_end, floor.closes) - wish.minutes
        if first > last:
            return "Fits no more today: it would end too late."
        needs = {"chairs": f"a {self.waiting.get_chair_kind_display().lower()}", "nurses": "a nurse"}
        full = " and ".join(needs[what] for what in self.search.full_at(first))
        first_at, last_at = (day.wall(day.moment(minute)) for minute in (first, last))
        return f"Would fit {first_at} to {last_at} when {full} is free."

    @property
    def why_not(self) -> tuple[str, ...]:
        return offers_on(self.search, limit=1).why_not

    @property
    def _before_theirs(self) -> datetime | None:
        later = self.waiting.visit
        return later.starts_at if later and later.day == self.waiting.day else None


@dataclass(frozen=True)
class Fit:
    """Somebody a freed time could be offered to, and the start that uses it best."""

    waiter: Waiter
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Freed:
    """One task: a time that is free, to whom (`told`) it is offered now, else whom it fits best."""

    task: FreedTime
    starts_at: datetime
    ends_at: datetime
    offer: Offer | None
    told: Waiter | None
    fits: list[Fit]


@dataclass(frozen=True)
class Waitlist:
    """`freed`: tasks with somebody to call, earliest time first. `waiting`: longest wait first."""

    freed: list[Freed]
    waiting: list[Waiter]


def waitlist_of(*, site: Site, day: date, at: datetime) -> Waitlist:
    """Thirteen queries at most; one where nobody waits."""
    if not Waiting.objects.filter(site=site, day=day, state=WaitState.WAITING).exists():
        return Waitlist([], [])
    waiting, tasks = list(waiting_on(site=site, day=day)), list(_tasks(site, day, at))
    plan = open_day(site=site, day=day, at=at)
    waiters = [Waiter(one, plan) for one in waiting]
    freed = [_freed(task, waiters, plan) for task in tasks]
    return Waitlist([one for one in freed if one.offer or one.fits], waiters)


def waiting_on(*, site: Site, day: date) -> Iterable[Waiting]:
    """Entries of that day that still wait, the longest first."""
    return (
        Waiting.objects.filter(site=site, day=day, state=WaitState.WAITING)
        .select_related("patient__merged_into", "call", "visit", "regimen")
        .prefetch_related("patient__phones", "patient__merged_into__phones", "call__red_flag_answers")
        .order_by("since", "pk")
    )


def fits(*, span: Span, chair_kind: str, waiters: Iterable[Waiter], but: Iterable[int] = ()) -> list[Fit]:
    """Who fits into a span of the day, best first. `but`: entries that had this time offered already."""
    told, found = set(but), {}
    ranked = []
    for waiter in waiters:
        one = waiter.waiting
        if one.chair_kind != chair_kind or one.pk in told or (one.call and one.call.red_flag):
            continue
        best = rules.best_start(waiter.starts, minutes=one.minutes, freed=span)
        if best is not None:
            start, waste = best
            found[one.pk] = waiter
            ranked.append(rules.Fit(one.pk, start, waste, one.since.timestamp()))
    return [_fit(found[fit.waiting], fit.start) for fit in rules.rank(ranked)]


def freed_by_key(*, site: Site, key: UUID) -> FreedTime:
    """404 where this site has none."""
    return get_object_or_404(FreedTime.objects.select_related("site"), site=site, key=key)


def waiting_by_key(*, site: Site, key: UUID | None) -> Waiting:
    """404 where this site has none."""
    rows = Waiting.objects.select_related("site", "patient", "call", "visit", "regimen")
    return get_object_or_404(rows, site=site, key=key)


def offer_by_key(*, site: Site, key: UUID) -> Offer:
    """404 where this site has none."""
    rows = Offer.objects.select_related("freed__site", "waiting__patient", "visit__site", "visit__patient")
    return get_object_or_404(rows, freed__site=site, key=key)


def fits_of(task: FreedTime, *, at: datetime) -> list[Fit]:
    """Whom one task could be offered to now."""
    plan = open_day(site=task.site, day=task.day, at=at)
    waiters = [Waiter(one, plan) for one in waiting_on(site=task.site, day=task.day)]
    told = task.offers.exclude(state=OfferState.ACCEPTED).values_list("waiting", flat=True)
    return fits(span=span_of(task, plan), chair_kind=task.chair_kind, waiters=waiters, but=told)


def span_of(task: FreedTime, plan: OpenDay) -> Span:
    """What is left of the freed time, in minutes of the day."""
    return plan.day.minute(max(task.span.lower, plan.at)), plan.day.minute(task.span.upper)


def _tasks(site: Site, day: date, at: datetime) -> Iterable[FreedTime]:
    offers = (
        Offer.objects.filter(~Q(state=OfferState.ACCEPTED))
        .select_related("waiting__patient__merged_into", "waiting__call", "visit", "offered_by")
        .prefetch_related("waiting__patient__phones", "waiting__patient__merged_into__phones")
    )
    return (
        FreedTime.objects.filter(site=site, day=day, state__in=OPEN_TASKS, span__endswith__gt=at)
        .prefetch_related(Prefetch("offers", offers))
        .order_by("span", "pk")
    )


def _freed(task: FreedTime, waiters: list[Waiter], plan: OpenDay) -> Freed:
    """An offer that ran out counts as answered, whether or not it was swept yet."""
    offers = list(task.offers.all())
    now = [one for one in offers if _stands(one, plan.at)]
    told = [one.waiting_id for one in offers]
    begins, ends = span_of(task, plan)
    best = [] if now else fits(span=(begins, ends), chair_kind=task.chair_kind, waiters=waiters, but=told)
    offer = now[0] if now else None
    waiter = Waiter(offer.waiting, plan) if offer else None
    return Freed(task, plan.day.moment(begins), plan.day.moment(ends), offer, waiter, best[:BEST])


def _stands(offer: Offer, at: datetime) -> bool:
    until = offer.visit.held_until
    return offer.state == OfferState.OPEN and until is not None and at < until


def _fit(waiter: Waiter, start: int) -> Fit:
    starts_at = waiter.plan.day.moment(start)
    return Fit(waiter, starts_at, starts_at + timedelta(minutes=waiter.waiting.minutes))
