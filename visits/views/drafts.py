"""What stands in a form that charts: kept every few seconds while somebody types, dropped when asked to."""

from typing import Any
from uuid import UUID, uuid4

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from visits.models import Draft, Visit
from visits.selectors import drafts as selector
from visits.services import drafts
from visits.views.chart import visit_by_key
from visits.views.writing import NOT_TYPED, form_key, same_patient

ABOUT = NOT_TYPED - {"tapped_ago"} | {"patient", "draft_form", "draft_title"}


@requires(Can.READ_CHART)
@require_POST
def keep(request: StaffRequest, key: UUID) -> HttpResponse:
    """Says when it was kept, and who else types into the same form."""
    visit, now = visit_by_key(request, key), clock.now()
    form = _form(request, visit)
    facts: dict[str, Any] = {
        "title": request.POST.get("draft_title", ""),
        "key": form_key(request) or uuid4(),
        "typed": {name: values for name, values in request.POST.lists() if name not in ABOUT},
    }
    try:
        same_patient(request, visit.patient)
        drafts.keep(visit=visit, form=form, **facts, by=request.user, at=now)
    except DomainError as no:
        return _refused(request, no)
    kept = selector.of_visit(visit, by=request.user, at=now).of(form)
    return render(request, "visits/_kept.html", {"kept": kept})


@requires(Can.READ_CHART)
@require_POST
def drop(request: StaffRequest, key: UUID) -> HttpResponse:
    """The form again, empty."""
    visit = visit_by_key(request, key)
    row = Draft(visit=visit, form=_form(request, visit))
    try:
        same_patient(request, visit.patient)
    except DomainError as no:
        return _refused(request, no)
    drafts.drop(form=row.form, by=request.user)
    return redirect(row.opens_at)


def _refused(request: StaffRequest, no: DomainError) -> HttpResponse:
    return render(request, "visits/_kept.html", {"problem": no}, status=no.http_status)


def _form(request: StaffRequest, visit: Visit) -> str:
    """The address of a form about this visit; 404 for any other."""
    form = request.POST.get("draft_form", "")
    if not form.startswith(reverse("visits:chart", args=[visit.key])) or len(form) > 200:
        raise Http404
    return form
