"""How many who asked for today were seen today, and what became of the others."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, F, Q

from infusion_center.places.models import Site
from visits.models import CallRequest
from visits.states import CallState, Status

DAYS = 30
SAT_DOWN = [Status.IN_CHAIR, Status.DONE, Status.LEFT_EARLY, Status.TRANSFERRED]
COUNTS = {  # in the order of Seen
    "asked": Count("pk"),
    "booked": Count("pk", filter=Q(state=CallState.BOOKED)),
    "seen": Count("pk", filter=Q(visit__day=F("day"), visit__status__in=SAT_DOWN)),
    "refused": Count("pk", filter=Q(state=CallState.REFUSED)),
    "sent_on": Count("pk", filter=Q(state=CallState.SENT_ON)),
    "closed": Count("pk", filter=Q(state=CallState.CLOSED)),
    "waiting": Count("pk", filter=Q(state=CallState.OPEN)),
}


@dataclass(frozen=True)
class Seen:
    """Calls and walk-ins. `seen`: sat down on the day they asked for. `closed`: wanted no place."""

    asked: int = 0
    booked: int = 0
    seen: int = 0
    refused: int = 0
    sent_on: int = 0
    closed: int = 0
    waiting: int = 0

    @property
    def could_be(self) -> int:
        """The denominator: whoever was rightly sent elsewhere is not counted."""
        return self.asked - self.sent_on

    @property
    def percent(self) -> int | None:
        """None where nobody asked."""
        return round(100 * self.seen / self.could_be) if self.could_be else None


@dataclass(frozen=True)
class Rate:
    """`days`: newest first, those with a call. `reasons`: why people were refused, most frequent first."""

    today: Seen
    all: Seen
    days: list[tuple[date, Seen]]
    reasons: list[tuple[str, int]]
    since: date


def seen_same_day(*, site: Site, day: date) -> Rate:
    """The last 30 days up to and with this one. Two queries."""
    since = day - timedelta(days=DAYS - 1)
    calls = CallRequest.objects.filter(site=site, day__range=(since, day))
    rows = calls.values_list("day").annotate(**COUNTS).order_by("-day")
    days = [(on, Seen(*counts)) for on, *counts in rows]
    refused = calls.filter(state=CallState.REFUSED).values_list("closed_reason")
    return Rate(
        today=next((seen for on, seen in days if on == day), Seen()),
        all=Seen(**{name: sum(getattr(one, name) for _, one in days) for name in COUNTS}),
        days=days,
        reasons=list(refused.annotate(count=Count("pk")).order_by("-count", "closed_reason")),
        since=since,
    )
