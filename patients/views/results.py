"""Results on the patient page: one is written down, struck out, or its clearance is computed after all."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.shared import clock
from patients.fact_forms import InErrorForm, ResultForm
from patients.rules.results import TESTS
from patients.selectors import card
from patients.selectors import results as found
from patients.services import results
from patients.views.page import act_on_panel, edit_panel, typed


@requires(Can.RECORD_HISTORY)
@require_http_methods(["GET", "POST"])
def add(request: StaffRequest, key: UUID, kind: str) -> HttpResponse:
    """One number or one outcome; an empty moment is this one."""
    if kind not in TESTS:
        raise Http404
    patient, at = card.patient_by_key(key), clock.now()
    form = ResultForm(typed(request), kind=kind, now=at, site=request.site)

    def note(said: dict[str, Any]) -> None:
        results.record(patient=patient, kind=kind, **said, by=request.user, at=at)

    return edit_panel(request, patient, "results", form, note, test_kind=kind, test=TESTS[kind])


@requires(Can.RECORD_HISTORY)
@require_http_methods(["GET", "POST"])
def in_error(request: StaffRequest, key: UUID, result: UUID) -> HttpResponse:
    """Struck out with a reason."""
    patient = card.patient_by_key(key)
    row, form = found.result_of(patient, result), InErrorForm(typed(request))

    def strike(said: dict[str, Any]) -> None:
        results.enter_in_error(result=row, **said, by=request.user, at=clock.now())

    return edit_panel(request, patient, "results", form, strike, editing="wrong", wrong=found.shown(row))


@requires(Can.RECORD_HISTORY)
@require_POST
def clearance(request: StaffRequest, key: UUID, result: UUID) -> HttpResponse:
    """One tap, once the weight is there."""
    patient = card.patient_by_key(key)
    row, at = found.result_of(patient, result), clock.now()
    return act_on_panel(
        request,
        patient,
        "results",
        lambda: results.compute_clearance(creatinine=row, by=request.user, at=at),
    )
