"""Whom a nurse may hand over and to whom, what was said, and who is away on a break."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, OuterRef, QuerySet
from django.db.models.functions import JSONObject

from infusion_center.accounts.models import User
from infusion_center.places.models import Site
from infusion_center.shared import clock
from visits.models import HandOver, Shift, Visit
from visits.selectors import chart, roster
from visits.states import AT_THE_CENTER

NAME = ("first_name", "last_name", "username", "credentials")


@dataclass(frozen=True)
class Colleague:
    """A nurse who could take patients: how many are theirs now, and what their shift says."""

    nurse: User
    patients: int
    shift: str
    there: bool  # on shift and not on a break


@dataclass(frozen=True)
class Handed:
    """What came with a patient and is not read yet. `giver` is empty where nobody had the patient."""

    key: str
    words: str
    on_break: bool
    at: datetime
    giver: str


@dataclass(frozen=True)
class Round:
    """What the page shows: `mine` first, then `others` (nobody's too), chair by chair."""

    mine: Sequence[Visit]
    others: Sequence[Visit]
    colleagues: Sequence[Colleague]
    next_break: str

    @property
    def visits(self) -> list[Visit]:
        return [*self.mine, *self.others]


def round_of(*, site: Site, nurse: User, at: datetime) -> Round:
    """Four queries."""
    visits = list(at_the_center(site=site, at=at))
    on = _shifts(site, at)
    counts = [visit.nurse_id for visit in visits]
    people = [one for one in roster.nurses_of(site) if one.pk != nurse.pk]
    colleagues = [_colleague(one, counts.count(one.pk), on.get(one.pk), at) for one in people]
    return Round(
        mine=[visit for visit in visits if visit.nurse_id == nurse.pk],
        others=[visit for visit in visits if visit.nurse_id != nurse.pk],
        colleagues=sorted(colleagues, key=lambda one: (not one.there, one.patients, one.nurse.name)),
        next_break=_next_break(on.get(nurse.pk), at),
    )


def at_the_center(*, site: Site, at: datetime) -> QuerySet[Visit]:
    day = site.day_of(at)
    here = chart.visits().filter(
        site=site, day__range=(day - timedelta(days=1), day), status__in=AT_THE_CENTER
    )
    return here.order_by(F("chair__position").asc(nulls_last=True), "planned", "pk")


def away(*, nurse: User, site_pk: int) -> QuerySet[HandOver]:
    """What this nurse gave for a break and has not taken back; the visits are still going on."""
    given = HandOver.objects.filter(giver=nurse, on_break=True, back_at=None, visit__site=site_pk)
    return (
        given.filter(visit__status__in=AT_THE_CENTER)
        .exclude(visit__nurse=nurse)
        .select_related("taker", "visit__site", "visit__patient", "visit__nurse")
        .order_by("visit", "-given_at", "-pk")
        .distinct("visit")
    )


def unread_as_json() -> QuerySet[Any]:
    """The newest word that came with a patient and that the nurse has not read: for a card's query."""
    rows = HandOver.objects.filter(visit=OuterRef("pk"), read_at=None, taker=OuterRef("nurse"))
    giver = {part: f"giver__{part}" for part in NAME}
    said = JSONObject(
        key="key", words="words", on_break="on_break", at="given_at", giver_id="giver_id", **giver
    )
    return rows.order_by("-given_at", "-pk").values(data=said)[:1]


def handed(row: dict[str, Any] | None) -> Handed | None:
    """From `unread_as_json`."""
    if row is None:
        return None
    names = {part: row[part] or "" for part in NAME}
    giver = User(**names).short_name if row["giver_id"] else ""
    return Handed(row["key"], row["words"], row["on_break"], datetime.fromisoformat(row["at"]), giver)


def given_words(given: Sequence[HandOver]) -> str:
    """What is said after it is done; no name of a patient goes into a message that is kept."""
    many = f"{len(given)} patients are" if len(given) != 1 else "One patient is"
    return f"{many} with {given[0].taker.short_name} now."


def _shifts(site: Site, at: datetime) -> dict[int, Shift]:
    """The shift of each nurse that covers the moment, else the next one of that day."""
    found: dict[int, Shift] = {}
    start, end = clock.day_span(site.day_of(at), site.zone)
    for shift in roster.shifts().filter(site=site, span__overlap=(start, end), span__endswith__gt=at):
        found.setdefault(shift.nurse_id, shift)
    return found


def _colleague(nurse: User, patients: int, shift: Shift | None, at: datetime) -> Colleague:
    if shift is None:
        return Colleague(nurse, patients, "not on shift", there=False)
    if shift.span.lower > at:
        return Colleague(nurse, patients, f"comes at {_wall(shift.span.lower, shift)}", there=False)
    pause = next((one for one in shift.breaks.all() if at in one.span), None)
    if pause:
        return Colleague(nurse, patients, f"on a break until {_wall(pause.span.upper, shift)}", there=False)
    return Colleague(nurse, patients, f"until {_wall(shift.span.upper, shift)}", there=True)


def _next_break(shift: Shift | None, at: datetime) -> str:
    """Of the breaks on this shift; empty: none is left."""
    left = [one.span for one in shift.breaks.all() if one.span.upper > at] if shift else []
    if shift is None or not left:
        return ""
    first = min(left, key=lambda span: span.lower)
    return f"{_wall(first.lower, shift)} to {_wall(first.upper, shift)}"


def _wall(moment: datetime, shift: Shift) -> str:
    return f"{clock.local(moment, shift.site.zone):%H:%M}"
