"""What worked before for the patient of a visit: a panel of the chart, and a page without htmx."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.shared import clock
from infusion_center.shared.pages import page_or_part, wants_part
from patients.selectors import card
from visits.selectors.what_worked import what_worked
from visits.views import chart


@requires(Can.READ_CHART)
@require_GET
def worked(request: StaffRequest, key: UUID) -> HttpResponse:
    visit, now = chart.visit_by_key(request, key), clock.now()
    patient = visit.patient.merged_into or visit.patient
    if not wants_part(request):
        page = request.resolver_match.view_name
        reading.chart_opened(patient_key=patient.key, page=page, by=request.user, at=now)
        card.with_allergies(card.with_same_name([patient]))
    context = {"worked": what_worked(patient, visit=visit, at=now), "visit": visit, "patient": patient}
    return page_or_part(
        request,
        page="visits/worked.html",
        part="visits/_worked.html",
        context=context | {"now": now, "today": visit.site.day_of(now)},
    )
