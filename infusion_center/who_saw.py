"""Who saw or changed this patient, and when: a page over all apps, so it stands on the roof."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from billing.models import Claim
from infusion_center.accounts.permissions import Can, requires
from infusion_center.audit import reading, selectors
from infusion_center.shared import clock
from infusion_center.shared.pages import page_or_part
from patients.models import (
    Allergy,
    Condition,
    Contact,
    Coverage,
    HomeMedication,
    Patient,
    Phone,
    PregnancyAnswer,
)
from patients.selectors import card, search
from regimens.models import Order
from visits.models import Administration, Score, Squeeze, Visit, Vitals


@requires(Can.SEE_ACCESS_LOG)
@require_http_methods(["GET", "POST"])
def who_saw(request: HttpRequest) -> HttpResponse:
    """Find the patient, or look at the newest changes of roles."""
    text = request.POST.get("text", "").strip()
    context: dict[str, Any] = {"found": search.find(text=text) if text else None, "text": text}
    if request.method == "GET":
        context["staff"] = selectors.changes_of_staff()
    return page_or_part(request, page="audit/who_saw.html", part="audit/_found.html", context=context)


@requires(Can.SEE_ACCESS_LOG)
@require_GET
def who_saw_patient(request: HttpRequest, key: UUID) -> HttpResponse:
    """One line of time for one patient: opened, changed, by whom. Looking is itself an opening."""
    patient = card.patient_by_key(key)
    reading.chart_opened(patient_key=patient.key, page="who_saw_patient", by=request.user, at=clock.now())
    lines = selectors.life_of(patient_key=patient.key, tracked=rows_of(patient))
    return render(request, "audit/patient.html", {"patient": patient, "lines": lines})


def rows_of(patient: Patient) -> list[Any]:
    """Every tracked row that is about this patient, those under merged records too."""
    records = list(card.records_of(patient))
    visits = list(Visit.objects.filter(patient__in=records))
    rows: list[Any] = [*records, *visits]
    for model in (
        Order,
        Claim,
        Phone,
        Contact,
        Coverage,
        Allergy,
        Condition,
        HomeMedication,
        PregnancyAnswer,
        Squeeze,
    ):
        rows += model._default_manager.filter(patient__in=records)
    for charted in (Administration, Score, Vitals):
        rows += charted._default_manager.filter(visit__in=visits)
    return rows
