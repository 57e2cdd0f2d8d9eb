"""One lot with its ledger and what can be done with it, a recall, par levels, and the fridge log."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import put_problem
from patients.selectors import card
from regimens import shelf_forms
from regimens.forms import ReasonForm
from regimens.models import Fridge, Lot, Product, StockMove
from regimens.selectors import looking, on_hand
from regimens.services import fridges as keeping_cold
from regimens.services import shelf, stocking


@dataclass(frozen=True)
class Act:
    """What can be done with a lot: its form, its verb, and what is said when it is done."""

    form: type[forms.Form]
    verb: Callable[..., Any]
    done: str


ACTS = {
    "count": Act(shelf_forms.CountForm, shelf.count, "The count is kept."),
    "off": Act(shelf_forms.OffForm, shelf.take_off, "It is off the shelf."),
    "aside": Act(shelf_forms.AsideForm, shelf.set_aside, "Nobody is offered this lot any more."),
    "free": Act(shelf_forms.FreeForm, shelf.set_free, "It may be used again."),
    "send": Act(shelf_forms.SendForm, shelf.send, "It is on its way in the books of both sites."),
}


@requires(Can.KEEP_STOCK)
def lot(request: StaffRequest, pk: int) -> HttpResponse:
    return _page(request, _lot(request, pk))


@requires(Can.KEEP_STOCK)
@require_POST
def act(request: StaffRequest, pk: int, what: str) -> HttpResponse:
    """One of ACTS. A refusal comes back on the lot's page, with what was typed."""
    if what not in ACTS:
        raise Http404
    row, chosen = _lot(request, pk), ACTS[what]
    form = chosen.form(request.POST, lot=row, by=request.user)  # type: ignore[call-arg]
    if _done(request, form, chosen.verb, chosen.done, lot=row):
        return redirect("regimens:lot", pk=pk)
    return _page(request, row, sent={what: form})


@requires(Can.KEEP_STOCK)
@require_POST
def take_back(request: StaffRequest, pk: int, move: int) -> HttpResponse:
    """A delivery typed wrongly: its line is reversed, while nothing of it has been used."""
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        line = on_hand.receipt(lot=pk, move=move, site=request.site)
        stocking.put_back(move=line, reason=reason, by=request.user, at=clock.now())
    except StockMove.DoesNotExist as gone:
        raise Http404 from gone
    except DomainError as no:
        return _page(request, _lot(request, pk), problem=no)
    messages.success(request, "The delivery is taken back.")
    return redirect("regimens:lot", pk=pk)


@requires(Can.KEEP_STOCK)
@require_http_methods(["GET", "POST"])
def recall(request: StaffRequest) -> HttpResponse:
    """Every delivery of a recalled lot number, at all sites of who asks."""
    form = shelf_forms.RecallForm(request.POST or None)
    if form.is_valid():
        try:
            lots = shelf.recall(
                **form.cleaned_data, sites=request.user.works_at, by=request.user, at=clock.now()
            )
        except DomainError as no:
            put_problem(form, no)
        else:
            return render(request, "regimens/recall.html", {"form": shelf_forms.RecallForm(), "lots": lots})
    return render(request, "regimens/recall.html", {"form": form}, status=422 if form.is_bound else 200)


@requires(Can.KEEP_STOCK)
@require_http_methods(["GET", "POST"])
def par(request: StaffRequest, pk: int) -> HttpResponse:
    """How much of a product this site wants to have."""
    product = get_object_or_404(Product.objects.select_related("drug"), pk=pk)
    form = shelf_forms.ParForm(
        request.POST or None, initial=on_hand.par_level(site=request.site, product=product)
    )
    said = f"The par level of {product.drug.name} is kept."
    if form.is_bound and _done(request, form, shelf.keep_at_least, said, site=request.site, product=product):
        return redirect("regimens:products")
    context = {"form": form, "product": product}
    return render(request, "regimens/par.html", context, status=422 if form.is_bound else 200)


@requires(Can.KEEP_STOCK)
@require_GET
def fridges(request: StaffRequest) -> HttpResponse:
    """A box for each fridge, and the log."""
    return _fridges(request)


@requires(Can.KEEP_STOCK)
@require_POST
def read_fridge(request: StaffRequest, pk: int) -> HttpResponse:
    fridge = get_object_or_404(Fridge, pk=pk, site=request.site, active=True)
    form = shelf_forms.ReadingForm(request.POST, fridge=fridge)
    if _done(request, form, keeping_cold.read, "The reading is kept.", fridge=fridge):
        return redirect("regimens:fridges")
    return _fridges(request, typed=form)


@requires(Can.KEEP_STOCK)
@require_POST
def add_fridge(request: StaffRequest) -> HttpResponse:
    form = shelf_forms.FridgeForm(request.POST)
    if _done(request, form, keeping_cold.add, "The fridge is in the list.", site=request.site):
        return redirect("regimens:fridges")
    return _fridges(request, adding=form)


def _done(request: StaffRequest, form: forms.Form, verb: Callable[..., Any], said: str, **facts: Any) -> bool:
    """True once the verb has written; otherwise the form says why not."""
    if not form.is_valid():
        return False
    try:
        verb(**facts, **form.cleaned_data, by=request.user, at=clock.now())
    except DomainError as no:
        put_problem(form, no)
        return False
    messages.success(request, said)
    return True


def _fridges(
    request: StaffRequest, *, typed: shelf_forms.ReadingForm | None = None, adding: forms.Form | None = None
) -> HttpResponse:
    cold = looking.fridges(site=request.site, at=clock.now())
    rows = [
        (one, typed if typed and typed.fridge == one.fridge else shelf_forms.ReadingForm(fridge=one.fridge))
        for one in cold
    ]
    context = {
        "rows": rows,
        "log": looking.log(site=request.site),
        "adding": adding or shelf_forms.FridgeForm(),
        "is_adding": adding is not None or not rows,
    }
    return render(request, "regimens/fridges.html", context, status=422 if typed or adding else 200)


def _page(
    request: StaffRequest,
    row: Any,
    *,
    problem: DomainError | None = None,
    sent: dict[str, forms.Form] | None = None,
) -> HttpResponse:
    """The lot, its ledger and what can be done with it; `sent` is a form that was refused."""
    now = clock.now()
    if row.patient:
        card.with_same_name([row.patient])
        reading.chart_opened(patient_key=row.patient.key, page="regimens:lot", by=request.user, at=now)
    context = {
        "lot": row,
        "lines": on_hand.ledger(row),
        "problem": problem,
        "day": request.site.day_of(now),
        "acts": _acts(request, row) | (sent or {}),
        "sent": next(iter(sent or {}), ""),
    }
    status = problem.http_status if problem else 422 if sent else 200
    return render(request, "regimens/lot.html", context, status=status)


def _acts(request: StaffRequest, row: Any) -> dict[str, forms.Form]:
    """The acts that make sense for this lot now, each with an empty form."""
    hidden = {"free"} if row.aside is None else {"aside"}
    if len(request.user.works_at) < 2:
        hidden.add("send")
    return {
        what: one.form(lot=row, by=request.user)  # type: ignore[call-arg]
        for what, one in ACTS.items()
        if what not in hidden
    }


def _lot(request: StaffRequest, pk: int) -> Any:
    try:
        return on_hand.lot_page(pk=pk, site=request.site)
    except Lot.DoesNotExist as gone:
        raise Http404 from gone
