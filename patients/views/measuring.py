"""Weights, and what was answered about pregnancy."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.shared import clock
from patients.forms import PregnancyForm, WeightForm
from patients.selectors import card
from patients.services import history, results
from patients.views.page import edit_panel, typed


@requires(Can.RECORD_HISTORY)
@require_http_methods(["GET", "POST"])
def weigh(request: StaffRequest, key: UUID) -> HttpResponse:
    """A weight with its unit and moment; no moment means just now. It completes a clearance that waited."""
    patient, at = card.patient_by_key(key), clock.now()
    form = WeightForm(typed(request), site=request.site)

    def note(said: dict[str, Any]) -> None:
        facts = said | {"measured_at": said["measured_at"] or at}
        results.weigh(patient=patient, **facts, by=request.user, at=at)

    return edit_panel(request, patient, "weights", form, note)


@requires(Can.RECORD_HISTORY)
@require_http_methods(["GET", "POST"])
def ask_pregnancy(request: StaffRequest, key: UUID) -> HttpResponse:
    """The answer given today; the newest one counts."""
    patient = card.patient_by_key(key)

    def note(said: dict[str, Any]) -> None:
        history.answer_pregnancy(patient=patient, **said, by=request.user, at=clock.now())

    return edit_panel(request, patient, "pregnancy", PregnancyForm(typed(request)), note)
