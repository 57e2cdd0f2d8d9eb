"""Orders: the ones that wait, one looked at, withdrawn. They are composed and signed where visits are known:
visits/views/composing.py and visits/views/findings.py.
"""

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
from infusion_center.shared.pages import put_problem
from patients.models import Patient
from patients.selectors import card
from regimens.forms import ReasonForm
from regimens.models import Order
from regimens.selectors import findings, orders
from regimens.services import ordering


@requires(Can.SIGN_ORDER)
def to_sign(request: StaffRequest) -> HttpResponse:
    waiting = list(orders.waiting_for_signature())
    card.with_same_name(order.patient for order in waiting)
    reading.list_opened(page="regimens:to_sign", by=request.user, at=clock.now())
    return render(request, "regimens/to_sign.html", {"orders": waiting})


@requires(Can.READ_CHART)
def order(request: StaffRequest, key: UUID) -> HttpResponse:
    found = order_by_key(key)
    _opened(request, found.patient)
    return order_page(request, found)


@requires(Can.WRITE_ORDER)
@require_POST
def withdraw(request: StaffRequest, key: UUID) -> HttpResponse:
    found, form = order_by_key(key), ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        ordering.withdraw_order(order=found, reason=reason, by=request.user, at=clock.now())
    except DomainError as no:
        put_problem(form, no)
        return order_page(request, found, problem=no, withdraw_form=form)
    messages.success(request, "Withdrawn.")
    return redirect("regimens:order", key=key)


def order_by_key(key: UUID) -> Order:
    """404 where there is none."""
    try:
        return orders.order_by_key(key)
    except Order.DoesNotExist as gone:
        raise Http404 from gone


def _opened(request: StaffRequest, patient: Patient) -> None:
    page = request.resolver_match.view_name
    reading.chart_opened(patient_key=patient.key, page=page, by=request.user, at=clock.now())


def order_page(
    request: StaffRequest,
    found: Order,
    *,
    problem: DomainError | None = None,
    withdraw_form: ReasonForm | None = None,
    refused: dict[str, Any] | None = None,
) -> HttpResponse:
    """The page of one order, with what was refused just now."""
    card.with_allergies(card.with_same_name([found.patient]))
    context = {
        "page": orders.order_page(found),
        "order": found,
        "patient": found.patient,
        "found": findings.findings_of([found])[found.pk],
        "advice": orders.advice(found.regimen),
        "withdraw_form": withdraw_form or ReasonForm(),
        "problem": problem,
        "refused": refused,
    }
    return render(request, "regimens/order.html", context, status=problem.http_status if problem else 200)
