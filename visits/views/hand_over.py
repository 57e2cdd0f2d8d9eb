"""Handing patients over to another nurse, reading what was said, and coming back from a break."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import put_problem
from visits.forms.hand_over import HandOverForm
from visits.models import HandOver
from visits.selectors import hand_over as selectors
from visits.services import hand_over as services
from visits.views.chart import tapped, visit_by_key


@requires(Can.CHART_VISIT)
@require_http_methods(["GET", "POST"])
def hand_over(request: StaffRequest) -> HttpResponse:
    """GET: one's own patients ticked. POST: they go to a colleague, with words."""
    now = clock.now()
    found = selectors.round_of(site=request.site, nurse=request.user, at=now)
    typed = request.POST if request.method == "POST" else None
    form = HandOverForm(typed, visits=found.visits, mine=found.mine, colleagues=found.colleagues)
    if form.is_valid():
        try:
            given = services.hand_over(**form.cleaned_data, by=request.user, at=now)
            messages.success(request, selectors.given_words(given))
            return redirect("visits:my_chairs")
        except DomainError as no:
            put_problem(form, no)
    reading.list_opened(page=request.resolver_match.view_name, by=request.user, at=now)
    context = {"form": form, "found": found, "now": now, "today": request.site.day_of(now)}
    return render(request, "visits/hand_over.html", context, status=422 if form.errors else 200)


@requires(Can.CHART_VISIT)
@require_POST
def back(request: StaffRequest) -> HttpResponse:
    """Back from a break: the patients too."""
    services.back(by=request.user, site_pk=request.site.pk, at=clock.now())
    return redirect("visits:my_chairs")


@requires(Can.CHART_VISIT)
@require_POST
def read(request: StaffRequest, key: UUID, hand_over: UUID) -> HttpResponse:
    visit = visit_by_key(request, key)
    rows = HandOver.objects.select_related("taker", "visit__site", "visit__patient")
    row = get_object_or_404(rows, visit=visit, key=hand_over)
    return tapped(
        request, visit, "Read", lambda: services.read(hand_over=row, by=request.user, at=clock.now())
    )
