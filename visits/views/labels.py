"""Printed for a chair: the label of a bag or syringe, and the wristband. Both carry a square to scan."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.shared import clock, paper
from visits.models import Preparation, Visit
from visits.selectors import preparing
from visits.views.chart import visit_by_key


@requires(Can.CHART_VISIT)
@require_GET
def label(request: StaffRequest, key: UUID, mixture: UUID) -> HttpResponse:
    """Two by four inches."""
    visit = visit_by_key(request, key)
    rows = Preparation.objects.select_related(
        "administration__drug", "administration__step", "mixed_by", "checked_by"
    )
    row = get_object_or_404(rows, key=mixture, administration__visit=visit)
    return _printed(request, visit, "label", {"label": preparing.label_of(visit, row)})


@requires(Can.CHART_VISIT)
@require_GET
def wristband(request: StaffRequest, key: UUID) -> HttpResponse:
    """One by ten inches."""
    visit = visit_by_key(request, key)
    return _printed(request, visit, "wristband", {"wristband": preparing.wristband_of(visit)})


def _printed(request: StaffRequest, visit: Visit, what: str, facts: dict[str, object]) -> HttpResponse:
    reading.chart_opened(
        patient_key=visit.patient.key,
        page=request.resolver_match.view_name,
        by=request.user,
        at=clock.now(),
    )
    pdf = paper.draw(f"visits/{what}_paper.html", facts | {"site": visit.site})
    headers = {"Content-Disposition": f'inline; filename="{what}-{visit.key}.pdf"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)
