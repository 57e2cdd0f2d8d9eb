"""What is on the shelf: sums of the ledger, one query for a list."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import (
    DecimalField,
    Exists,
    F,
    Func,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce, Replace

from infusion_center.errors import DomainError
from infusion_center.places.models import Site
from patients.models import Patient
from regimens.models import Drug, Lot, ParLevel, Product, SetAside, StockMove
from regimens.rules import barcode, ndc, opened
from regimens.states import Container, MoveKind

NOTHING = Value(Decimal(0), output_field=DecimalField(max_digits=14, decimal_places=3))

_ASIDE = Exists(SetAside.objects.filter(lot=OuterRef("pk"), freed_at=None))


class UnknownProduct(DomainError):
    """No product of ours carries this code."""


class NewBarcode(UnknownProduct):
    """A readable barcode with a product number that nobody has said what it is of."""


class UnknownPatient(DomainError):
    """Nobody carries this number."""


@dataclass(frozen=True)
class OnHand:
    """`amount` in the product's unit; `vials` not opened yet."""

    vials: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Usable:
    """What may be given at a site: `products` by drug, each with `.par`; amounts in each product's unit.

    `there`: by product, of lots for everybody. `own`: by drug and patient, of lots sent for one.
    """

    products: dict[int, list[Product]]
    there: dict[int, Decimal]
    own: dict[tuple[int, int], Decimal]


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
    """Lots of a drug that may be opened for this patient on this day, each with `.on_hand` and `.use_by`.

    The patient's own (white-bagged) lots first, then by expiry. No expired, empty or other people's lot,
    none that is set aside, and none whose open vial is past its beyond-use day.
    """
    mine = Q(patient=None) | Q(patient=patient) if patient else Q(patient=None)
    found = (
        _with_sums(Lot.objects.filter(mine, site=site, product__drug=drug, expires_on__gte=day))
        .filter(~_ASIDE, sum_amount__gt=0)
        .order_by(F("patient").asc(nulls_last=True), "expires_on", "received_at", "pk")
    )
    return [
        lot
        for lot in _with_use_by([_counted(lot) for lot in found])
        if lot.use_by is None or lot.use_by >= day
    ]


def lots_at(*, site: Site) -> list[Lot]:
    """Everything on the shelf of a site, expired lots too, by drug and expiry.

    Each with `.on_hand`, `.use_by` and `.aside`, the quarantine or recall that stands, or None.
    """
    found = _with_sums(Lot.objects.filter(site=site)).filter(sum_amount__gt=0)
    listed = found.order_by("product__drug__name", "expires_on", "pk").prefetch_related(
        Prefetch("set_aside", SetAside.objects.filter(freed_at=None).select_related("by"), to_attr="standing")
    )
    lots: list[Any] = [_counted(lot) for lot in listed]
    for lot in lots:
        lot.aside = next(iter(lot.standing), None)
    return _with_use_by(lots)


def usable(*, site: Site, day: date) -> Usable:
    """Everything unexpired that is not set aside. Three queries."""
    products: dict[int, list[Product]] = {}
    for product in products_at(site=site):
        products.setdefault(product.drug_id, []).append(product)
    there: dict[int, Decimal] = {}
    own: dict[tuple[int, int], Decimal] = {}
    lots = Lot.objects.filter(~_ASIDE, site=site, expires_on__gte=day).annotate(left=_sum_of("amount"))
    for pk, drug, patient, left in lots.values_list("product", "product__drug", "patient", "left"):
        if patient is None:
            there[pk] = there.get(pk, Decimal(0)) + left
        else:
            own[drug, patient] = own.get((drug, patient), Decimal(0)) + left
    return Usable(products, there, own)


def standing_aside(lot: Lot) -> SetAside | None:
    """The quarantine or recall of a lot that nobody has freed, or None."""
    return lot.set_aside.filter(freed_at=None).select_related("by").first()


def use_open_vial_by(lot: Lot) -> date | None:
    """The last day of a multi-dose lot's open vial; None if none is open, or for single-dose vials."""
    [counted] = _with_use_by([lot])
    return counted.use_by


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
    lot: Any = _counted(
        _with_sums(Lot.objects.filter(site=site)).select_related("site", "received_by").get(pk=pk)
    )
    lot.aside = standing_aside(lot)
    lot.last_count = lot.counts.select_related("counted_by", "witness").order_by("counted_at").last()
    [shown] = _with_use_by([lot])
    return shown


def ledger(lot: Lot) -> list[Line]:
    """The moves of a lot, oldest first, with what was left after each."""
    lines: list[Line] = []
    left = OnHand(vials=Decimal(0), amount=Decimal(0))
    for move in lot.moves.select_related("moved_by", "reversed_by", "witness").order_by("moved_at", "pk"):
        left = OnHand(vials=left.vials + move.vials, amount=left.amount + move.amount)
        lines.append(Line(move=move, after=left))
    return lines


def products() -> QuerySet[Product]:
    return Product.objects.select_related("drug").order_by("drug__name", "amount", "pk")


def products_at(*, site: Site) -> QuerySet[Product]:
    """Every product, with `.par` of this site: a list of one ParLevel or none."""
    here = Prefetch("par_levels", ParLevel.objects.filter(site=site), to_attr="par")
    return products().prefetch_related(here)


def par_level(*, site: Site, product: Product) -> dict[str, int]:
    """`least` and `full` in vials; zero where nothing is said."""
    row = ParLevel.objects.filter(site=site, product=product).first()
    return {"least": row.least, "full": row.full} if row else {"least": 0, "full": 0}


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
    product = products().filter(Q(gtin=scan.gtin) | Q(package_codes__gtin=scan.gtin)).first()
    if product is not None:
        return product
    digits = Replace("ndc", Value("-"), Value(""))
    alike = list(products().alias(digits=digits).filter(digits=scan.ndc10)[:2]) if scan.ndc10 else []
    if len(alike) != 1:
        raise NewBarcode(
            f"No product has the barcode number {scan.gtin} yet: say once what it is of, or add the product.",
            field="code",
        )
    return alike[0]


def _with_use_by(lots: list[Any]) -> list[Any]:
    """Each with `.use_by`, reckoned from the ledger of its multi-dose lots: one query, or none."""
    steps: dict[int, list[opened.Step]] = {
        lot.pk: [] for lot in lots if lot.product.container == Container.MULTI_DOSE
    }
    if steps:
        moves = StockMove.objects.filter(lot__in=steps).order_by("moved_at", "pk")
        for lot, at, amount, kind in moves.values_list("lot", "moved_at", "amount", "kind"):
            steps[lot].append(opened.Step(at=at, amount=amount, corrects=kind == MoveKind.COUNTED))
    for lot in lots:
        since = opened.opened_at(steps.get(lot.pk, []), size=lot.product.amount)
        lot.use_by = since and lot.site.day_of(since) + timedelta(days=lot.product.days_once_open)
    return lots


def _with_sums(lots: QuerySet[Lot]) -> QuerySet[Any]:
    """Sums in subqueries, so that no join multiplies them."""
    return lots.select_related("site", "product__drug", "patient").annotate(
        sum_amount=_sum_of("amount"), sum_vials=_sum_of("vials")
    )


def _sum_of(column: str) -> Coalesce:
    of_lot = StockMove.objects.filter(lot=OuterRef("pk")).order_by()
    return Coalesce(Subquery(of_lot.annotate(s=Func(F(column), function="SUM")).values("s")), NOTHING)


def _counted(lot: Any) -> Lot:
    lot.on_hand = OnHand(vials=lot.sum_vials, amount=lot.sum_amount)
    return lot
