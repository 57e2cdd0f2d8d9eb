"""Orders: composed from a regimen for one patient, looked at, signed, changed, withdrawn."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import page_or_part, put_problem
from patients.models import Patient
from patients.selectors import card
from patients.services import history
from regimens.forms import ComposeForm, ReasonForm, WeightForm
from regimens.models import Order
from regimens.selectors import formulary, orders
from regimens.selectors.composing import Composition, compose
from regimens.selectors.timeline import timeline
from regimens.services import ordering

COMPOSE = {"page": "regimens/compose.html", "part": "regimens/_compose.html"}


@requires(Can.SIGN_ORDER)
def to_sign(request: StaffRequest) -> HttpResponse:
    waiting = list(orders.waiting_for_signature())
    card.with_same_name(order.patient for order in waiting)
    reading.list_opened(page="regimens:to_sign", by=request.user, at=clock.now())
    return render(request, "regimens/to_sign.html", {"orders": waiting})


@requires(Can.WRITE_ORDER)
def new_order(request: StaffRequest, key: UUID) -> HttpResponse:
    """GET shows the form; POST writes the draft."""
    patient = card.patient_by_key(key)
    if request.method != "POST":
        _opened(request, patient)
        return _compose_page(request, patient, _compose_form())
    form = _compose_form(request.POST)
    if not form.is_valid():
        return _compose_page(request, patient, form, status=422)
    facts = {
        "without": form.without(),
        "note": form.cleaned_data["note"],
        "by": request.user,
        "at": clock.now(),
    }
    try:
        order = ordering.order_from_regimen(patient=patient, regimen=form.cleaned_data["regimen"], **facts)
    except DomainError as no:
        return _compose_page(request, patient, form, problem=no)
    messages.success(request, "The draft is saved. It waits for a signature.")
    return redirect("regimens:order", key=order.key)


@requires(Can.WRITE_ORDER)
@require_POST
def preview(request: StaffRequest, key: UUID) -> HttpResponse:
    """Doses and minutes of what is chosen so far. Writes nothing."""
    patient = card.patient_by_key(key)
    return _compose_page(request, patient, _compose_form(request.POST), changing=_changing(request))


@requires(Can.RECORD_HISTORY)
@require_POST
def weigh(request: StaffRequest, key: UUID) -> HttpResponse:
    """A weight for the doses per kg, without leaving the order."""
    patient, weight = card.patient_by_key(key), WeightForm(request.POST)
    if weight.is_valid():
        now = clock.now()
        facts = {"value": weight.cleaned_data["weight"], "unit": weight.cleaned_data["unit"]}
        try:
            history.measure(patient=patient, kind="weight", measured_at=now, by=request.user, at=now, **facts)
        except DomainError as no:
            weight.add_error("weight", no.message)
    form = _compose_form(request.POST)
    return _compose_page(request, patient, form, changing=_changing(request), weight=weight)


@requires(Can.READ_CHART)
def order(request: StaffRequest, key: UUID) -> HttpResponse:
    found = _order(key)
    _opened(request, found.patient)
    return _order_page(request, found)


@requires(Can.WRITE_ORDER)
def change(request: StaffRequest, key: UUID) -> HttpResponse:
    """A new version: the same regimen, other optional steps, today's weight."""
    old = _order(key)
    patient = old.patient
    if old.regimen is None:
        raise Http404
    if request.method != "POST":
        _opened(request, patient)
        kept = {"regimen": old.regimen.code, "shown": old.regimen.code, "note": old.note}
        chosen = _compose_form({**kept, "include": list(old.steps.values_list("position", flat=True))})
        return _compose_page(request, patient, chosen, changing=old)
    form = _compose_form(request.POST)
    if not form.is_valid():
        return _compose_page(request, patient, form, changing=old, status=422)
    facts = {
        "without": form.without(),
        "note": form.cleaned_data["note"],
        "by": request.user,
        "at": clock.now(),
    }
    try:
        new = ordering.change_order(order=old, **facts)
    except DomainError as no:
        return _compose_page(request, patient, form, changing=old, problem=no)
    messages.success(
        request, f"Version {new.version} is saved. Version {old.version} stands until it is signed."
    )
    return redirect("regimens:order", key=new.key)


@requires(Can.SIGN_ORDER)
@require_POST
def sign(request: StaffRequest, key: UUID) -> HttpResponse:
    found = _order(key)
    try:
        ordering.sign_order(order=found, by=request.user, at=clock.now())
    except DomainError as no:
        return _order_page(request, found, problem=no)
    messages.success(request, "Signed.")
    return redirect("regimens:order", key=key)


@requires(Can.WRITE_ORDER)
@require_POST
def withdraw(request: StaffRequest, key: UUID) -> HttpResponse:
    found, form = _order(key), ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        ordering.withdraw_order(order=found, reason=reason, by=request.user, at=clock.now())
    except DomainError as no:
        put_problem(form, no)
        return _order_page(request, found, problem=no, withdraw_form=form)
    messages.success(request, "Withdrawn.")
    return redirect("regimens:order", key=key)


def _order(key: UUID) -> Order:
    try:
        return orders.order_by_key(key)
    except Order.DoesNotExist as gone:
        raise Http404 from gone


def _changing(request: StaffRequest) -> Order | None:
    """The order that the composed one is a new version of, where the form says so."""
    changes = request.POST.get("changes")
    try:
        return _order(UUID(changes)) if changes else None
    except ValueError as bad:
        raise Http404 from bad


def _compose_form(data: Any = None) -> ComposeForm:
    return ComposeForm(data, regimens=formulary.regimens())


def _opened(request: StaffRequest, patient: Patient) -> None:
    page = request.resolver_match.view_name
    reading.chart_opened(patient_key=patient.key, page=page, by=request.user, at=clock.now())


def _compose_page(
    request: StaffRequest,
    patient: Patient,
    form: ComposeForm,
    *,
    changing: Order | None = None,
    weight: WeightForm | None = None,
    problem: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    """The form with what it comes to so far. A refusal while only looking is shown, and no error: 200."""
    composed: Composition | None = None
    refused = problem
    if form.is_bound and form.is_valid():
        try:
            composed = compose(
                patient=patient,
                regimen=form.cleaned_data["regimen"],
                without_steps=form.without(),
                at=clock.now(),
            )
        except DomainError as no:
            refused = refused or no
    card.with_allergies(card.with_same_name([patient]))
    context = {
        "patient": patient,
        "form": form,
        "changing": changing,
        "problem": refused,
        "weight_form": weight or WeightForm(),
        "weighed": weight is not None and not weight.errors,
        "weight_needed": refused is not None and refused.field == "weight_kg",
        **_chosen(form, composed),
    }
    return page_or_part(
        request, **COMPOSE, context=context, status=problem.http_status if problem else status
    )


def _chosen(form: ComposeForm, composed: Composition | None) -> dict[str, object]:
    """The regimen's optional steps and advice; doses, minutes and picture where they could be reckoned."""
    regimen = form.cleaned_data.get("regimen") if form.is_bound and form.is_valid() else None
    if regimen is None:
        return {}
    left_out = form.without()
    optional = [step for step in formulary.recipe(regimen)[0] if step.optional]
    chosen: dict[str, object] = {
        "regimen": regimen,
        "optional": [(step, step.position not in left_out) for step in optional],
        "advice": orders.advice(regimen),
        "composed": composed,
    }
    if composed:
        chosen["picture"] = timeline(
            composed.named_runs,
            setup=regimen.setup_minutes,
            discharge=regimen.discharge_minutes,
            watched_at_least=regimen.watched_at_least,
        )
    return chosen


def _order_page(
    request: StaffRequest,
    found: Order,
    *,
    problem: DomainError | None = None,
    withdraw_form: ReasonForm | None = None,
) -> HttpResponse:
    card.with_allergies(card.with_same_name([found.patient]))
    context = {
        "page": orders.order_page(found),
        "order": found,
        "patient": found.patient,
        "advice": orders.advice(found.regimen),
        "withdraw_form": withdraw_form or ReasonForm(),
        "problem": problem,
    }
    return render(request, "regimens/order.html", context, status=problem.http_status if problem else 200)
