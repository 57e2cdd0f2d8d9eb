"""The same-day reserve: the manager keeps places of a weekday for those who call that morning."""

from calendar import day_name

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import put_problem
from visits.forms.reserves import ReserveForm
from visits.models import Reserve
from visits.selectors.reserve import reserves_of
from visits.services import reserves as keeping


@requires(Can.MANAGE_SITE)
@require_http_methods(["GET", "POST"])
def reserves(request: StaffRequest) -> HttpResponse:
    """GET: the rows and an empty one. POST: one more."""
    form = ReserveForm(request.POST or None)
    if form.is_valid():
        try:
            keeping.keep(site=request.site, **form.cleaned_data, by=request.user, at=clock.now())
            return redirect("visits:reserves")
        except DomainError as no:
            put_problem(form, no)
    rows = [(day_name[row.weekday], row) for row in reserves_of(request.site)]
    return render(
        request, "visits/reserves.html", {"rows": rows, "form": form}, status=422 if form.errors else 200
    )


@requires(Can.MANAGE_SITE)
@require_POST
def drop(request: StaffRequest, pk: int) -> HttpResponse:
    """Kept no longer."""
    row = get_object_or_404(Reserve, site=request.site, pk=pk)
    keeping.drop(reserve=row, by=request.user, at=clock.now())
    return redirect("visits:reserves")
