"""The call list beside the board: note a request and its red flags, book from it, send on, refuse, close."""

from collections.abc import Callable
from datetime import datetime
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
from visits.forms.calls import CallForm, ClearFlagForm, RedFlagForm, SendOnForm
from visits.models import CallRequest
from visits.rules import red_flags
from visits.selectors import board as boards
from visits.selectors.calls import call_by_key, calls_of, open_call
from visits.selectors.waitlist import waitlist_of
from visits.services import calls, triage
from visits.states import SentTo


@requires(Can.SEE_BOARD)
@require_GET
def call_list(request: StaffRequest) -> HttpResponse:
    """Today's open calls, or 204 where the screen already shows them."""
    shown = request.GET.get("v", "")
    if shown and boards.unchanged(shown, at=clock.now()):
        return unchanged()
    return listed(request)


@requires(Can.BOOK_VISIT)
@require_POST
def take(request: StaffRequest) -> HttpResponse:
    """A new request, noted while the caller is on the line."""
    form, now = CallForm(request.POST), clock.now()
    if not form.is_valid():
        return listed(request, form=form, status=422)
    typed = form.call()
    day = request.site.day_of(now)
    limits = {"earliest_at": typed.pop("earliest"), "must_leave_by": typed.pop("leave_by")}
    moments: dict[str, Any] = {
        name: request.site.moment(day, wall) if wall else None for name, wall in limits.items()
    }
    said = {flag: answer for flag, answer in form.answers().items() if answer}
    try:
        call = calls.take_call(
            site=request.site, day=day, **typed, **moments, red_flags=said, by=request.user, at=now
        )
    except DomainError as no:
        put_problem(form, no)
        return listed(request, form=form, status=no.http_status)
    return changed(request, said=_flagged(call))


@requires(Can.BOOK_VISIT)
@require_POST
def ask(request: StaffRequest, key: UUID) -> HttpResponse:
    """Red flags asked after the call was noted."""
    form = RedFlagForm(request.POST)
    return _answer(request, key, triage.ask, answers=form.answers() if form.is_valid() else {"": "?"})


@requires(Can.SIGN_ORDER)
@require_POST
def clear_flag(request: StaffRequest, key: UUID) -> HttpResponse:
    """A provider's word on one red flag."""
    form = ClearFlagForm(request.POST)
    typed = form.cleaned_data if form.is_valid() else {"flag": "", "reason": form.data.get("reason", "")}
    return _answer(request, key, triage.clear, **typed)


@requires(Can.BOOK_VISIT)
@require_POST
def send_on(request: StaffRequest, key: UUID) -> HttpResponse:
    """One tap: told to go where a red flag belongs."""
    form = SendOnForm(request.POST)
    where = form.cleaned_data["where"] if form.is_valid() else ""
    return _answer(request, key, calls.send_on, where=where)


@requires(Can.BOOK_VISIT)
@require_POST
def refuse(request: StaffRequest, key: UUID) -> HttpResponse:
    return _answer(request, key, calls.refuse, reason=_reason(request))


@requires(Can.BOOK_VISIT)
@require_POST
def close(request: StaffRequest, key: UUID) -> HttpResponse:
    return _answer(request, key, calls.close, reason=_reason(request))


def _answer(request: StaffRequest, key: UUID, verb: Callable[..., CallRequest], **facts: Any) -> HttpResponse:
    call = call_by_key(site=request.site, key=key)
    try:
        call = verb(call=call, by=request.user, at=clock.now(), **facts)
    except DomainError as no:
        return listed(request, problem=no.message, asked=key, status=no.http_status)
    return changed(request, said=_flagged(call) or call.get_state_display())


def _reason(request: StaffRequest) -> str:
    form = ReasonForm(request.POST)
    return form.cleaned_data["reason"] if form.is_valid() else ""


def _flagged(call: CallRequest) -> str:
    """What is announced of a call with a red flag."""
    where = open_call(call).where if call.red_flag else ""
    return f"Red flag: {where.lower()}, not a chair." if where else ""


def context(request: StaffRequest, now: datetime) -> dict[str, Any]:
    """What the call list shows. Calls are today's, whatever day the board shows."""
    site, day = request.site, request.site.day_of(now)
    return {
        "tag": boards.current_tag(site=site, day=day, at=now),  # first: what changes meanwhile shows later
        "calls": calls_of(site=site, day=day),
        "waitlist": waitlist_of(site=site, day=day, at=now),
        "questions": red_flags.lines({}),
        "sent_to": SentTo.choices,
        "site": site,
    }


def listed(request: StaffRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    """The list, as a part of Today or a page of its own."""
    found = context(request, clock.now()) | more
    if "form" in more:
        found["questions"] = red_flags.lines(more["form"].answers())
    return page_or_part(
        request, page="visits/call_list.html", part="visits/_calls.html", context=found, status=status
    )


def changed(request: StaffRequest, **more: Any) -> HttpResponse:
    """The list after an act, with word to the board. `said` is announced; `focus` names where to go on."""
    return trigger_client_event(listed(request, **more), "board-changed")
