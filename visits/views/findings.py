"""Answering for what the rules said: acknowledge, go on for a reason, check again, sign."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import wants_part
from regimens.models import Order
from regimens.selectors import findings
from regimens.services import clearing
from regimens.states import CheckMoment
from regimens.views import orders as order_pages
from visits.models import Visit
from visits.selectors import composing
from visits.services import checking, signing
from visits.views import chart
from visits.views.writing import write_down


@requires(Can.WRITE_ORDER)
@require_POST
def acknowledge(request: StaffRequest, key: UUID) -> HttpResponse:
    """A warning was read by this person."""
    order, about = order_pages.order_by_key(key), _about(request)
    return _answered(
        request,
        order,
        "Acknowledged",
        lambda: clearing.acknowledge(order=order, **about, by=request.user, at=clock.now()),
    )


@requires(Can.OVERRIDE_FINDING)
@require_POST
def override(request: StaffRequest, key: UUID) -> HttpResponse:
    """This provider goes on, for the reason typed."""
    order, about = order_pages.order_by_key(key), _about(request)
    reason = request.POST.get("reason", "")[:300]
    return _answered(
        request,
        order,
        "The reason is kept",
        lambda: clearing.override(order=order, **about, reason=reason, by=request.user, at=clock.now()),
    )


@requires(Can.WRITE_ORDER)
@require_POST
def check_again(request: StaffRequest, key: UUID) -> HttpResponse:
    order = order_pages.order_by_key(key)
    return _answered(request, order, "Checked", lambda: _check(request, order))


@requires(Can.SIGN_ORDER)
@require_POST
def sign(request: StaffRequest, key: UUID) -> HttpResponse:
    """On the order's own page; beside the chart it is `orders.sign`."""
    order = order_pages.order_by_key(key)
    visit = composing.visit_of(order)
    try:
        write_down(
            request,
            order.patient,
            lambda: signing.sign(order=order, visit=visit, by=request.user, at=clock.now()),
        )
    except DomainError as no:
        return order_pages.order_page(request, order, problem=no)
    messages.success(request, "Signed.")
    return redirect("regimens:order", key=key)


def _check(request: StaffRequest, order: Order) -> None:
    checking.check_order(
        order=order,
        visit=composing.visit_of(order),
        moment=CheckMoment.ORDER,
        because="Asked again",
        by=request.user,
        at=clock.now(),
    )


def _about(request: StaffRequest) -> dict[str, str]:
    """Which finding: in the body, because it names what a patient has."""
    return {"rule": request.POST.get("rule", ""), "drug": request.POST.get("drug", "")}


def _answered(request: StaffRequest, order: Order, said: str, verb: Callable[[], object]) -> HttpResponse:
    """The findings as they stand now, in place; without htmx the page they were on."""
    visit, problem, refused = _shown_at(request), None, None
    try:
        write_down(request, order.patient, verb)
    except DomainError as no:
        problem, refused = no, _at_the_reason(request, no)
    if wants_part(request):
        found = findings.findings_of([order])[order.pk]
        context: dict[str, Any] = {"order": order, "visit": visit, "found": found, "refused": refused}
        context |= {"said": ""} if problem else {"said": said}
        context |= {"problem": problem, "problem_of": order.pk} if problem and not refused else {}
        status = problem.http_status if problem else 200
        return render(request, "regimens/_findings.html", context, status=status)
    if problem:
        return order_pages.order_page(request, order, problem=problem, refused=refused)
    messages.success(request, f"{said}.")
    return redirect("visits:chart", key=visit.key) if visit else redirect("regimens:order", key=order.key)


def _at_the_reason(request: StaffRequest, no: DomainError) -> dict[str, Any] | None:
    """What was typed and what is wrong with it, where the reason is meant."""
    if no.field != "reason":
        return None
    about = _about(request)
    typed = {"reason": request.POST.get("reason", ""), "sentence": no.message}
    return {"rule": about["rule"], "drug": about["drug"] or None, **typed}


def _shown_at(request: StaffRequest) -> Visit | None:
    """The visit whose chart shows the findings, where one does."""
    key = request.POST.get("visit")
    try:
        return chart.visit_by_key(request, UUID(key)) if key else None
    except ValueError as bad:
        raise Http404 from bad
