"""Orders that begin before their signature: started, written down, signed off, disputed."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from regimens.models import Order, Protocol, Regimen
from regimens.views import orders as order_pages
from visits.forms.standing import VerbalForm
from visits.models import Visit
from visits.selectors import standing as selector
from visits.services import standing
from visits.views import chart, deciding
from visits.views.chart import Opened
from visits.views.writing import write_down


@requires(Can.CHART_VISIT)
@require_POST
def start(request: StaffRequest, key: UUID, protocol: UUID) -> HttpResponse:
    """A nurse starts the standing order at this visit."""
    visit, now = chart.visit_by_key(request, key), clock.now()
    row = get_object_or_404(Protocol.objects.select_related("regimen"), key=protocol)
    return chart.tapped(
        request,
        visit,
        "The standing order has begun",
        lambda: standing.start_protocol(visit=visit, protocol=row, by=request.user, at=now),
    )


@requires(Can.CHART_VISIT)
@require_http_methods(["GET", "POST"])
def verbal(request: StaffRequest, key: UUID) -> HttpResponse:
    """Write down what a provider said."""
    visit, now, user = chart.visit_by_key(request, key), clock.now(), request.user
    about = selector.spoken_about(visit, by=user)
    proposed = {"what": about[0][0]} if about and about[0][0].startswith(selector.DRAFT) else {}
    form = VerbalForm(
        chart.typed(request),
        visit=visit,
        now=now,
        providers=selector.providers_at(visit.site),
        about=about,
        initial=proposed,
    )
    return chart.answer(
        request,
        visit,
        Opened("Verbal order", "Write down and begin", request.path, form, always=True),
        lambda: standing.write_verbal(visit=visit, **_meant(visit, form), by=user, at=now),
    )


def _meant(visit: Visit, form: VerbalForm) -> dict[str, Any]:
    """`draft:KEY` or `regimen:CODE`, both among the choices, as what it stands for."""
    kind, _, name = form.cleaned_data["what"].partition(":")
    what = visit.orders.get(key=name) if kind == selector.DRAFT else Regimen.objects.get(code=name)
    return form.cleaned_data | {"what": what}


@requires(Can.SIGN_ORDER)
@require_POST
def sign_off(request: StaffRequest, key: UUID) -> HttpResponse:
    order = order_pages.order_by_key(key)
    try:
        write_down(
            request,
            order.patient,
            lambda: standing.sign_off(order=order, by=request.user, at=clock.now()),
        )
    except DomainError as no:
        return deciding.show(request, problem=no, status=no.http_status)
    messages.success(request, f"Signed off: {order.title}.")
    return redirect("visits:to_decide")


@requires(Can.SIGN_ORDER)
@require_POST
def dispute(request: StaffRequest, key: UUID) -> HttpResponse:
    order, typed = order_pages.order_by_key(key), request.POST.get("reason", "")[:200]
    try:
        write_down(
            request,
            order.patient,
            lambda: standing.dispute(order=order, reason=typed, by=request.user, at=clock.now()),
        )
    except DomainError as no:
        refused = _refused(order, typed, no) if no.field == "reason" else {}
        return deciding.show(request, problem=None if refused else no, refused=refused, status=no.http_status)
    messages.success(request, f"Disputed: {order.title}. Nothing more of it starts.")
    return redirect("visits:to_decide")


def _refused(order: Order, typed: str, no: DomainError) -> dict[str, Any]:
    return {"refused_order": order.pk, "typed_reason": typed, "refused_words": no.message}
