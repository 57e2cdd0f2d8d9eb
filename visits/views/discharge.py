"""Letting a patient go: the checklist, and the two other ways out of a chair."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.shared import clock
from visits.forms.discharge import DischargeForm, EndForm
from visits.models import Outcome, Visit
from visits.selectors import leaving
from visits.services import discharge as ending
from visits.views.chart import Opened, answer, typed, visit_by_key

WAYS = {"left_early": ending.left_early, "transferred": ending.transferred}


@requires(Can.CHART_VISIT)
@require_http_methods(["GET", "POST"])
def discharge(request: StaffRequest, key: UUID) -> HttpResponse:
    visit, now = visit_by_key(request, key), clock.now()
    ready = leaving.ready(visit, at=now)
    form = DischargeForm(typed(request), visit=visit, now=now, ready=ready)
    return answer(
        request,
        visit,
        Opened(
            "Discharge",
            "Discharge",
            request.path,
            form,
            template="visits/_discharge.html",
            about=ready,
        ),
        lambda: ending.discharge(visit=visit, **form.cleaned_data, by=request.user, at=now),
    )


@requires(Can.CHART_VISIT)
@require_http_methods(["GET", "POST"])
def end(request: StaffRequest, key: UUID) -> HttpResponse:
    """Left before done, or transferred."""
    visit, now = visit_by_key(request, key), clock.now()
    form = EndForm(typed(request), auto_id=f"f{visit.pk}_%s")
    return answer(
        request,
        visit,
        Opened("Ends before everything is given", "End the visit", request.path, form),
        lambda: _end(visit, **form.cleaned_data, by=request.user, at=now),
    )


def _end(visit: Visit, *, how: str, **facts: Any) -> Outcome:
    return WAYS[how](visit=visit, **facts)
