"""The call list of a day: who waits for a time, and how many were served, refused or sent on."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.shortcuts import get_object_or_404

from infusion_center.places.models import Site
from visits.models import CallRequest, Waiting
from visits.rules import red_flags
from visits.rules.red_flags import Line
from visits.states import CallState, SentTo, WaitState


@dataclass(frozen=True)
class OpenCall:
    """A call with every red-flag question. `sent_to`: where a standing yes sends to, or empty."""

    call: CallRequest
    asked: list[Line]
    sent_to: str

    @property
    def not_asked(self) -> int:
        return sum(not line.answer for line in self.asked)

    @property
    def flags(self) -> list[Line]:
        return [line for line in self.asked if line.answer == "yes"]

    @property
    def where(self) -> str:
        return SentTo(self.sent_to).label if self.sent_to else ""


@dataclass(frozen=True)
class Calls:
    """`open`: those with a red flag first, then oldest first. The counts are of the day."""

    open: list[OpenCall]
    asked: int
    booked: int
    refused: int
    sent_on: int


def calls_of(*, site: Site, day: date) -> Calls:
    """Three queries; one where no call is open. Who is on the waitlist stands there, not here."""
    of_day = CallRequest.objects.filter(site=site, day=day)
    count = dict(of_day.values_list("state").annotate(Count("pk")).order_by())
    return Calls(
        open=[open_call(row) for row in _still_open(of_day)] if CallState.OPEN in count else [],
        asked=sum(count.values()),
        booked=count.get(CallState.BOOKED, 0),
        refused=count.get(CallState.REFUSED, 0),
        sent_on=count.get(CallState.SENT_ON, 0),
    )


def _still_open(calls: QuerySet[CallRequest]) -> QuerySet[CallRequest]:
    listed = Waiting.objects.filter(call=OuterRef("pk"), state=WaitState.WAITING)
    return (
        calls.filter(~Exists(listed), state=CallState.OPEN)
        .select_related("patient__merged_into", "taken_by")
        .prefetch_related("red_flag_answers")
        .order_by("-red_flag", "called_at", "pk")
    )


def open_call(call: CallRequest) -> OpenCall:
    asked = lines_of(call)
    return OpenCall(call, asked, red_flags.where_to(asked))


def lines_of(call: CallRequest) -> list[Line]:
    """Every red-flag question of one call with its answer. One query, none where they are prefetched."""
    rows = list(call.red_flag_answers.all())
    return red_flags.lines(
        {row.flag: row.answer for row in rows}, {row.flag: row.cleared_reason for row in rows}
    )


def call_by_key(*, site: Site, key: UUID) -> CallRequest:
    """404 where this site has none."""
    return get_object_or_404(CallRequest.objects.select_related("site", "patient"), site=site, key=key)
