"""Orders beside the chart: written as booked, given here, signed."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.shared import clock
from regimens.models import Order
from visits.services import composing, orders, signing
from visits.views import chart


@requires(Can.WRITE_ORDER)
@require_POST
def write(request: StaffRequest, key: UUID) -> HttpResponse:
    """The draft of what was booked, with one tap."""
    visit = chart.visit_by_key(request, key)
    return chart.tapped(
        request,
        visit,
        "Draft written",
        lambda: composing.write_as_booked(visit=visit, by=request.user, at=clock.now()),
    )


@requires(Can.WRITE_ORDER)
@require_POST
def give_here(request: StaffRequest, key: UUID, order: UUID) -> HttpResponse:
    visit, row = chart.visit_by_key(request, key), get_object_or_404(Order, key=order)
    return chart.tapped(
        request,
        visit,
        "Given at this visit",
        lambda: orders.give_here(visit=visit, order=row, by=request.user, at=clock.now()),
    )


@requires(Can.SIGN_ORDER)
@require_POST
def sign(request: StaffRequest, key: UUID, order: UUID) -> HttpResponse:
    visit, row = chart.visit_by_key(request, key), get_object_or_404(Order, key=order)
    return chart.tapped(
        request,
        visit,
        "Signed",
        lambda: signing.sign(order=row, visit=visit, by=request.user, at=clock.now()),
        patient=row.patient,
    )
