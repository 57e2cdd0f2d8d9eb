from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from infusion_center.errors import Conflict, DomainError
from regimens.models import Drug, Lot, Product, StockMove
from regimens.selectors import on_hand
from regimens.services import stocking
from tests.clock import FRIDAY, NINE, TEN, at
from tests.regimens.conftest import a_lot, a_product


def take(lot, patient, by, *, given="15", wasted="15", vials=1, moment=NINE):
    return stocking.take(
        lot=lot, given=Decimal(given), wasted=Decimal(wasted), vials=vials, patient=patient, by=by, at=moment
    )


def left(lot):
    there = on_hand.lot_on_hand(lot)
    return there.amount, there.vials


def test_a_product_has_its_ndc_as_printed_and_as_claims_send_it(vial):
    assert (vial.ndc, vial.ndc11) == ("0409-3795-01", "00409379501")


def test_eleven_bare_digits_are_an_ndc_too(ketorolac, nora):
    product = a_product(ketorolac, by=nora, ndc="00409379601")
    assert (product.ndc, product.ndc11) == ("00409-3796-01", "00409379601")


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"ndc": "0409379501"}, "ndc"),
        ({"ndc": "409-3795-0"}, "ndc"),
        ({"ndc": "nonsense"}, "ndc"),
        ({"amount": Decimal(0)}, "amount"),
        ({"amount": Decimal(-5)}, "amount"),
        ({"volume_ml": Decimal(0)}, "volume_ml"),
        ({"gtin": "00304093795019"}, "gtin"),
        ({"gtin": "(17)270630"}, "gtin"),
    ],
)
def test_a_product_that_cannot_be_is_refused_at_its_field(ketorolac, nora, facts, field):
    with pytest.raises(DomainError) as no:
        a_product(ketorolac, by=nora, **facts)
    assert no.value.field == field
    assert not Product.objects.exists()


def test_an_ndc_is_in_the_list_once_however_it_is_written(vial, ketorolac, nora):
    with pytest.raises(DomainError, match="in the list already") as no:
        a_product(ketorolac, by=nora, ndc="00409379501")
    assert no.value.field == "ndc"


def test_a_delivery_is_on_the_shelf_and_in_the_ledger(ten_vials, nora):
    assert left(ten_vials) == (300, 10)
    move = ten_vials.moves.get()
    assert (move.kind, move.amount, move.vials, move.moved_by) == ("received", 300, 10, nora)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"expires_on": date(2026, 11, 19)}, "expires_on"),
        ({"vials": 0}, "vials"),
        ({"vials": -1}, "vials"),
        ({"vials": 10_001}, "vials"),
        ({"cost_per_vial": Decimal("-0.01")}, "cost_per_vial"),
        ({"number": "  "}, "number"),
        ({"source": "white_bag"}, "patient"),
    ],
)
def test_a_delivery_that_cannot_be_is_refused_at_its_field(vial, site, nora, facts, field):
    with pytest.raises(stocking.CannotReceive) as no:
        a_lot(vial, site, by=nora, **facts)
    assert no.value.field == field
    assert not Lot.objects.exists() and not StockMove.objects.exists()


def test_a_lot_may_be_received_on_its_last_day_at_the_site(vial, site, nora):
    late = at(20, 0)  # 20 November in Chicago, the 21st in UTC
    assert a_lot(vial, site, by=nora, at=late, expires_on=FRIDAY).expires_on == FRIDAY


def test_a_lot_that_is_not_white_bagged_belongs_to_nobody(vial, site, nora, pia):
    with pytest.raises(stocking.CannotReceive, match="names the patient"):
        a_lot(vial, site, by=nora, patient=pia)


def test_dose_and_waste_leave_the_shelf_together(ten_vials, pia, nora):
    given, waste = take(ten_vials, pia, nora)
    assert (given.kind, given.amount, given.vials) == ("given", -15, -1)
    assert (waste.kind, waste.amount, waste.vials) == ("wasted", -15, 0)
    assert left(ten_vials) == (270, 9)


def test_a_whole_vial_given_leaves_no_waste_row(ten_vials, pia, nora):
    assert take(ten_vials, pia, nora, given="30", wasted="0")[1] is None


@pytest.mark.parametrize(
    ("given", "wasted", "vials"), [("15", "0", 1), ("15", "20", 1), ("45", "0", 1), ("30", "0", 2)]
)
def test_single_dose_vials_are_given_or_wasted_to_the_last_drop(ten_vials, pia, nora, given, wasted, vials):
    with pytest.raises(stocking.CannotTake, match="hold"):
        take(ten_vials, pia, nora, given=given, wasted=wasted, vials=vials)


@pytest.mark.parametrize(("given", "wasted", "vials"), [("-15", "45", 1), ("45", "-15", 1), ("0", "0", 0)])
def test_nothing_and_less_than_nothing_is_not_taken(ten_vials, pia, nora, given, wasted, vials):
    with pytest.raises(stocking.CannotTake):
        take(ten_vials, pia, nora, given=given, wasted=wasted, vials=vials)
    assert left(ten_vials) == (300, 10)


def test_more_than_is_on_hand_is_not_taken(vial, site, pia, nora):
    lot = a_lot(vial, site, by=nora, vials=1)
    with pytest.raises(stocking.CannotTake, match="has 30 mg left") as no:
        take(lot, pia, nora, given="60", wasted="0", vials=2)
    assert no.value.field == "lot"


def test_an_expired_lot_is_not_opened_from_the_next_day_of_the_site_on(vial, site, pia, nora):
    lot = a_lot(vial, site, by=nora, expires_on=FRIDAY)
    take(lot, pia, nora, moment=at(23, 30))
    with pytest.raises(stocking.CannotTake, match="expired on 20 Nov 2026"):
        take(lot, pia, nora, moment=at(0, 5, day=date(2026, 11, 21)))


def test_a_lot_sent_for_one_patient_is_not_opened_for_another(vial, site, pia, paul, nora):
    lot = a_lot(vial, site, by=nora, source="white_bag", patient=pia)
    with pytest.raises(stocking.CannotTake, match="sent for another patient"):
        take(lot, paul, nora)
    take(lot, pia, nora)


def test_of_a_multi_dose_vial_the_rest_stays_on_the_shelf(loaded, site, pia, paul, nora):
    dexamethasone = Drug.objects.get(code="dexamethasone")
    facts = {"ndc": "63323-165-05", "amount": Decimal(20), "container": "multi_dose"}
    lot = a_lot(a_product(dexamethasone, by=nora, **facts), site, by=nora, vials=1)
    assert take(lot, pia, nora, given="10", wasted="0", vials=Decimal("0.5"))[1] is None
    take(lot, paul, nora, given="10", wasted="0", vials=Decimal("0.5"))
    assert left(lot) == (0, 0)


def test_rounded_shares_of_a_multi_dose_vial_do_not_lock_its_last_drop(loaded, site, pia, nora):
    dexamethasone = Drug.objects.get(code="dexamethasone")
    facts = {"ndc": "63323-165-05", "amount": Decimal(20), "container": "multi_dose"}
    lot = a_lot(a_product(dexamethasone, by=nora, **facts), site, by=nora, vials=1)
    for _ in range(3):
        take(lot, pia, nora, given="6.666", wasted="0", vials=Decimal("0.34"))


def test_a_move_is_undone_by_its_opposite_which_names_it(ten_vials, pia, nora):
    given, _ = take(ten_vials, pia, nora)
    back = stocking.put_back(move=given, reason="Entered in error", by=nora, at=TEN)
    assert (back.kind, back.amount, back.vials, back.reverses) == ("reversed", 15, 1, given)
    assert left(ten_vials) == (285, 10)


def test_a_move_is_undone_once_and_a_reversal_never(ten_vials, pia, nora):
    given, _ = take(ten_vials, pia, nora)
    back = stocking.put_back(move=given, reason="Wrong lot", by=nora, at=TEN)
    for move in (given, back):
        with pytest.raises(Conflict, match="reversed already"):
            stocking.put_back(move=move, reason="Again", by=nora, at=TEN)


def test_a_reversal_needs_a_reason(ten_vials, nora):
    with pytest.raises(DomainError) as no:
        stocking.put_back(move=ten_vials.moves.get(), reason=" ", by=nora, at=TEN)
    assert no.value.field == "reason"


def test_a_delivery_that_was_used_is_not_taken_back(ten_vials, pia, nora):
    take(ten_vials, pia, nora)
    with pytest.raises(Conflict, match="has been used"):
        stocking.put_back(move=ten_vials.moves.get(kind="received"), reason="Typo", by=nora, at=TEN)


@pytest.mark.django_db(transaction=True)
def test_of_many_hands_reaching_for_the_last_vial_one_gets_it(vial, site, pia, nora):
    lot = a_lot(vial, site, by=nora, vials=1)

    def reach(_):
        try:
            take(lot, pia, nora)
            return "got it"
        except stocking.CannotTake:
            return "too late"
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(reach, range(4))) == ["got it", "too late", "too late", "too late"]
    assert left(lot) == (0, 0)
