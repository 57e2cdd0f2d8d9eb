"""The pack for hours without the product, and the way back from paper."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import put_problem
from visits.forms.downtime import FromPaperForm
from visits.models import DowntimePack
from visits.selectors import downtime as selectors
from visits.services import downtime as services
from visits.services import from_paper
from visits.views.chart import visit_by_key
from visits.views.writing import write_down


@requires(Can.READ_CHART)
@require_GET
def downtime(request: StaffRequest) -> HttpResponse:
    """When today's pack was made, what has changed since, and whose paper may have to be entered."""
    now = clock.now()
    day = request.site.day_of(now)
    reading.list_opened(page=request.resolver_match.view_name, by=request.user, at=now)
    context = {
        "found": selectors.standing(site=request.site, day=day),
        "visits": selectors.charts_to_enter(site=request.site, day=day),
        "now": now,
        "today": day,
    }
    return render(request, "visits/downtime.html", context)


@requires(Can.READ_CHART)
@require_GET
def pack(request: StaffRequest) -> HttpResponse:
    """The newest pack of today, as it was made."""
    now = clock.now()
    row = DowntimePack.objects.filter(site=request.site, day=request.site.day_of(now)).first()
    if row is None:
        raise Http404
    reading.list_opened(page=request.resolver_match.view_name, by=request.user, at=now)
    headers = {"Content-Disposition": f'inline; filename="downtime-{row.day:%Y-%m-%d}.pdf"'}
    return HttpResponse(bytes(row.pdf), content_type="application/pdf", headers=headers)


@requires(Can.READ_CHART)
@require_POST
def make(request: StaffRequest) -> HttpResponse:
    """Now, whatever the beat says."""
    now = clock.now()
    services.make_pack(site=request.site, day=request.site.day_of(now), at=now)
    return redirect("visits:downtime")


@requires(Can.CHART_VISIT)
@require_http_methods(["GET", "POST"])
def enter(request: StaffRequest, key: UUID) -> HttpResponse:
    """Arrival and seating as they stand on paper; the chart takes the rest, each act with its time."""
    visit, now = visit_by_key(request, key), clock.now()
    typed = request.POST if request.method == "POST" else None
    form = FromPaperForm(typed, visit=visit, now=now)
    if form.is_valid():
        facts = form.cleaned_data
        try:
            write_down(
                request,
                visit.patient,
                lambda: from_paper.begin(visit=visit, **facts, by=request.user, at=now),
            )
            return redirect("visits:chart", key=visit.key)
        except DomainError as no:
            put_problem(form, no)
    reading.chart_opened(
        patient_key=visit.patient.key, page=request.resolver_match.view_name, by=request.user, at=now
    )
    context = {"form": form, "visit": visit, "patient": visit.patient, "today": visit.site.day_of(now)}
    return render(request, "visits/from_paper.html", context, status=422 if form.errors else 200)
