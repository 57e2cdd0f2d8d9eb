"""Is today fit? The manager's screen: no names, so whoever sees the board sees it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.shared import clock
from visits.selectors import fit as selector
from visits.views.board import day_asked


@requires(Can.SEE_BOARD)
@require_GET
def fit(request: StaffRequest) -> HttpResponse:
    """`?day=` shows another day."""
    now = clock.now()
    found = selector.fit(site=request.site, day=day_asked(request, now), at=now)
    return render(request, "visits/fit.html", {"fit": found, "now": now})
