"""My chairs: the nurse's screen. It asks every five seconds whether anything changed."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from infusion_center.accounts.permissions import Can, requires
from infusion_center.audit import reading
from infusion_center.shared import clock
from infusion_center.shared.pages import unchanged
from visits.selectors import my_chairs as chairs


@requires(Can.CHART_VISIT)
@require_GET
def my_chairs(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    reading.list_opened(page=request.resolver_match.view_name, by=request.user, at=now)
    return render(request, "visits/my_chairs.html", _context(request, now, _version(request, now)))


@requires(Can.CHART_VISIT)
@require_GET
def cards(request: HttpRequest) -> HttpResponse:
    """The cards again, or 204 where the screen already shows this version."""
    now = clock.now()
    version = _version(request, now)
    if request.GET.get("v") == version:
        return unchanged()
    return render(request, "visits/_cards.html", _context(request, now, version))


def _version(request: HttpRequest, now: Any) -> str:
    return chairs.version(site=request.site, day=request.site.day_of(now), at=now)


def _context(request: HttpRequest, now: Any, version: str) -> dict[str, Any]:
    day, everybody = request.site.day_of(now), request.GET.get("who") == "all"
    found = chairs.my_chairs(site=request.site, day=day, nurse=request.user, everybody=everybody, at=now)
    return {"found": found, "everybody": everybody, "version": version, "now": now, "today": day}
