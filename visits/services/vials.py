"""Vials opened for an administration: each use is a dose, its waste and their ledger rows.

Called only from the verbs of `giving`, inside their transaction, with the day row held.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet

from infusion_center.accounts.models import User
from infusion_center.errors import Conflict, DomainError
from regimens.models import Lot
from regimens.selectors import on_hand
from regimens.services import stocking
from regimens.states import Container
from visits.models import Administration, VialUse
from visits.rules import drawing
from visits.selectors import needs


class LotRefused(DomainError):
    """This lot cannot be used for this line."""


class WitnessMissing(DomainError):
    """What is left of a controlled drug is wasted before two people."""


class KeptForSeries(Conflict):
    """Booked doses of others would not find enough."""


def take(
    administration: Administration,
    lots: Sequence[Lot],
    *,
    witness: User | None,
    acknowledged: bool = False,
    by: User,
    at: datetime,
) -> list[VialUse]:
    """Open the fewest vials of these lots that give the ordered dose.

    `acknowledged`: the nurse knows that they are kept for somebody else. Raises KeptForSeries, LotRefused,
    NotEnough, WitnessMissing.
    """
    if not acknowledged and (kept := needs.kept_back(administration, at=at)):
        raise KeptForSeries(f"{kept.words} Tick that you take them.", field="acknowledged")
    if not lots:
        raise LotRefused(_none_chosen(administration, at), field="lots")
    shelves = [_shelf(administration, lot, at) for lot in _usable(administration, lots, at)]
    draws = drawing.draw(dose=administration.dose, shelves=shelves)
    return _book(administration, draws, {lot.pk: lot for lot in lots}, witness=witness, by=by, at=at)


def give_less(
    administration: Administration, amount: Decimal, *, witness: User | None, by: User, at: datetime
) -> list[VialUse]:
    """Rewrite what was booked at the start: only `amount` went in, the rest of the opened vials is waste.

    Raises WitnessMissing.
    """
    uses = list(_standing(administration).select_related("lot", "waste_witness"))
    draws = [drawing.Draw(use.lot_id, use.vials, use.given, use.wasted) for use in uses]
    rewritten = drawing.less(draws, given=amount)
    put_back(administration, reason="Less was given than drawn up", by=by, at=at)
    lots = {use.lot_id: use.lot for use in uses}
    witness = witness or uses[0].waste_witness
    return _book(administration, rewritten, lots, witness=witness, by=by, at=at)


def put_back(administration: Administration, *, reason: str, by: User, at: datetime) -> None:
    """Reverse every ledger row of this administration that stands; what was thrown away stays waste."""
    for use in _standing(administration).select_related("given_move", "waste_move").order_by("lot"):
        for move in filter(None, [use.given_move, use.waste_move]):
            stocking.put_back(move=move, reason=reason, by=by, at=at)
        use.reversed_at = at
        use.save(update_fields=["reversed_at"])


def opened_for(administration: Administration) -> list[Lot]:
    """The lots of what is mixed for this line already; none: nothing is."""
    return [use.lot for use in _standing(administration).select_related("lot__product")]


def throw_away(
    administration: Administration, *, reason: str, witness: User | None, by: User, at: datetime
) -> list[VialUse]:
    """What was mixed is not given: its vials are waste, to the last drop. Raises WitnessMissing."""
    uses = list(_standing(administration).select_related("lot").order_by("lot"))
    draws = [drawing.Draw(use.lot_id, use.vials, Decimal(0), use.given + use.wasted) for use in uses]
    _two_people(administration, draws, witness=witness, by=by)
    put_back(administration, reason=reason, by=by, at=at)
    return VialUse.objects.bulk_create(
        VialUse(
            administration=administration,
            lot=use.lot,
            vials=draw.vials,
            given=0,
            wasted=draw.wasted,
            waste_witness=witness,
            waste_move=stocking.throw(lot=use.lot, amount=draw.wasted, vials=draw.vials, by=by, at=at),
        )
        for use, draw in zip(uses, draws, strict=True)
    )


def _standing(administration: Administration) -> QuerySet[VialUse]:
    """What is in the patient, or mixed for them."""
    return administration.vials.filter(reversed_at=None, given__gt=0).order_by("pk")


def offered(administration: Administration, at: datetime) -> list[Lot]:
    """The lots this line may be given from, earliest expiry first."""
    site, patient = administration.visit.site, administration.visit.patient
    return list(on_hand.lots_for(drug=administration.drug, site=site, day=site.day_of(at), patient=patient))


def _two_people(
    administration: Administration, draws: Sequence[drawing.Draw], *, witness: User | None, by: User
) -> None:
    """21 CFR 1317.95(d): two employees see a controlled substance destroyed (`dea_schedule`)."""
    drug = administration.drug
    if witness is not None and witness.pk == by.pk:
        raise WitnessMissing("The witness is somebody else.", field="witness")
    if witness is None and drug.dea_schedule and any(draw.wasted for draw in draws):
        raise WitnessMissing(
            f"{drug.name} is controlled and some is left over: name who sees it wasted.", field="witness"
        )


def _none_chosen(administration: Administration, at: datetime) -> str:
    if not offered(administration, at):
        return f"There is no {administration.drug.name} in stock here: receive a lot first."
    return "Choose the lot it is taken from."


def _usable(administration: Administration, lots: Iterable[Lot], at: datetime) -> list[Lot]:
    """The same lots with what is on hand of each. Raises LotRefused with the reason."""
    known = {lot.pk: lot for lot in offered(administration, at)}
    return [known.get(lot.pk) or _refuse(administration, lot, at) for lot in lots]


def _refuse(administration: Administration, lot: Lot, at: datetime) -> Lot:
    visit = administration.visit
    if lot.product.drug_id != administration.drug_id:
        why = f"is not {administration.drug.name}"
    elif lot.patient_id not in (None, visit.patient_id):
        why = "was sent for another patient"
    elif lot.site_id != visit.site_id:
        why = "is at another site"
    elif lot.expires_on < visit.site.day_of(at):
        why = f"expired on {lot.expires_on:%d %b %Y}"
    elif aside := on_hand.standing_aside(lot):
        why = f"is {aside.get_kind_display().lower()}: {aside.reason}"
    elif (use_by := on_hand.use_open_vial_by(lot)) and use_by < visit.site.day_of(at):
        why = f"has an open vial that was good until {use_by:%d %b %Y}: throw its rest away first"
    else:
        why = "has nothing left"
    raise LotRefused(f"Lot {lot.number} {why}.", field="lots")


def _shelf(administration: Administration, lot: Lot, at: datetime) -> drawing.Shelf:
    product = lot.product
    if product.unit != administration.unit:
        raise LotRefused(
            f"The order is in {administration.unit} and lot {lot.number} is counted in {product.unit}.",
            field="lots",
        )
    return drawing.Shelf(
        lot=lot.pk,
        size=product.amount,
        on_hand=on_hand.amount_of(lot),
        single=product.container == Container.SINGLE_DOSE,
    )


def _book(
    administration: Administration,
    draws: Sequence[drawing.Draw],
    lots: dict[int, Lot],
    *,
    witness: User | None,
    by: User,
    at: datetime,
) -> list[VialUse]:
    """One ledger row per dose and per waste, lots locked in the order of their keys."""
    _two_people(administration, draws, witness=witness, by=by)
    uses = []
    for draw in sorted(draws, key=lambda d: d.lot):
        given_move, waste_move = stocking.take(
            lot=lots[draw.lot],
            given=draw.given,
            wasted=draw.wasted,
            vials=draw.vials,
            patient=administration.visit.patient,
            by=by,
            at=at,
        )
        uses.append(
            VialUse(
                administration=administration,
                lot=lots[draw.lot],
                vials=draw.vials,
                given=draw.given,
                wasted=draw.wasted,
                waste_witness=witness if draw.wasted else None,
                given_move=given_move,
                waste_move=waste_move,
            )
        )
    return VialUse.objects.bulk_create(uses)
