"""Stock seen from the visits: what booked ones need, who got a lot, and whether the books agree."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.shared import clock
from patients.selectors import card
from regimens.models import Lot
from regimens.selectors import on_hand
from visits.selectors import ledger, lot_doses, needs
from visits.services import ledger as books


@requires(Can.KEEP_STOCK)
@require_GET
def to_order(request: StaffRequest) -> HttpResponse:
    found = needs.to_order(site=request.site, at=clock.now())
    context = {"lines": found.lines, "lacking": found.lacking, "days": needs.DAYS}
    return render(request, "visits/to_order.html", context)


@requires(Can.KEEP_STOCK)
@require_http_methods(["GET", "POST"])
def ledger_check(request: StaffRequest) -> HttpResponse:
    """What the last look at the books found; POST looks again."""
    if request.method == "POST":
        books.check(at=clock.now())
        return redirect("visits:ledger_check")
    return render(request, "visits/ledger_check.html", {"check": ledger.newest()})


@requires(Can.READ_CHART)
@require_GET
def lot_given(request: StaffRequest, pk: int) -> HttpResponse:
    """Who got something of a lot: the list one calls after a recall."""
    try:
        lot = on_hand.lot_page(pk=pk, site=request.site)
    except Lot.DoesNotExist as gone:
        raise Http404 from gone
    doses = lot_doses.given_from(lot)
    card.with_same_name(use.administration.visit.patient for use in doses)
    reading.list_opened(page="visits:lot_given", by=request.user, at=clock.now())
    return render(request, "visits/lot_given.html", {"lot": lot, "doses": doses})
