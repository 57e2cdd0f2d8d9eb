"""Decide now: the provider's screen. It asks every five seconds whether anything changed."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import unchanged
from visits.selectors import deciding as selector


@requires(Can.SIGN_ORDER)
@require_GET
def to_decide(request: StaffRequest) -> HttpResponse:
    reading.list_opened(page="visits:to_decide", by=request.user, at=clock.now())
    return show(request)


@requires(Can.SIGN_ORDER)
@require_GET
def decisions(request: StaffRequest) -> HttpResponse:
    """The list again, or 204 where the screen already shows it."""
    now = clock.now()
    tag = selector.tag(site=request.site, day=request.site.day_of(now), at=now)
    if request.GET.get("v") == tag:
        return unchanged()
    return render(request, "visits/_decisions.html", _context(request, tag))


def show(
    request: StaffRequest,
    *,
    problem: DomainError | None = None,
    refused: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The whole page, with what was refused just now."""
    now = clock.now()
    tag = selector.tag(site=request.site, day=request.site.day_of(now), at=now)
    context = _context(request, tag) | {"problem": problem} | (refused or {})
    return render(request, "visits/to_decide.html", context, status=status)


def _context(request: StaffRequest, tag: str) -> dict[str, Any]:
    now = clock.now()
    found = selector.to_decide(site=request.site, day=request.site.day_of(now), at=now)
    return {"decisions": found, "version": tag, "now": now}
