"""The reasons providers gave for going on, read by a pharmacist."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import put_problem
from regimens.forms import ReviewForm
from regimens.models import Clearance
from regimens.selectors import overrides as listed
from regimens.services import clearing


@requires(Can.REVIEW_OVERRIDES)
@require_GET
def overrides(request: StaffRequest) -> HttpResponse:
    reading.list_opened(page="regimens:overrides", by=request.user, at=clock.now())
    return render(request, "regimens/overrides.html", {"waiting": listed.waiting()})


@requires(Can.REVIEW_OVERRIDES)
@require_POST
def review(request: StaffRequest, key: UUID) -> HttpResponse:
    """One reason was read, with a note or without."""
    row, form, status = get_object_or_404(Clearance, key=key), ReviewForm(request.POST), 422
    try:
        if form.is_valid():
            note = form.cleaned_data["note"]
            clearing.review(clearance=row, note=note, by=request.user, at=clock.now())
            messages.success(request, "Reviewed.")
            return redirect("regimens:overrides")
    except DomainError as no:
        put_problem(form, no)
        status = no.http_status
    context = {"waiting": listed.waiting(), "refused": row, "form": form}
    return render(request, "regimens/overrides.html", context, status=status)
