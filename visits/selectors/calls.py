"""The call list of a day: who waits for a time, and how many were served or refused."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.shortcuts import get_object_or_404

from infusion_center.places.models import Site
from visits.models import CallRequest
from visits.states import CallState


@dataclass(frozen=True)
class Calls:
    """`open`: oldest first. The counts are of the day."""

    open: list[CallRequest]
    asked: int
    booked: int
    refused: int


def calls_of(*, site: Site, day: date) -> Calls:
    """One query."""
    rows = list(
        CallRequest.objects.filter(site=site, day=day)
        .select_related("patient__merged_into", "taken_by")
        .order_by("called_at", "pk")
    )
    count = Counter(row.state for row in rows)
    return Calls(
        open=[row for row in rows if row.state == CallState.OPEN],
        asked=len(rows),
        booked=count[CallState.BOOKED],
        refused=count[CallState.REFUSED],
    )


def call_by_key(*, site: Site, key: UUID) -> CallRequest:
    """404 where this site has none."""
    return get_object_or_404(CallRequest.objects.select_related("site", "patient"), site=site, key=key)
