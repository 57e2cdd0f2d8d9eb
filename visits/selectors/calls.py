"""The call list of a day: who waits for a time, and how many were served, refused or sent on."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef
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
    """Two queries. Who is on the waitlist stands there, not here."""
    listed = Waiting.objects.filter(call=OuterRef("pk"), state=WaitState.WAITING)
    rows = list(
        CallRequest.objects.filter(site=site, day=day)
        .annotate(waits_for_a_time=Exists(listed))
        .select_related("patient__merged_into", "taken_by")
        .prefetch_related("red_flag_answers")
        .order_by("-red_flag", "called_at", "pk")
    )
    count = Counter(row.state for row in rows)
    return Calls(
        open=[open_call(row) for row in rows if row.state == CallState.OPEN and not row.waits_for_a_time],
        asked=len(rows),
        booked=count[CallState.BOOKED],
        refused=count[CallState.REFUSED],
        sent_on=count[CallState.SENT_ON],
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
