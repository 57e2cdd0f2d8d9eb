"""Who pays: note a coverage, verify it, end it."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_POST

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.shared import clock
from patients.forms import CoverageForm
from patients.models import Coverage
from patients.selectors import card
from patients.services import coverage as covering
from patients.views.page import act_on_panel, edit_panel, today, typed


@requires(Can.REGISTER_PATIENT)
@require_http_methods(["GET", "POST"])
def add(request: StaffRequest, key: UUID) -> HttpResponse:
    """The small form in its panel, then the panel with the new coverage."""
    patient = card.patient_by_key(key)

    def note(said: dict[str, Any]) -> None:
        covering.add_coverage(patient=patient, **said, by=request.user, at=clock.now())

    return edit_panel(request, patient, "coverages", CoverageForm(typed(request)), note)


@requires(Can.REGISTER_PATIENT)
@require_POST
def move(request: StaffRequest, key: UUID, pk: int, how: str) -> HttpResponse:
    """One tap: verified with the payer, in doubt again, or ended today."""
    patient = card.patient_by_key(key)
    row = get_object_or_404(Coverage.objects.filter(patient__in=card.records_of(patient)), pk=pk)
    return act_on_panel(request, patient, "coverages", lambda: _move(request, row, how))


def _move(request: StaffRequest, row: Coverage, how: str) -> None:
    who_when: dict[str, Any] = {"by": request.user, "at": clock.now()}
    if how == "verify":
        covering.verify(coverage=row, **who_when)
    elif how == "doubt":
        covering.doubt(coverage=row, **who_when)
    elif how == "end":
        covering.end(coverage=row, ends_on=today(request), **who_when)
    else:
        raise Http404
