"""Stock: what is on the shelf, the products, and what comes in."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import page_or_part, put_problem
from patients.selectors import card
from regimens.forms import CodeForm, DeliveryForm, ProductForm
from regimens.models import Lot
from regimens.selectors import looking, on_hand
from regimens.services import shelf, stocking
from regimens.shelf_forms import LearnForm

RECEIVE = {"page": "regimens/receive.html", "part": "regimens/_receive.html"}


@requires(Can.KEEP_STOCK)
def stock(request: StaffRequest) -> HttpResponse:
    lots, now = on_hand.lots_at(site=request.site), clock.now()
    card.with_same_name(lot.patient for lot in lots if lot.patient)
    reading.list_opened(page="regimens:stock", by=request.user, at=now)
    context = {
        "lots": lots,
        "day": request.site.day_of(now),
        "controlled": looking.controlled(lots, site=request.site, at=now),
        "fridges": looking.fridges(site=request.site, at=now),
    }
    return render(request, "regimens/stock.html", context)


@requires(Can.KEEP_STOCK)
def products(request: StaffRequest) -> HttpResponse:
    return render(request, "regimens/products.html", {"products": on_hand.products_at(site=request.site)})


@requires(Can.KEEP_STOCK)
def add_product(request: StaffRequest) -> HttpResponse:
    """GET may carry the code that was not known, so that nobody types it twice."""
    if request.method != "POST":
        return render(
            request, "regimens/add_product.html", {"form": ProductForm(initial=_coded(request.GET))}
        )
    form = ProductForm(request.POST)
    if form.is_valid():
        try:
            product = stocking.add_product(**form.cleaned_data, by=request.user, at=clock.now())
        except DomainError as no:
            put_problem(form, no)
        else:
            messages.success(request, f"{product.drug.name} {product.ndc} is in the list.")
            return redirect(f"{reverse('regimens:receive')}?code={product.ndc}")
    return render(request, "regimens/add_product.html", {"form": form}, status=422)


@requires(Can.KEEP_STOCK)
@require_POST
def find_product(request: StaffRequest) -> HttpResponse:
    """A typed NDC or a scan: the product, and lot and expiry where the scan carries them."""
    return _found(request, CodeForm(request.POST))


@requires(Can.KEEP_STOCK)
def receive(request: StaffRequest) -> HttpResponse:
    """GET asks for the code; POST puts the delivery on the shelf."""
    if request.method != "POST":
        return _found(
            request, CodeForm({"code": request.GET["code"]}) if request.GET.get("code") else CodeForm()
        )
    form = DeliveryForm(request.POST)
    if form.is_valid():
        try:
            lot = _receive(request, **form.cleaned_data)
        except DomainError as no:
            put_problem(form, no)
        else:
            messages.success(request, f"Lot {lot.number} is on the shelf.")
            return redirect("regimens:lot", pk=lot.pk)
    return _found(request, CodeForm({"code": request.POST.get("code", "")}), delivery=form)


@requires(Can.KEEP_STOCK)
@require_POST
def learn(request: StaffRequest) -> HttpResponse:
    """A barcode that was not known is of this product: on with the delivery."""
    form = LearnForm(request.POST)
    code = request.POST.get("code", "")[:100]
    if form.is_valid():
        try:
            shelf.learn_code(text=code, product=form.cleaned_data["product"], by=request.user, at=clock.now())
        except DomainError as no:
            put_problem(form, no)
        else:
            return _found(request, CodeForm({"code": code}))
    return _found(request, CodeForm({"code": code}), learn=form)


def _receive(request: StaffRequest, *, code: str, patient: str, **facts: Any) -> Lot:
    product = on_hand.product_by_code(code).product
    whose = on_hand.patient_numbered(patient) if patient.strip() else None
    return stocking.receive_lot(
        site=request.site, product=product, patient=whose, **facts, by=request.user, at=clock.now()
    )


def _found(
    request: StaffRequest,
    form: CodeForm,
    *,
    delivery: DeliveryForm | None = None,
    learn: LearnForm | None = None,
) -> HttpResponse:
    """The code box; below it the delivery of its product, or, asked once, what an unknown code is of."""
    context: dict[str, Any] = {"form": form}
    if form.is_bound and form.is_valid():
        code = form.cleaned_data["code"]
        try:
            found = on_hand.product_by_code(code)
        except on_hand.NewBarcode as no:
            put_problem(form, no)
            context["learn"] = learn or LearnForm(initial={"code": code})
        except DomainError as no:
            put_problem(form, no)
        else:
            known = {"code": code, "number": found.number, "expires_on": found.expires_on}
            context |= {"product": found.product, "delivery": delivery or DeliveryForm(initial=known)}
            form.found()
            context["delivery"].start_typing()
    refused = bool(form.errors) or delivery is not None
    return page_or_part(request, **RECEIVE, context=context, status=422 if refused else 200)


def _coded(asked: Any) -> dict[str, str]:
    code = asked.get("code", "")[:100]
    return {"ndc": code} if "-" in code or len(code) < 12 else {"gtin": code}
