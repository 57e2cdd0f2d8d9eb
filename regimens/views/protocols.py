"""Standing orders: approved on the regimen's page, ended there."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import put_problem
from regimens.forms import ProtocolForm
from regimens.models import Regimen
from regimens.selectors import protocols as selector
from regimens.services import protocols
from regimens.views import formulary


@requires(Can.APPROVE_PROTOCOLS)
@require_POST
def approve(request: StaffRequest, code: str) -> HttpResponse:
    """A nurse may start this regimen from now on, within the limits typed."""
    regimen, form = get_object_or_404(Regimen, code=code), ProtocolForm(request.POST)
    if not form.is_valid():
        return formulary.regimen_page(request, regimen, protocol_form=form, status=422)
    facts: dict[str, Any] = form.cleaned_data
    try:
        protocols.approve(regimen=regimen, **facts, by=request.user, at=clock.now())
    except DomainError as no:
        put_problem(form, no)
        return formulary.regimen_page(request, regimen, protocol_form=form, status=no.http_status)
    messages.success(request, f"{regimen.name} is a standing order.")
    return redirect("regimens:regimen", code=code)


@requires(Can.APPROVE_PROTOCOLS)
@require_POST
def end(request: StaffRequest, code: str) -> HttpResponse:
    regimen = get_object_or_404(Regimen, code=code)
    standing = selector.of_regimen(regimen)
    if standing is None:
        raise Http404
    try:
        protocols.end(protocol=standing, by=request.user, at=clock.now())
    except DomainError as no:
        return formulary.regimen_page(request, regimen, problem=no, status=no.http_status)
    messages.success(request, "The standing order is ended.")
    return redirect("regimens:regimen", code=code)
