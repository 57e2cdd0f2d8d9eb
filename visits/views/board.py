"""Today: the board, its refreshes, the day list, and one visit's panel with what can be done to it."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import page_or_part, unchanged, wants_part
from visits.forms.booking import ReasonForm, SeatForm
from visits.models import Chair, Visit
from visits.selectors import board as boards
from visits.selectors import day_list
from visits.selectors.details import details_of, visit_by_key
from visits.services import arriving, booking, flow
from visits.views import calls

YEARS = range(2000, 2100)  # what a date picker may send


@requires(Can.SEE_BOARD)
@require_GET
def today(request: StaffRequest) -> HttpResponse:
    """The front desk's screen; `?day=` shows another day."""
    now = clock.now()
    reading.list_opened(page=request.resolver_match.view_name, by=request.user, at=now)
    return render(request, "visits/today.html", calls.context(request, now) | _board(request, now))


@requires(Can.SEE_BOARD)
@require_GET
def board(request: StaffRequest) -> HttpResponse:
    """The board again, or 204 where the screen already shows it: then one query."""
    now = clock.now()
    shown = request.GET.get("v", "")
    if shown and boards.unchanged(shown, at=now):
        return unchanged()
    return render(request, "visits/_board.html", _board(request, now))


@requires(Can.SEE_BOARD)
@require_GET
def printed(request: StaffRequest) -> HttpResponse:
    """The day list, for paper."""
    now = clock.now()
    reading.list_opened(page=request.resolver_match.view_name, by=request.user, at=now)
    found = day_list.day_list(site=request.site, day=day_asked(request, now), at=now)
    return render(request, "visits/day_list.html", {"list": found, "now": now, "site": request.site})


@requires(Can.SEE_BOARD)
@require_GET
def visit(request: StaffRequest, key: UUID) -> HttpResponse:
    """What the front desk needs to know of one visit, and what it can do."""
    found, now = visit_by_key(site=request.site, key=key), clock.now()
    person = found.patient.merged_into or found.patient
    reading.chart_opened(
        patient_key=person.key, page=request.resolver_match.view_name, by=request.user, at=now
    )
    return panel(request, found, now)


@requires(Can.BOOK_VISIT)
@require_POST
def check_in(request: StaffRequest, key: UUID) -> HttpResponse:
    return _act(request, key, arriving.check_in)


@requires(Can.SEAT_PATIENT)
@require_POST
def seat(request: StaffRequest, key: UUID) -> HttpResponse:
    """Into the chair that was chosen, else into the planned one."""
    form = SeatForm(request.POST)
    pk = form.cleaned_data["chair"] if form.is_valid() else None
    chair = get_object_or_404(Chair, site=request.site, pk=pk) if pk else None
    return _act(request, key, flow.seat, chair=chair)


@requires(Can.BOOK_VISIT)
@require_POST
def cancel(request: StaffRequest, key: UUID) -> HttpResponse:
    return _act(request, key, flow.cancel, reason=_reason(request))


@requires(Can.BOOK_VISIT)
@require_POST
def no_show(request: StaffRequest, key: UUID) -> HttpResponse:
    return _act(request, key, flow.no_show)


@requires(Can.BOOK_VISIT)
@require_POST
def leave(request: StaffRequest, key: UUID) -> HttpResponse:
    return _act(request, key, flow.leave, reason=_reason(request))


@requires(Can.BOOK_VISIT)
@require_POST
def confirm(request: StaffRequest, key: UUID) -> HttpResponse:
    return _act(request, key, booking.confirm_hold)


@requires(Can.UNDO_MOVE)
@require_POST
def undo(request: StaffRequest, key: UUID) -> HttpResponse:
    return _act(request, key, flow.undo, reason=_reason(request))


def _act(request: StaffRequest, key: UUID, verb: Callable[..., Visit], **facts: Any) -> HttpResponse:
    """One verb on one visit: the panel again, and word to the board that something changed."""
    found, now = visit_by_key(site=request.site, key=key), clock.now()
    try:
        found = verb(visit=found, by=request.user, at=now, **facts)
    except DomainError as no:
        fresh = visit_by_key(site=request.site, key=key)
        return panel(request, fresh, now, problem=no.message, status=no.http_status)
    if not wants_part(request):
        return redirect(_next(request, found))
    return trigger_client_event(panel(request, found, now, done=True), "board-changed")


def panel(
    request: StaffRequest, visit: Visit, now: datetime, *, status: int = 200, **more: Any
) -> HttpResponse:
    """One visit for the front desk, as a part of Today or a page of its own."""
    context = {"details": details_of(visit, at=now), "today": request.site.day_of(now), "now": now} | more
    part = "visits/_board_visit.html"
    return page_or_part(request, page="visits/today_visit.html", part=part, context=context, status=status)


def _next(request: StaffRequest, visit: Visit) -> str:
    """Back to the page that asked, if it is one of ours."""
    asked = request.POST.get("next", "")
    if asked and url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}):
        return asked
    return "visits:today"


def _reason(request: StaffRequest) -> str:
    form = ReasonForm(request.POST)
    return form.cleaned_data["reason"] if form.is_valid() else ""


def _board(request: StaffRequest, now: datetime) -> dict[str, Any]:
    only = request.GET.get("only", "")
    found = boards.board(site=request.site, day=day_asked(request, now), at=now, only=only)
    return {"board": found, "site": request.site, "now": now}


def day_asked(request: StaffRequest, now: datetime) -> date:
    """`?day=2026-11-23`, else today."""
    try:
        asked = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return request.site.day_of(now)
    return asked if YEARS.start <= asked.year < YEARS.stop else request.site.day_of(now)
