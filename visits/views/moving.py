"""Move a booked visit: choose or drag, see what it would mean, agree. Beside the board or on its own page."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import page_or_part, wants_part
from patients.selectors import card
from visits.forms.booking import AgreedForm, LookForm
from visits.models import Chair, Visit
from visits.selectors.board import chairs_in_use
from visits.selectors.details import visit_by_key
from visits.services import booking, moving, replanning
from visits.views import board


@requires(Can.BOOK_VISIT)
@require_http_methods(["GET", "POST"])
def move(request: StaffRequest, key: UUID) -> HttpResponse:
    """GET: where else it could be. POST: it is moved, as it was shown."""
    visit = visit_by_key(site=request.site, key=key)
    if request.method == "GET":
        return _opened(request, visit, {})
    form, now = AgreedForm(request.POST), clock.now()
    if not form.is_valid():
        return _panel(request, visit, {"problem": "The form has changed. Choose a start again."}, status=422)
    chair = _chair(request, form.cleaned_data["chair"])
    try:
        visit = moving.move(visit=visit, **form.cleaned_data | {"chair": chair}, by=request.user, at=now)
    except DomainError as no:
        start = form.cleaned_data["starts_at"]
        return _panel(request, visit, _refused(no) | {"start": start, "chair": chair}, status=no.http_status)
    if not wants_part(request):
        return redirect("visits:visit", visit.key)
    said = f"Moved to {clock.local(visit.starts_at, request.site.zone):%H:%M}, {visit.chair}"
    return trigger_client_event(board.panel(request, visit, now, done=True, said=said), "board-changed")


@requires(Can.BOOK_VISIT)
@require_POST
def look(request: StaffRequest, key: UUID) -> HttpResponse:
    """What another start or chair would mean. Nothing is written."""
    visit, form = visit_by_key(site=request.site, key=key), LookForm(request.POST)
    start = form.start(request.site) if form.is_valid() else None
    if start is None:
        return _opened(request, visit, {"problem": "Choose a day and a time."}, status=422)
    chair = _chair(request, form.cleaned_data["chair"])
    asked: dict[str, Any] = {"start": start, "chair": chair}
    try:
        shown = replanning.look(visit=visit, starts_at=start, chair=chair, at=clock.now())
    except DomainError as no:
        return _opened(request, visit, asked | _refused(no), status=no.http_status)
    return _opened(request, visit, asked | {"shown": shown})


def _opened(
    request: StaffRequest, visit: Visit, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    person, page = visit.patient.merged_into or visit.patient, request.resolver_match.view_name
    reading.chart_opened(patient_key=person.key, page=page, by=request.user, at=clock.now())
    return _panel(request, visit, context, status=status)


def _panel(
    request: StaffRequest, visit: Visit, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """The form with what was asked for, else where the visit is; and the best starts of that day."""
    (person,) = card.with_allergies(card.with_same_name([visit.patient.merged_into or visit.patient]))
    start = context.get("start", visit.starts_at)
    start = start if start.year in booking.YEARS else visit.starts_at
    day = request.site.day_of(start)
    found = replanning.offers_for(visit=visit, day=day, chair=context.get("chair"), at=clock.now())
    more = {"visit": visit, "patient": person, "start": start, "day": day}
    more["offers"] = context.get("offers") or found
    more |= {"chairs": chairs_in_use(request.site), "today": request.site.day_of(clock.now())}
    page, part = "visits/move.html", "visits/_move.html"
    return page_or_part(request, page=page, part=part, context=context | more, status=status)


def _refused(no: DomainError) -> dict[str, Any]:
    return {"problem": no.message, "offers": no.offers if isinstance(no, booking.NoPlace) else None}


def _chair(request: StaffRequest, pk: int | None) -> Chair | None:
    return get_object_or_404(Chair, site=request.site, pk=pk) if pk else None
