"""What a patient takes home from the desk: a printed slip, and the visit for their calendar."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.shared import clock
from visits.calendar_file import calendar_file
from visits.selectors.details import visit_by_key


@requires(Can.SEE_BOARD)
@require_GET
def slip(request: StaffRequest, key: UUID) -> HttpResponse:
    """When, where, how long, what to bring."""
    visit, now = visit_by_key(site=request.site, key=key), clock.now()
    person = visit.patient.merged_into or visit.patient
    page = request.resolver_match.view_name
    reading.chart_opened(patient_key=person.key, page=page, by=request.user, at=now)
    return render(request, "visits/slip.html", {"visit": visit, "patient": person, "now": now})


@requires(Can.SEE_BOARD)
@require_GET
def calendar(request: StaffRequest, key: UUID) -> HttpResponse:
    """The .ics file: it names nobody, so opening it opens no chart."""
    visit = visit_by_key(site=request.site, key=key)
    answer = HttpResponse(calendar_file(visit, at=clock.now()), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="appointment.ics"'
    return answer
