"""What is on the shelf: sums of the ledger, one query for a list."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, F, Func, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Replace

from infusion_center.errors import DomainError
from infusion_center.places.models import Site
from patients.models import Patient
from regimens.models import Drug, Lot, Product, StockMove
from regimens.rules import barcode, ndc
from regimens.states import MoveKind

NOTHING = Value(Decimal(0), output_field=DecimalField(max_digits=14, decimal_places=3))


class UnknownProduct(DomainError):
    """No product of ours carries this code."""


class UnknownPatient(DomainError):
    """Nobody carries this number."""


@dataclass(frozen=True)
class OnHand:
    """`amount` in the product's unit; `vials` not opened yet."""

    vials: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Line:
    """One move of a lot and what was on hand after it."""

    move: StockMove
    after: OnHand


@dataclass(frozen=True)
class Found:
    """What a typed NDC or a scan leads to; number and expiry only from a scan that carries them."""

    product: Product
    number: str = ""
    expires_on: date | None = None


def lots_for(*, drug: Drug, site: Site, day: date, patient: Patient | None) -> list[Lot]:
    """Lots of a drug that may be opened for this patient on this day, each with `.on_hand`.

    The patient's own (white-bagged) lots first, then by expiry. No expired, empty or other people's lot.
    """
    mine = Q(patient=None) | Q(patient=patient) if patient else Q(patient=None)
    found = (
        _with_sums(Lot.objects.filter(mine, site=site, product__drug=drug, expires_on__gte=day))
        .filter(sum_amount__gt=0)
        .order_by(F("patient").asc(nulls_last=True), "expires_on", "received_at", "pk")
    )
    return [_counted(lot) for lot in found]


def lots_at(*, site: Site) -> list[Lot]:
    """Everything on the shelf of a site, expired lots too, by drug and expiry; each with `.on_hand`."""
    found = _with_sums(Lot.objects.filter(site=site)).filter(sum_amount__gt=0)
    return [_counted(lot) for lot in found.order_by("product__drug__name", "expires_on", "pk")]


def lot_on_hand(lot: Lot) -> OnHand:
    """One lot's own sums."""
    sums = lot.moves.aggregate(amount=Sum("amount"), vials=Sum("vials"))
    return OnHand(vials=sums["vials"] or Decimal(0), amount=sums["amount"] or Decimal(0))


def amount_of(lot: Lot) -> Decimal:
    """What is left of a lot, in the product's unit; no query where a list has counted it."""
    counted = getattr(lot, "on_hand", None)
    return counted.amount if counted else lot_on_hand(lot).amount


def lot_page(*, pk: int, site: Site) -> Lot:
    """One lot with what its page shows. Raises Lot.DoesNotExist."""
    return _counted(
        _with_sums(Lot.objects.filter(site=site)).select_related("site", "received_by").get(pk=pk)
    )


def ledger(lot: Lot) -> list[Line]:
    """The moves of a lot, oldest first, with what was left after each."""
    lines: list[Line] = []
    left = OnHand(vials=Decimal(0), amount=Decimal(0))
    for move in lot.moves.select_related("moved_by", "reversed_by").order_by("moved_at", "pk"):
        left = OnHand(vials=left.vials + move.vials, amount=left.amount + move.amount)
        lines.append(Line(move=move, after=left))
    return lines


def products() -> QuerySet[Product]:
    return Product.objects.select_related("drug").order_by("drug__name", "amount", "pk")


def receipt(*, lot: int, move: int, site: Site) -> StockMove:
    """A delivery's line in the ledger of a lot. Raises StockMove.DoesNotExist."""
    lines = StockMove.objects.select_related("lot").filter(lot__site=site, lot=lot, kind=MoveKind.RECEIVED)
    return lines.get(pk=move)


def patient_numbered(number: str) -> Patient:
    """The person with this number, or the one their record was merged into. Raises UnknownPatient."""
    patient = Patient.objects.select_related("merged_into").filter(number__iexact=number.strip()).first()
    if patient is None:
        raise UnknownPatient("Nobody here has this number.", field="patient")
    return patient.merged_into or patient


def product_by_code(text: str) -> Found:
    """The product behind a typed NDC or a scanned barcode. Raises UnknownProduct, for what is neither too."""
    try:
        return _by_code(text.strip())
    except (ndc.BadNdc, barcode.BadBarcode) as no:
        raise UnknownProduct(no.message, field="code") from no


def _by_code(text: str) -> Found:
    if "-" in text or (len(text) < 12 and text.isdigit()):
        return Found(product=_by_ndc(text))
    scan = barcode.read_scan(text)
    return Found(product=_by_scan(scan), number=scan.lot or "", expires_on=scan.expiry)


def _by_ndc(text: str) -> Product:
    product = products().filter(ndc11=ndc.wire_form(text)).first()
    if product is None:
        raise UnknownProduct(f"No product has the NDC {text}: add the product first.", field="code")
    return product


def _by_scan(scan: barcode.Scan) -> Product:
    """By the number on the package; else by its ten digits, where only one product of ours has them."""
    if scan.gtin is None:
        raise UnknownProduct(
            "This barcode carries no product number: scan another or type the NDC.", field="code"
        )
    product = products().filter(gtin=scan.gtin).first()
    if product is not None:
        return product
    digits = Replace("ndc", Value("-"), Value(""))
    alike = list(products().alias(digits=digits).filter(digits=scan.ndc10)[:2]) if scan.ndc10 else []
    if len(alike) != 1:
        raise UnknownProduct(
            f"No product has the barcode number {scan.gtin}: add the product first.", field="code"
        )
    return alike[0]


def _with_sums(lots: QuerySet[Lot]) -> QuerySet[Any]:
    """Sums in subqueries, so that no join multiplies them."""
    return lots.select_related("product__drug", "patient").annotate(
        sum_amount=_sum_of("amount"), sum_vials=_sum_of("vials")
    )


def _sum_of(column: str) -> Coalesce:
    of_lot = StockMove.objects.filter(lot=OuterRef("pk")).order_by()
    return Coalesce(Subquery(of_lot.annotate(s=Func(F(column), function="SUM")).values("s")), NOTHING)


def _counted(lot: Any) -> Lot:
    lot.on_hand = OnHand(vials=lot.sum_vials, amount=lot.sum_amount)
    return lot
