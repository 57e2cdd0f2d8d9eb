"""The after-visit sheet: what a patient takes home, in their language."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_GET

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.shared import clock, paper
from visits.selectors import leaving
from visits.views.chart import visit_by_key


@requires(Can.READ_CHART)
@require_GET
def after_visit(request: StaffRequest, key: UUID, language: str) -> HttpResponse:
    """One page to print, in English or Spanish."""
    if language not in leaving.LANGUAGES:
        raise Http404
    visit, at = visit_by_key(request, key), clock.now()
    page = request.resolver_match.view_name
    reading.chart_opened(patient_key=visit.patient.key, page=page, by=request.user, at=at)
    facts = {"sheet": leaving.sheet_of(visit, at=at), "site": visit.site, "language": language}
    pdf = paper.draw(f"visits/after_visit_{language}.html", facts)
    headers = {"Content-Disposition": f'inline; filename="after-visit-{visit.key}.pdf"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)
