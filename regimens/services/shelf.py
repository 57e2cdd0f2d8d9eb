"""What happens to lots without a patient: counted, set aside, recalled, taken off, sent to another site.

Every verb queues at the lot's row as a dose does; the ledger gets a line, or nothing happened.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from infusion_center.accounts.models import User
from infusion_center.audit import history
from infusion_center.errors import Conflict, DomainError
from infusion_center.places.models import Site
from regimens.models import Lot, LotCount, PackageCode, ParLevel, Product, SetAside, StockMove
from regimens.rules.amounts import say
from regimens.selectors import on_hand
from regimens.services.stocking import MOST_VIALS, CannotTake, hold, read_gtin, write
from regimens.states import TAKEN_OFF, AsideKind, Container, MoveKind

LONGEST_REASON = 200  # characters of a line in the ledger


class CannotCount(DomainError):
    """The count is incomplete."""


class AsideAlready(Conflict):
    """The lot is set aside, or is not any more."""


def count(
    *, lot: Lot, counted: Decimal, reason: str = "", witness: User | None = None, by: User, at: datetime
) -> LotCount:
    """What is really there, in vials of a single-dose lot, in the product's unit of a multi-dose one.

    A difference corrects the ledger and says why. Of a controlled drug two people count (21 CFR 1304.11).
    Raises CannotCount.
    """
    with transaction.atomic(), history.verb("stock.counted", by=by, at=at):
        locked = hold(lot)
        _two_people(locked, witness=witness, by=by)
        amount = _counted_amount(locked, counted)
        expected = on_hand.lot_on_hand(locked)
        move = None
        if amount != expected.amount:
            why = _why(
                reason, f"The ledger says {say(expected.amount)} {locked.product.unit}: say why it differs."
            )
            vials = _vials(locked, amount) - _vials(locked, expected.amount)
            move = write(
                locked,
                MoveKind.COUNTED,
                amount=amount - expected.amount,
                vials=vials,
                by=by,
                at=at,
                reason=why,
            )
        return LotCount.objects.create(
            lot=locked,
            expected=expected.amount,
            counted=amount,
            counted_at=at,
            counted_by=by,
            witness=witness,
            reason=reason.strip(),
            move=move,
        )


def take_off(
    *, lot: Lot, kind: str, taken: Decimal, reason: str, witness: User | None = None, by: User, at: datetime
) -> StockMove:
    """Thrown away, expired, or sent back to who sold it: never given. `taken` as in `count`.

    Throwing a controlled drug away needs a witness. Raises CannotTake.
    """
    if kind not in TAKEN_OFF:
        raise CannotTake("Say what happens to it.", field="kind")
    why = _why(reason, "Say why it leaves the shelf.")
    with transaction.atomic(), history.verb(f"stock.{kind}", by=by, at=at):
        locked = hold(lot)
        if kind != MoveKind.RETURNED:
            _two_people(locked, witness=witness, by=by)
        if kind == MoveKind.EXPIRED and locked.expires_on >= locked.site.day_of(at):
            raise CannotTake(f"This lot is good until {locked.expires_on:%d %b %Y}.", field="kind")
        amount = _leaving(locked, taken)
        return write(
            locked,
            MoveKind(kind),
            amount=-amount,
            vials=-_vials(locked, amount),
            by=by,
            at=at,
            reason=why,
            witness=witness,
        )


def send(*, lot: Lot, to: Site, taken: Decimal, reason: str = "", by: User, at: datetime) -> Lot:
    """Vials go to another site, as a lot of the same number, expiry, cost and source. Raises CannotTake."""
    with transaction.atomic(), history.verb("stock.sent", by=by, at=at):
        locked = hold(lot)
        if to.pk == locked.site_id:
            raise CannotTake("It is at this site: choose another.", field="to")
        if locked.product.container == Container.MULTI_DOSE and taken % locked.product.amount:
            raise CannotTake("Only whole vials travel.", field="taken")
        amount = _leaving(locked, taken)
        vials = _vials(locked, amount)
        sent = f"To {to.name}. {reason}".strip()
        if len(sent) > LONGEST_REASON:
            raise CannotTake("Write a shorter note.", field="reason")
        write(locked, MoveKind.SENT, amount=-amount, vials=-vials, by=by, at=at, reason=sent)
        there = Lot.objects.create(
            site=to,
            product=locked.product,
            number=locked.number,
            expires_on=locked.expires_on,
            cost_per_vial=locked.cost_per_vial,
            source=locked.source,
            patient_id=locked.patient_id,
            received_at=at,
            received_by=by,
        )
        write(
            there,
            MoveKind.BROUGHT,
            amount=amount,
            vials=vials,
            by=by,
            at=at,
            reason=f"From {locked.site.name}",
        )
        aside = on_hand.standing_aside(locked)
        if aside is not None:
            _aside(there, kind=aside.kind, reason=aside.reason, by=by, at=at)
        return there


def set_aside(*, lot: Lot, reason: str, kind: str = AsideKind.QUARANTINE, by: User, at: datetime) -> SetAside:
    """From now on nobody is offered this lot, and none of it is given. Raises AsideAlready."""
    why = _why(reason, "Say why it is set aside.")
    with transaction.atomic(), history.verb("stock.set_aside", by=by, at=at):
        return _aside(hold(lot), kind=kind, reason=why, by=by, at=at)


def set_free(*, lot: Lot, reason: str, by: User, at: datetime) -> SetAside:
    """It may be opened again. Raises AsideAlready when nothing holds it."""
    why = _why(reason, "Say why it may be used again.")
    with transaction.atomic(), history.verb("stock.set_free", by=by, at=at):
        row = on_hand.standing_aside(hold(lot))
        if row is None:
            raise AsideAlready("This lot is not set aside any more.")
        row.freed_at, row.freed_by, row.freed_because = at, by, why
        row.save(update_fields=["freed_at", "freed_by", "freed_because"])
        return row


def recall(
    *, product: Product, number: str, reason: str, sites: Sequence[Site], by: User, at: datetime
) -> list[Lot]:
    """Every delivery of a recalled lot at these sites is set aside; what was in quarantine is recalled now.

    Also those with nothing left, so that a returned dose does not come back into use. Raises DomainError
    when no delivery carries this number.
    """
    why = _why(reason, "Say who recalled it and why.")
    with transaction.atomic(), history.verb("stock.recalled", by=by, at=at):
        lots = list(
            Lot.objects.filter(product=product, number__iexact=number.strip(), site__in=sites).order_by("pk")
        )
        if not lots:
            raise DomainError(
                f"No delivery of this product has the lot number {number.strip()}.", field="number"
            )
        for lot in lots:
            locked = hold(lot)
            standing = on_hand.standing_aside(locked)
            if standing is not None and standing.kind == AsideKind.RECALL:
                continue
            if standing is not None:
                set_free(lot=locked, reason="Recalled meanwhile", by=by, at=at)
            _aside(locked, kind=AsideKind.RECALL, reason=why, by=by, at=at)
        return lots


def learn_code(*, text: str, product: Product, by: User, at: datetime) -> PackageCode:
    """A barcode nobody knew is of this product; no site asks again. Raises CannotReceive, Conflict."""
    gtin = read_gtin(text)
    try:
        with transaction.atomic(), history.verb("product.code_learned", by=by, at=at):
            return PackageCode.objects.create(gtin=gtin, product=product, learned_at=at, learned_by=by)
    except IntegrityError as twice:
        raise Conflict("Somebody has said meanwhile what this barcode is of: scan it again.") from twice


def keep_at_least(*, site: Site, product: Product, least: int, full: int, by: User, at: datetime) -> None:
    """Par level in vials: order below `least`, up to `full`. Both zero: no level. Raises DomainError."""
    if full < least or least < 0:
        raise DomainError("Full is not below the least.", field="full")
    if full > MOST_VIALS:
        raise DomainError(f"At most {MOST_VIALS:,} vials.", field="full")
    with transaction.atomic(), history.verb("stock.par_level", by=by, at=at):
        if full == 0:
            ParLevel.objects.filter(site=site, product=product).delete()
        else:
            ParLevel.objects.update_or_create(
                site=site, product=product, defaults={"least": least, "full": full}
            )


def _aside(lot: Lot, *, kind: str, reason: str, by: User, at: datetime) -> SetAside:
    if on_hand.standing_aside(lot) is not None:
        raise AsideAlready("This lot is set aside already.")
    return SetAside.objects.create(lot=lot, kind=kind, reason=reason, since=at, by=by)


def _two_people(lot: Lot, *, witness: User | None, by: User) -> None:
    """A controlled drug is counted and thrown away before a second pair of eyes (`dea_schedule`)."""
    if witness is not None and witness.pk == by.pk:
        raise CannotCount("The witness is somebody else.", field="witness")
    if lot.product.drug.dea_schedule and witness is None:
        raise CannotCount(
            f"{lot.product.drug.name} is controlled: name who looked with you.", field="witness"
        )


def _counted_amount(lot: Lot, counted: Decimal) -> Decimal:
    if counted < 0:
        raise CannotCount("Nothing less than zero can be there.", field="counted")
    amount = _amount(lot, counted, field="counted")
    if amount > MOST_VIALS * lot.product.amount:
        raise CannotCount(f"A lot has at most {MOST_VIALS:,} vials.", field="counted")
    return amount


def _leaving(lot: Lot, taken: Decimal) -> Decimal:
    if taken <= 0:
        raise CannotTake("Something leaves the shelf.", field="taken")
    amount = _amount(lot, taken, field="taken")
    there = on_hand.lot_on_hand(lot).amount
    if amount > there:
        raise CannotTake(f"Only {say(there)} {lot.product.unit} are there.", field="taken")
    return amount


def _amount(lot: Lot, typed: Decimal, *, field: str) -> Decimal:
    """In the product's unit: single-dose vials are counted whole."""
    if lot.product.container == Container.MULTI_DOSE:
        return typed
    if typed % 1:
        raise CannotTake("Single-dose vials are counted whole.", field=field)
    return typed * lot.product.amount


def _vials(lot: Lot, amount: Decimal) -> Decimal:
    return (amount / lot.product.amount).quantize(Decimal("0.01"))


def _why(reason: str, ask: str) -> str:
    if not reason.strip():
        raise DomainError(ask, field="reason")
    return reason.strip()
