"""The week and the month: days in counts, each leads to its board."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.shared import clock
from visits.selectors import weeks
from visits.views.board import YEARS, day_asked


@requires(Can.SEE_BOARD)
@require_GET
def week(request: StaffRequest) -> HttpResponse:
    """`?day=` any day of it."""
    now = clock.now()
    asked = day_asked(request, now)
    found = weeks.week(site=request.site, day=asked)
    steps = {"before": asked - weeks.WEEK, "after": asked + weeks.WEEK}
    return _show(request, "visits/week.html", {"weeks": found, "asked": asked} | steps)


@requires(Can.SEE_BOARD)
@require_GET
def month(request: StaffRequest) -> HttpResponse:
    """`?day=` any day of it."""
    now = clock.now()
    asked = day_asked(request, now)
    found = weeks.month(site=request.site, day=asked)
    first = asked.replace(day=1)
    steps = {"before": first - timedelta(days=1), "after": (first + timedelta(days=31)).replace(day=1)}
    return _show(request, "visits/month.html", {"weeks": found, "asked": asked} | steps)


def _show(request: StaffRequest, page: str, context: dict[str, Any]) -> HttpResponse:
    for step in ("before", "after"):
        if context[step].year not in YEARS:
            context[step] = None
    return render(request, page, context | {"today": request.site.day_of(clock.now())})
