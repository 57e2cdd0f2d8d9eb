"""Stock: products, deliveries, and a ledger that only grows. Amounts are in the product's unit."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from infusion_center.accounts.models import User
from infusion_center.audit import history
from infusion_center.errors import Conflict, DomainError
from infusion_center.places.models import Site
from patients.models import Patient
from regimens.models import Drug, Lot, Product, StockMove
from regimens.rules.amounts import say
from regimens.rules.barcode import BadBarcode, read_scan
from regimens.rules.ndc import wire_form
from regimens.selectors import on_hand
from regimens.selectors.on_hand import lot_on_hand
from regimens.states import Container, LotSource, MoveKind

MOST_VIALS = 10_000  # in one delivery: more is a slip of the finger
USUAL_DAYS_OPEN = 28  # of a multi-dose vial, unless its label says otherwise (USP general chapter 797)
MOST_DAYS_OPEN = 365
MOST_COST = Decimal(100_000)  # dollars of one vial


class CannotReceive(DomainError):
    """This delivery or product cannot be as typed."""


class CannotTake(DomainError):
    """The lot may not be opened for this dose."""


class CannotPutBack(Conflict):
    """The move is reversed already, or stands under a later one."""


def add_product(
    *,
    drug: Drug,
    ndc: str,
    amount: Decimal,
    unit: str,
    container: str,
    volume_ml: Decimal | None = None,
    days_once_open: int = USUAL_DAYS_OPEN,
    gtin: str = "",
    labeler: str = "",
    strength: str = "",
    allergens: tuple[str, ...] = (),
    by: User,
    at: datetime,
) -> Product:
    """A labeler's vial of a drug, by its NDC. Raises BadNdc, CannotReceive."""
    if amount <= 0:
        raise CannotReceive("A vial holds more than zero.", field="amount")
    if volume_ml is not None and volume_ml <= 0:
        raise CannotReceive("The volume is more than zero, or left empty for a powder.", field="volume_ml")
    if not 1 <= days_once_open <= MOST_DAYS_OPEN:
        raise CannotReceive(f"An open vial is used for 1 to {MOST_DAYS_OPEN} days.", field="days_once_open")
    wire, printed = _ndc(ndc)
    number = read_gtin(gtin) if gtin.strip() else None
    try:
        with transaction.atomic(), history.verb("product.added", by=by, at=at):
            return Product.objects.create(
                drug=drug,
                ndc=printed,
                ndc11=wire,
                gtin=number,
                amount=amount,
                unit=unit,
                volume_ml=volume_ml,
                container=container,
                days_once_open=days_once_open,
                labeler=labeler,
                strength=strength,
                allergens=list(allergens),
            )
    except IntegrityError as twice:
        raise CannotReceive(
            f"The NDC {printed} or its barcode is in the list already.", field="ndc"
        ) from twice


def receive_lot(
    *,
    site: Site,
    product: Product,
    number: str,
    expires_on: date,
    vials: int,
    cost_per_vial: Decimal,
    source: str = LotSource.BUY_AND_BILL,
    patient: Patient | None = None,
    by: User,
    at: datetime,
) -> Lot:
    """A delivery goes on the shelf: the lot and the first line of its ledger. Raises CannotReceive."""
    _refuse_delivery(number=number, vials=vials, cost=cost_per_vial, source=source, patient=patient)
    if expires_on < site.day_of(at):
        raise CannotReceive(f"This lot expired on {expires_on:%d %b %Y}.", field="expires_on")
    with transaction.atomic(), history.verb("stock.received", by=by, at=at):
        lot = Lot.objects.create(
            site=site,
            product=product,
            number=number.strip(),
            expires_on=expires_on,
            cost_per_vial=cost_per_vial,
            source=source,
            patient=patient,
            received_at=at,
            received_by=by,
        )
        write(lot, MoveKind.RECEIVED, amount=vials * product.amount, vials=Decimal(vials), by=by, at=at)
    return lot


def take(
    *,
    lot: Lot,
    given: Decimal,
    wasted: Decimal,
    vials: Decimal | int,
    patient: Patient,
    by: User,
    at: datetime,
) -> tuple[StockMove, StockMove | None]:
    """What was given to this patient and what was thrown away leave the shelf. (given, waste or None).

    1. lock the lot   2. refuse: expired on the site's day, another patient's, vials that do not add up,
    more than there is   3. write. The vials opened stand on the given line. Raises CannotTake.
    """
    vials = Decimal(vials)
    with transaction.atomic(), history.verb("stock.taken", by=by, at=at):
        locked = hold(lot)
        _refuse_lot(locked, patient=patient, at=at)
        _refuse_amounts(locked.product, given=given, wasted=wasted, vials=vials)
        _refuse_more_than_there_is(locked, given + wasted, vials)
        move = write(locked, MoveKind.GIVEN, amount=-given, vials=-vials, by=by, at=at)
        waste = (
            write(locked, MoveKind.WASTED, amount=-wasted, vials=Decimal(0), by=by, at=at) if wasted else None
        )
    return move, waste


def throw(*, lot: Lot, amount: Decimal, vials: Decimal, by: User, at: datetime) -> StockMove:
    """Drawn up and not given: nothing asks any more whether the lot might be used. Raises CannotTake."""
    with transaction.atomic(), history.verb("stock.wasted", by=by, at=at):
        locked = hold(lot)
        _refuse_amounts(locked.product, given=Decimal(0), wasted=amount, vials=vials)
        _refuse_more_than_there_is(locked, amount, vials)
        return write(locked, MoveKind.WASTED, amount=-amount, vials=-vials, by=by, at=at)


def put_back(*, move: StockMove, reason: str, by: User, at: datetime) -> StockMove:
    """Undo a move by its opposite, which names it and says why. Raises CannotPutBack."""
    if not reason.strip():
        raise DomainError("Say why this is reversed.", field="reason")
    with transaction.atomic(), history.verb("stock.reversed", by=by, at=at):
        lot = hold(move.lot)
        if move.kind == MoveKind.REVERSED or StockMove.objects.filter(reverses=move).exists():
            raise CannotPutBack("This line of the ledger is reversed already.")
        if lot_on_hand(lot).amount - move.amount < 0:
            raise CannotPutBack("Part of this delivery has been used: it cannot be taken back.")
        return write(
            lot,
            MoveKind.REVERSED,
            amount=-move.amount,
            vials=-move.vials,
            by=by,
            at=at,
            reverses=move,
            reason=reason.strip(),
        )


def _ndc(text: str) -> tuple[str, str]:
    """As claims send it and as printed; eleven bare digits are printed 5-4-2. Raises BadNdc."""
    wire = wire_form(text)
    return wire, text.strip() if "-" in text else f"{wire[:5]}-{wire[5:9]}-{wire[9:]}"


def read_gtin(text: str) -> str:
    """The number that a package's barcode carries. Raises CannotReceive."""
    try:
        gtin = read_scan(text).gtin
    except BadBarcode as no:
        raise CannotReceive(no.message, field="gtin") from no
    if gtin is None:
        raise CannotReceive("This barcode carries no product number: scan another.", field="gtin")
    return gtin


def _refuse_delivery(*, number: str, vials: int, cost: Decimal, source: str, patient: Patient | None) -> None:
    if not number.strip():
        raise CannotReceive("Type the lot number as printed.", field="number")
    if not 1 <= vials <= MOST_VIALS:
        raise CannotReceive(f"A delivery has 1 to {MOST_VIALS:,} vials.", field="vials")
    if not 0 <= cost <= MOST_COST:
        raise CannotReceive(f"The cost of a vial lies between $0 and ${MOST_COST:,}.", field="cost_per_vial")
    if (source == LotSource.WHITE_BAG) != (patient is not None):
        raise CannotReceive(
            "A lot sent for one patient, and only such a lot, names the patient.", field="patient"
        )


def _refuse_lot(lot: Lot, *, patient: Patient, at: datetime) -> None:
    if lot.expires_on < lot.site.day_of(at):
        raise CannotTake(f"Lot {lot.number} expired on {lot.expires_on:%d %b %Y}.", field="lot")
    if lot.patient_id is not None and lot.patient_id != patient.pk:
        raise CannotTake(f"Lot {lot.number} was sent for another patient.", field="lot")
    aside = on_hand.standing_aside(lot)
    if aside is not None:
        raise CannotTake(
            f"Lot {lot.number} is {aside.get_kind_display().lower()}: {aside.reason}.", field="lot"
        )
    _refuse_open_too_long(lot, at=at)


def _refuse_open_too_long(lot: Lot, *, at: datetime) -> None:
    """A multi-dose vial past its beyond-use day gives nothing more (USP general chapter 797)."""
    use_by = on_hand.use_open_vial_by(lot)
    if use_by is not None and use_by < lot.site.day_of(at):
        raise CannotTake(
            f"The open vial of lot {lot.number} was good until {use_by:%d %b %Y}: throw its rest away first.",
            field="lot",
        )


def _refuse_amounts(product: Product, *, given: Decimal, wasted: Decimal, vials: Decimal) -> None:
    """A single-dose vial is given or wasted to the last drop; a multi-dose one goes back with its rest."""
    if given < 0 or wasted < 0 or vials < 0 or given + wasted == 0:
        raise CannotTake("Something leaves the shelf, and nothing less than zero.", field="given")
    if product.container == Container.SINGLE_DOSE and given + wasted != vials * product.amount:
        raise CannotTake(
            f"{say(vials)} vials of {say(product.amount)} {product.unit} hold "
            f"{say(vials * product.amount)}, not {say(given + wasted)}.",
            field="wasted",
        )


def _refuse_more_than_there_is(lot: Lot, amount: Decimal, vials: Decimal) -> None:
    """Vials are whole only where they are single-dose; of the others the amount decides."""
    there = lot_on_hand(lot)
    whole = lot.product.container == Container.SINGLE_DOSE
    if amount > there.amount or (whole and vials > there.vials):
        left = f"{say(there.amount)} {lot.product.unit}"
        raise CannotTake(f"Lot {lot.number} has {left} left: take the rest from another lot.", field="lot")


def hold(lot: Lot) -> Lot:
    """The queue at the lot's door; its sums are read behind it. Called inside a transaction."""
    return (
        Lot.objects.select_for_update(no_key=True, of=("self",))
        .select_related("site", "product__drug")
        .get(pk=lot.pk)
    )


def write(
    lot: Lot, kind: MoveKind, *, amount: Decimal, vials: Decimal, by: User, at: datetime, **facts: Any
) -> StockMove:
    """A line of the ledger, behind the lot's row lock."""
    return StockMove.objects.create(
        lot=lot, kind=kind, amount=amount, vials=vials, moved_at=at, moved_by=by, **facts
    )
