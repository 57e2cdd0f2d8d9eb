"""The call list beside the board: note a request, book from it, refuse or close it with a reason."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import page_or_part, put_problem, unchanged
from visits.forms.booking import ReasonForm
from visits.forms.calls import CallForm
from visits.models import CallRequest
from visits.selectors import board as boards
from visits.selectors.calls import call_by_key, calls_of
from visits.services import calls


@requires(Can.SEE_BOARD)
@require_GET
def call_list(request: StaffRequest) -> HttpResponse:
    """Today's open calls, or 204 where the screen already shows them."""
    shown = request.GET.get("v", "")
    if shown and boards.unchanged(shown, at=clock.now()):
        return unchanged()
    return _list(request)


@requires(Can.BOOK_VISIT)
@require_POST
def take(request: StaffRequest) -> HttpResponse:
    """A new request, noted while the caller is on the line."""
    form, now = CallForm(request.POST), clock.now()
    if not form.is_valid():
        return _list(request, form=form, status=422)
    typed = dict(form.cleaned_data)
    day = request.site.day_of(now)
    limits = {"earliest_at": typed.pop("earliest"), "must_leave_by": typed.pop("leave_by")}
    moments: dict[str, Any] = {
        name: request.site.moment(day, wall) if wall else None for name, wall in limits.items()
    }
    try:
        calls.take_call(site=request.site, day=day, **typed, **moments, by=request.user, at=now)
    except DomainError as no:
        put_problem(form, no)
        return _list(request, form=form, status=no.http_status)
    return trigger_client_event(_list(request), "board-changed")


@requires(Can.BOOK_VISIT)
@require_POST
def refuse(request: StaffRequest, key: UUID) -> HttpResponse:
    return _answer(request, key, calls.refuse)


@requires(Can.BOOK_VISIT)
@require_POST
def close(request: StaffRequest, key: UUID) -> HttpResponse:
    return _answer(request, key, calls.close)


def _answer(request: StaffRequest, key: UUID, verb: Callable[..., CallRequest]) -> HttpResponse:
    call, form = call_by_key(site=request.site, key=key), ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        verb(call=call, reason=reason, by=request.user, at=clock.now())
    except DomainError as no:
        return _list(request, problem=no.message, asked=key, status=no.http_status)
    return trigger_client_event(_list(request), "board-changed")


def _list(request: StaffRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    now = clock.now()
    day = request.site.day_of(now)
    tag = boards.current_tag(site=request.site, day=day, at=now)
    context = {"calls": calls_of(site=request.site, day=day), "tag": tag, "site": request.site} | more
    return page_or_part(
        request, page="visits/call_list.html", part="visits/_calls.html", context=context, status=status
    )
