"""The questions before an infusion and doses at home, on the patient page."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.shared import clock
from patients.fact_forms import HomeDoseForm, InErrorForm, QuestionsForm
from patients.selectors import card, results
from patients.services import screening
from patients.states import AskedDuring
from patients.views.page import edit_panel, typed

A_DAY = timedelta(days=1)


@requires(Can.RECORD_HISTORY)
@require_http_methods(["GET", "POST"])
def questions(request: StaffRequest, key: UUID) -> HttpResponse:
    """Asked now, outside a visit. What nobody touches is not asked."""
    patient, at = card.patient_by_key(key), clock.now()
    asked = results.answer_lines(patient, at - A_DAY, questions=results.questions_for(patient, visit=False))
    zone = getattr(request.site, "zone", None) or "UTC"
    form = QuestionsForm(typed(request), patient=patient, zone=zone, now=at, answered=asked)

    def note(_: object) -> None:
        screening.ask(
            patient=patient, said=form.said(), asked_during=AskedDuring.RECORD, by=request.user, at=at
        )

    return edit_panel(request, patient, "questions", form, note)


@requires(Can.RECORD_HISTORY)
@require_http_methods(["GET", "POST"])
def add_home_dose(request: StaffRequest, key: UUID) -> HttpResponse:
    """A dose of one of our drugs, taken at home."""
    patient = card.patient_by_key(key)
    form = HomeDoseForm(typed(request), site=request.site)

    def note(said: dict[str, Any]) -> None:
        screening.note_home_dose(patient=patient, **said, by=request.user, at=clock.now())

    return edit_panel(request, patient, "questions", form, note, editing="home_doses")


@requires(Can.RECORD_HISTORY)
@require_http_methods(["GET", "POST"])
def dose_in_error(request: StaffRequest, key: UUID, dose: UUID) -> HttpResponse:
    """Struck out with a reason."""
    patient = card.patient_by_key(key)
    row, form = results.home_dose_of(patient, dose), InErrorForm(typed(request))

    def strike(said: dict[str, Any]) -> None:
        screening.home_dose_in_error(dose=row, **said, by=request.user, at=clock.now())

    shown = {"editing": "wrong_dose", "wrong_dose": row}
    return edit_panel(request, patient, "questions", form, strike, **shown)
