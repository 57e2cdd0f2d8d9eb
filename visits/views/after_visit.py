"""The after-visit sheet: what a patient takes home, in their language."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.errors import DomainError
from infusion_center.shared import clock, paper, squares
from infusion_center.shared.pages import put_problem
from visits.forms.sheet import BornForm
from visits.models import Visit
from visits.selectors import leaving
from visits.services import sheet_links
from visits.views.chart import visit_by_key
from visits.views.writing import same_patient


@requires(Can.READ_CHART)
@require_GET
def after_visit(request: StaffRequest, key: UUID, language: str) -> HttpResponse:
    """One page to print, in English or Spanish."""
    if language not in leaving.LANGUAGES:
        raise Http404
    visit, at = visit_by_key(request, key), clock.now()
    page = request.resolver_match.view_name
    reading.chart_opened(patient_key=visit.patient.key, page=page, by=request.user, at=at)
    return _sheet(visit, language)


@requires(Can.CHART_VISIT)
@require_POST
def make_link(request: StaffRequest, key: UUID) -> HttpResponse:
    """A link to scan with the patient's phone, or to read out; the address says nothing about them."""
    visit, at = visit_by_key(request, key), clock.now()
    same_patient(request, visit.patient)
    link = sheet_links.make(visit=visit, by=request.user, at=at)
    address = f"{settings.PUBLIC_URL}{reverse('visits:sheet', args=[sheet_links.token_of(link)])}"
    context = {"visit": visit, "patient": visit.patient, "today": visit.site.day_of(at), "link": link}
    return render(
        request,
        "visits/sheet_link.html",
        context | {"address": address, "square": squares.square(address)},
    )


@never_cache
@require_http_methods(["GET", "POST"])
def sheet(request: HttpRequest, token: str) -> HttpResponse:
    """For the patient, who is no user: the birth date opens the sheet."""
    at = clock.now()
    form = BornForm(request.POST or None)
    try:
        link = sheet_links.find(token, at=at)
        if form.is_valid():
            sheet_links.unlock(link=link, born=form.cleaned_data["born"], at=at)
            return _sheet(link.visit, form.cleaned_data["language"])
    except sheet_links.LinkClosed as no:
        return _for_the_patient(request, {"problem": no}, status=410)
    except DomainError as no:
        put_problem(form, no)
    return _for_the_patient(request, {"form": form}, status=422 if form.errors else 200)


def _for_the_patient(request: HttpRequest, context: dict[str, Any], status: int) -> HttpResponse:
    return render(request, "visits/sheet.html", context, status=status)


def _sheet(visit: Visit, language: str) -> HttpResponse:
    facts = {"sheet": leaving.sheet_of(visit, at=clock.now()), "site": visit.site, "language": language}
    pdf = paper.draw(f"visits/after_visit_{language}.html", facts)
    headers = {"Content-Disposition": f'inline; filename="after-visit-{visit.key}.pdf"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)
