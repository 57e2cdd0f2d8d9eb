"""Booking from a phone call: type a name, choose the patient, choose what for, press a start. Four actions.

The panel stands beside the board on Today, and on a page of its own after a registration.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import page_or_part
from patients.models import Patient
from patients.selectors import card, search
from patients.views.registration import AFTER_REGISTERING, REGISTERED
from visits.forms.booking import BookForm, ChooseForm, FindForm, OverbookForm, StartForm
from visits.models import Visit
from visits.selectors import availability, known, loads, wanted
from visits.selectors.availability import Offers
from visits.selectors.calls import call_by_key
from visits.selectors.waitlist import waiting_by_key
from visits.services import booking, limits

PENDING_CALL = "booking_call"  # session: the call that is being booked while somebody registers
FOUND = 8

Choices = list[tuple[str, list[wanted.Wanted]]]


@requires(Can.BOOK_VISIT)
@require_POST
def find(request: StaffRequest) -> HttpResponse:
    """Who this may be, while the name is typed."""
    form = FindForm(request.POST)
    text = form.cleaned_data["text"] if form.is_valid() else ""
    found = search.find(text=text, limit=FOUND) if text else []
    context = {"found": found, "text": text, "call": chosen(request)["call"], "today": _today(request)}
    return page_or_part(request, page="visits/book.html", part="visits/_book_found.html", context=context)


@requires(Can.BOOK_VISIT)
@require_http_methods(["GET", "POST"])
def book(request: StaffRequest) -> HttpResponse:
    """GET: the page, with whoever was just registered. POST: book at the start that was pressed."""
    if request.method == "GET":
        return _book_page(request)
    patient = card.patient_by_key(chosen(request)["patient"])
    form = form_of(request, wanted.wanted_by(patient), request.POST)
    if not form.is_valid():
        return panel(request, patient, form, status=422)
    try:
        facts = facts_of(request, form, patient) | _start(request, form)
        visit = booking.book_visit(**facts, by=request.user, at=clock.now())
    except booking.NoPlace as no:
        return panel(request, patient, form, problem=no.message, offers=no.offers, status=no.http_status)
    except DomainError as no:
        beyond = isinstance(no, limits.TooOften)
        return panel(request, patient, form, problem=no.message, beyond=beyond, status=no.http_status)
    return booked(request, visit)


@requires(Can.BOOK_VISIT)
@require_POST
def choose(request: StaffRequest) -> HttpResponse:
    """The patient is chosen: what for, and when?"""
    who = chosen(request)
    return _open(request, card.patient_by_key(who["patient"]), call=who["call"], waits=who["waiting"])


@requires(Can.BOOK_VISIT)
@require_POST
def offers(request: StaffRequest) -> HttpResponse:
    """The best starts for what is chosen so far, and why not sooner."""
    patient = card.patient_by_key(chosen(request)["patient"])
    form = form_of(request, wanted.wanted_by(patient), request.POST)
    return panel(
        request, patient, form, part="visits/_book_offers.html", status=200 if form.is_valid() else 422
    )


@requires(Can.REGISTER_PATIENT)
@require_POST
def register(request: StaffRequest) -> HttpResponse:
    """To the registration page and back here, with nothing about anybody in an address."""
    request.session[AFTER_REGISTERING] = "visits:book"
    request.session[PENDING_CALL] = request.POST.get("call", "")
    return redirect("patients:register")


def _book_page(request: StaffRequest) -> HttpResponse:
    key, call = request.session.pop(REGISTERED, None), request.session.pop(PENDING_CALL, "")
    if key:
        return _open(request, card.patient_by_key(UUID(key)), call=UUID(call) if call else None)
    return page_or_part(request, page="visits/book.html", part="visits/_book_search.html", context={})


def _open(
    request: StaffRequest, patient: Patient, *, call: UUID | None, waits: UUID | None = None
) -> HttpResponse:
    """The panel for this patient, opened once and noted as such."""
    now = clock.now()
    reading.chart_opened(
        patient_key=patient.key, page=request.resolver_match.view_name, by=request.user, at=now
    )
    choices = wanted.wanted_by(patient)
    ordered = [one.code for _, group in choices for one in group if one.order]
    proposed: dict[str, Any] = {"patient": patient.key, "call": call, "day": request.site.day_of(now)}
    if len(ordered) == 1:
        proposed["wanted"] = ordered[0]
    if call is not None:
        proposed |= _of_call(request, call)
    if waits is not None:
        proposed |= _of_waiting(request, waits)
    return panel(request, patient, form_of(request, choices, proposed), fresh=True)


def form_of(request: StaffRequest, choices: Choices, typed: Mapping[str, Any]) -> BookForm:
    return BookForm(typed, site=request.site, today=_today(request), choices=choices)


def _of_call(request: StaffRequest, key: UUID) -> dict[str, Any]:
    """What the caller said already."""
    call, zone = call_by_key(site=request.site, key=key), request.site.zone
    times = {"earliest": call.earliest_at, "leave_by": call.must_leave_by}
    local = {name: clock.local(at, zone).time() for name, at in times.items() if at}
    return local | {"day": call.day, "reason": call.wish[:120]}


def _of_waiting(request: StaffRequest, key: UUID) -> dict[str, Any]:
    """What they are on the waitlist for."""
    entry, zone = waiting_by_key(site=request.site, key=key), request.site.zone
    times = {"earliest": entry.earliest_at, "leave_by": entry.must_leave_by}
    local = {name: clock.local(at, zone).time() for name, at in times.items() if at}
    what = f"regimen:{entry.regimen.code}" if entry.regimen else wanted.UNDECIDED
    return local | {"wanted": what, "reason": entry.reason, "chair_kind": entry.chair_kind}


def panel(
    request: StaffRequest,
    patient: Patient,
    form: BookForm,
    *,
    problem: str = "",
    offers: Offers | None = None,
    fresh: bool = False,
    beyond: bool = False,
    part: str = "visits/_book.html",
    status: int = 200,
) -> HttpResponse:
    """`fresh`: nothing was typed yet, so nothing is complained about. `beyond`: the limit is reached."""
    (patient,) = card.with_allergies(card.with_same_name([patient]))
    valid = form.is_valid()
    context = {
        "patient": patient,
        "form": form,
        "problem": problem,
        "fresh": fresh,
        "beyond": beyond,
        "offers": offers or (_offers(form, patient) if valid else None),
        "that_day": known.also_that_day(patient, day=form.cleaned_data["day"]) if valid else [],
        "for_adults": _for_adults(form, patient) if valid else "",
        "today": _today(request),
    }
    return page_or_part(request, page="visits/book.html", part=part, context=context, status=status)


def _for_adults(form: BookForm, patient: Patient) -> str:
    """Nothing about an order: the rules have judged it."""
    what, day = form.chosen(), form.cleaned_data["day"]
    bare = what.regimen if not what.order else None
    return wanted.not_for_a_child(bare, patient=patient, day=day) if bare else ""


def _offers(form: BookForm, patient: Patient) -> Offers:
    what = form.chosen()
    return availability.offers(
        site=form.site,
        day=form.cleaned_data["day"],
        at=clock.now(),
        minutes=what.minutes,
        load=load_of(form),
        kind=what.kind,
        chair_kind=form.cleaned_data["chair_kind"],
        earliest_at=form.moment("earliest"),
        must_leave_by=form.moment("leave_by"),
        wished_at=form.moment("around"),
        person=patient.merged_into_id or patient.pk,
    )


def load_of(form: BookForm) -> int:
    """As the site reckons that day."""
    what = form.chosen()
    orders = [what.order] if what.order else []
    day = form.cleaned_data["day"]
    return loads.visit_load(site=form.site, day=day, orders=orders, regimen=what.regimen, otherwise=what.load)


def _start(request: StaffRequest, form: BookForm) -> dict[str, Any]:
    """The start that was pressed, or one overbooked with a reason by somebody who may."""
    if "overbook" not in request.POST:
        pressed = StartForm(request.POST)
        if not pressed.is_valid():
            raise booking.CannotBook("Choose a start.", field="starts_at")
        if pressed.cleaned_data["beyond_limit_because"] and not request.user.can(Can.OVERBOOK):
            raise PermissionDenied
        return dict(pressed.cleaned_data)
    if not request.user.can(Can.OVERBOOK):
        raise PermissionDenied
    over = OverbookForm(request.POST)
    if not over.is_valid():
        raise booking.CannotBook("To overbook, say at what time and why.", field="overbooked_reason")
    wall, reason = over.cleaned_data["overbook_at"], over.cleaned_data["overbooked_reason"]
    return {"starts_at": form.site.moment(form.cleaned_data["day"], wall), "overbooked_reason": reason}


def facts_of(request: StaffRequest, form: BookForm, patient: Patient) -> dict[str, Any]:
    typed, what = form.cleaned_data, form.chosen()
    return {
        "site": request.site,
        "patient": patient,
        "minutes": what.minutes,
        "load": load_of(form),
        "regimen": what.regimen,
        "orders": [what.order] if what.order else [],
        "kind": what.kind,
        "reason": typed["reason"],
        "chair_kind": typed["chair_kind"],
        "must_leave_by": form.moment("leave_by"),
        "has_driver": typed["has_driver"],
        "driver_name": typed["driver_name"],
        "call": call_by_key(site=request.site, key=typed["call"]) if typed["call"] else None,
    }


def wish_of(request: StaffRequest, form: BookForm, patient: Patient) -> dict[str, Any]:
    """What an entry of the waitlist says: a booking without its start, its orders and its driver."""
    facts = facts_of(request, form, patient)
    for later in ("orders", "has_driver", "driver_name"):
        del facts[later]
    limits = {"day": form.cleaned_data["day"], "earliest_at": form.moment("earliest")}
    return facts | limits | {"travel_minutes": form.cleaned_data["travel_minutes"]}


def booked(request: StaffRequest, visit: Visit) -> HttpResponse:
    context = {"visit": visit, "patient": visit.patient, "booked": True, "today": _today(request)}
    response = page_or_part(request, page="visits/book.html", part="visits/_book_done.html", context=context)
    return trigger_client_event(response, "board-changed")


def chosen(request: StaffRequest) -> dict[str, Any]:
    """Patient, call and entry of the waitlist; None for what is none, which is 404 where it is needed."""
    form = ChooseForm(request.POST)
    form.is_valid()
    return {name: form.cleaned_data.get(name) for name in form.fields}


def _today(request: StaffRequest) -> Any:
    return request.site.day_of(clock.now())
