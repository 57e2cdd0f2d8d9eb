"""The same-day flow at the desk: the waitlist, a freed time offered and answered, walk-ins, the rate."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import page_or_part
from patients.selectors.card import patient_by_key
from visits.forms.calls import EarlierForm, ForWhomForm, OffTheListForm
from visits.models import Offer, Visit
from visits.selectors import seen, wanted
from visits.selectors.details import visit_by_key
from visits.selectors.waitlist import freed_by_key, offer_by_key, waiting_by_key
from visits.services import calls, offering, waitlist, walk_in
from visits.views import board, booking
from visits.views.calls import changed, listed


@requires(Can.BOOK_VISIT)
@require_POST
def join(request: StaffRequest) -> HttpResponse:
    """From the booking panel: everything but a start."""
    patient = patient_by_key(booking.chosen(request)["patient"])
    form = booking.form_of(request, wanted.wanted_by(patient), request.POST)
    if not form.is_valid():
        return booking.panel(request, patient, form, status=422)
    try:
        entry = waitlist.join(**booking.wish_of(request, form, patient), by=request.user, at=clock.now())
    except DomainError as no:
        return booking.panel(request, patient, form, problem=no.message, status=no.http_status)
    return _done(request, {"waiting": entry, "patient": patient})


@requires(Can.BOOK_VISIT)
@require_POST
def wants_earlier(request: StaffRequest, key: UUID) -> HttpResponse:
    """A booked patient would come earlier: on today's list, the visit stays until there is a time."""
    visit, form, now = visit_by_key(site=request.site, key=key), EarlierForm(request.POST), clock.now()
    if not form.is_valid():
        sentence = "Say from when as 10:30, and how far as minutes up to 300."
        return board.panel(request, visit, now, problem=sentence, status=422)
    wall = form.cleaned_data["earliest"]
    earliest = request.site.moment(request.site.day_of(now), wall) if wall else None
    travel = form.cleaned_data["travel_minutes"]
    try:
        waitlist.wants_earlier(
            visit=visit, earliest_at=earliest, travel_minutes=travel, by=request.user, at=now
        )
    except DomainError as no:
        return board.panel(request, visit, now, problem=no.message, status=no.http_status)
    return trigger_client_event(board.panel(request, visit, now, said="On the waitlist"), "board-changed")


@requires(Can.BOOK_VISIT)
@require_POST
def leave(request: StaffRequest, key: UUID) -> HttpResponse:
    """Off the list: they want none any more, or there was no place."""
    form = OffTheListForm(request.POST)
    typed = form.cleaned_data if form.is_valid() else {"reason": "", "refused": False}
    waiting = waiting_by_key(site=request.site, key=key)
    try:
        calls.off_the_list(waiting=waiting, **typed, by=request.user, at=clock.now())
    except DomainError as no:
        return listed(request, problem=no.message, asked=key, status=no.http_status)
    return changed(request, said="Off the waitlist")


@requires(Can.BOOK_VISIT)
@require_POST
def offer(request: StaffRequest, key: UUID) -> HttpResponse:
    """A freed time, offered to one of those it fits."""
    task, form = freed_by_key(site=request.site, key=key), ForWhomForm(request.POST)
    whom = form.cleaned_data["waiting"] if form.is_valid() else None
    waiting = waiting_by_key(site=request.site, key=whom)
    try:
        offering.offer(task=task, waiting=waiting, by=request.user, at=clock.now())
    except DomainError as no:
        return listed(request, problem=no.message, status=no.http_status)
    return changed(request, said=f"Offered to {waiting.patient.called}", focus=task.key)


@requires(Can.BOOK_VISIT)
@require_POST
def accept(request: StaffRequest, key: UUID) -> HttpResponse:
    return _answer(request, key, offering.accept, "Booked")


@requires(Can.BOOK_VISIT)
@require_POST
def decline(request: StaffRequest, key: UUID) -> HttpResponse:
    return _answer(request, key, offering.decline, "Not taken")


@requires(Can.BOOK_VISIT)
@require_POST
def walked_in(request: StaffRequest) -> HttpResponse:
    """One tap on a found patient: arrived now, or on the waitlist with the time of the next place."""
    patient, now = patient_by_key(booking.chosen(request)["patient"]), clock.now()
    reading.chart_opened(
        patient_key=patient.key, page=request.resolver_match.view_name, by=request.user, at=now
    )
    what = wanted.of_a_walk_in(patient).facts
    try:
        came = walk_in.walk_in(site=request.site, patient=patient, **what, by=request.user, at=now)
    except DomainError as no:
        context = {
            "patient": patient,
            "problem": no.message,
            "listed": True,
            "today": request.site.day_of(now),
        }
        return _done(request, context, status=no.http_status)
    if came.visit is not None:
        return trigger_client_event(board.panel(request, came.visit, now, said="Arrived"), "board-changed")
    return _done(
        request, vars(came) | {"patient": patient, "listed": True, "today": request.site.day_of(now)}
    )


@requires(Can.BOOK_VISIT)
@require_GET
def seen_same_day(request: StaffRequest) -> HttpResponse:
    """Asked, seen, refused and sent on: today and the last 30 days."""
    rate = seen.seen_same_day(site=request.site, day=request.site.day_of(clock.now()))
    return render(request, "visits/seen.html", {"rate": rate})


def _answer(request: StaffRequest, key: UUID, verb: Callable[..., Visit], said: str) -> HttpResponse:
    found: Offer = offer_by_key(site=request.site, key=key)
    try:
        verb(offer=found, by=request.user, at=clock.now())
    except DomainError as no:
        return listed(request, problem=no.message, status=no.http_status)
    return changed(request, said=said, focus="done" if said == "Booked" else found.freed.key)


def _done(request: StaffRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """What became of it, where the booking panel stands."""
    context |= {"listed": True, "today": request.site.day_of(clock.now())}
    response = page_or_part(
        request, page="visits/book.html", part="visits/_listed.html", context=context, status=status
    )
    return trigger_client_event(response, "board-changed")
