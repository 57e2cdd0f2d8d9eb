"""My chairs: the nurse's screen. It asks every five seconds whether anything changed."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.shared import clock
from infusion_center.shared.pages import unchanged
from visits.selectors import drafts
from visits.selectors import my_chairs as chairs


@requires(Can.CHART_VISIT)
@require_GET
def my_chairs(request: StaffRequest) -> HttpResponse:
    now = clock.now()
    reading.list_opened(page=request.resolver_match.view_name, by=request.user, at=now)
    unsent = drafts.unsent(site=request.site, by=request.user)
    return render(request, "visits/my_chairs.html", _context(request, now) | {"unsent": unsent})


@requires(Can.CHART_VISIT)
@require_GET
def cards(request: StaffRequest) -> HttpResponse:
    """The cards again, or 204 where the screen already shows them."""
    now = clock.now()
    shown = request.GET.get("v", "")
    if shown and chairs.unchanged(shown, at=now):
        return unchanged()
    return render(request, "visits/_cards.html", _context(request, now))


def _context(request: StaffRequest, now: datetime) -> dict[str, Any]:
    site, everybody = request.site, request.GET.get("who") == "all"
    day = site.day_of(now)
    return {
        "version": chairs.tag(site=site, day=day, at=now),
        "found": chairs.my_chairs(site=site, day=day, nurse=request.user, everybody=everybody, at=now),
        "everybody": everybody,
        "now": now,
        "today": day,
    }
