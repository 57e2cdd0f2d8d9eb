"""A visit stays longer: as its orders have become, or as somebody says. Looked at first, then agreed to."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import page_or_part, wants_part
from patients.selectors import card
from visits.forms.booking import LongerForm
from visits.models import Visit
from visits.selectors.details import visit_by_key
from visits.selectors.growth import Growth
from visits.services import extending
from visits.views import board


@requires(Can.BOOK_VISIT)
@require_POST
def extend(request: StaffRequest, key: UUID) -> HttpResponse:
    """As long and heavy as its orders have become, or for the minutes that were shown."""
    visit, form, now = visit_by_key(site=request.site, key=key), LongerForm(request.POST), clock.now()
    try:
        if not form.is_valid():
            raise extending.NotLonger("The form has changed. Choose the time again.")
        shown = {name: form.cleaned_data[name] for name in ("minutes", "was_at")}
        visit = extending.extend(visit=visit, **shown, by=request.user, at=now)
    except DomainError as no:
        fresh = visit_by_key(site=request.site, key=key)
        return board.panel(request, fresh, now, problem=no.message, status=no.http_status)
    if not wants_part(request):
        return redirect("visits:visit", visit.key)
    said = f"Planned until {clock.local(visit.ends_at, request.site.zone):%H:%M}"
    return trigger_client_event(board.panel(request, visit, now, done=True, said=said), "board-changed")


@requires(Can.BOOK_VISIT)
@require_POST
def look(request: StaffRequest, key: UUID) -> HttpResponse:
    """What staying until then would mean. Nothing is written."""
    visit, form, now = visit_by_key(site=request.site, key=key), LongerForm(request.POST), clock.now()
    person, page = visit.patient.merged_into or visit.patient, request.resolver_match.view_name
    reading.chart_opened(patient_key=person.key, page=page, by=request.user, at=now)
    minutes = form.minutes_of(visit) if form.is_valid() else None
    try:
        if minutes is None:
            raise extending.NotLonger("Until when? Choose a time.")
        growth = extending.look(visit=visit, minutes=minutes, at=now)
    except DomainError as no:
        return board.panel(request, visit, now, problem=no.message, status=no.http_status)
    return _shown(request, visit, growth)


def _shown(request: StaffRequest, visit: Visit, growth: Growth) -> HttpResponse:
    (person,) = card.with_allergies(card.with_same_name([visit.patient.merged_into or visit.patient]))
    context = {"visit": visit, "patient": person, "growth": growth, "today": request.site.day_of(clock.now())}
    page, part = "visits/extend.html", "visits/_extend.html"
    return page_or_part(request, page=page, part=part, context=context, status=200 if growth.fits else 409)
