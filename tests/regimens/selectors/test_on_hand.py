from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from regimens.selectors import on_hand
from regimens.selectors.on_hand import OnHand, UnknownProduct
from regimens.services import stocking
from tests.clock import FRIDAY, NINE, TEN
from tests.regimens.conftest import a_lot, a_product

GTIN = "00304093795011"  # 0409-3795-01 behind 003, and its check digit


def numbers(drug, site, patient, day=FRIDAY):
    return [lot.number for lot in on_hand.lots_for(drug=drug, site=site, day=day, patient=patient)]


def test_lots_to_open_come_by_expiry_the_patients_own_before_all(vial, ketorolac, site, pia, paul, nora):
    a_lot(vial, site, by=nora, number="LATE", expires_on=date(2028, 1, 1))
    a_lot(vial, site, by=nora, number="SOON", expires_on=date(2026, 12, 1))
    a_lot(vial, site, by=nora, number="PIAS", expires_on=date(2028, 2, 1), source="white_bag", patient=pia)
    assert numbers(ketorolac, site, pia) == ["PIAS", "SOON", "LATE"]
    assert numbers(ketorolac, site, paul) == numbers(ketorolac, site, None) == ["SOON", "LATE"]


def test_expired_and_empty_lots_are_not_offered(vial, ketorolac, site, pia, nora):
    a_lot(vial, site, by=nora, number="TODAY", expires_on=FRIDAY)
    empty = a_lot(vial, site, by=nora, number="EMPTY", vials=1)
    stocking.take(lot=empty, given=Decimal(30), wasted=Decimal(0), vials=1, patient=pia, by=nora, at=NINE)
    assert numbers(ketorolac, site, pia) == ["TODAY"]
    assert numbers(ketorolac, site, pia, day=date(2026, 11, 21)) == []


def test_what_is_on_hand_comes_with_the_list_in_one_query(vial, ketorolac, site, pia, nora):
    for number in "ABC":
        lot = a_lot(vial, site, by=nora, number=number)
        stocking.take(lot=lot, given=Decimal(20), wasted=Decimal(40), vials=2, patient=pia, by=nora, at=NINE)
    with CaptureQueriesContext(connection) as seen:
        lots = on_hand.lots_for(drug=ketorolac, site=site, day=FRIDAY, patient=pia)
        assert [lot.on_hand for lot in lots] == [OnHand(vials=Decimal(8), amount=Decimal(240))] * 3
        assert [on_hand.amount_of(lot) for lot in lots] == [240] * 3
        assert {lot.product.drug.name for lot in lots} == {ketorolac.name}
    assert len(seen) == 1


def test_the_ledger_says_what_was_left_after_each_line(ten_vials, pia, nora):
    move, _ = stocking.take(
        lot=ten_vials, given=Decimal(15), wasted=Decimal(15), vials=1, patient=pia, by=nora, at=NINE
    )
    stocking.put_back(move=move, reason="Wrong lot", by=nora, at=TEN)
    lines = on_hand.ledger(ten_vials)
    assert [(line.move.kind, line.after.amount, line.after.vials) for line in lines] == [
        ("received", 300, 10),
        ("given", 285, 9),
        ("wasted", 270, 9),
        ("reversed", 285, 10),
    ]


@pytest.mark.parametrize("typed", ["0409-3795-01", "00409379501", "00409-3795-01", " 0409-3795-01 "])
def test_a_product_is_found_by_its_ndc_however_it_is_written(vial, typed):
    assert on_hand.product_by_code(typed).product == vial


def test_a_scan_finds_the_product_by_its_digits_and_brings_lot_and_expiry(vial):
    found = on_hand.product_by_code(f"01{GTIN}1727063010K77")
    assert (found.product, found.number, found.expires_on) == (vial, "K77", date(2027, 6, 30))


def test_a_scan_finds_the_product_by_the_number_of_its_package_first(vial, ketorolac, nora):
    other = a_product(ketorolac, by=nora, ndc="0409-3796-01", gtin=GTIN)
    assert on_hand.product_by_code(GTIN).product == other


def test_ten_digits_that_fit_two_products_decide_nothing(vial, ketorolac, nora):
    a_product(ketorolac, by=nora, ndc="04093-795-01")
    with pytest.raises(UnknownProduct, match="add the product"):
        on_hand.product_by_code(GTIN)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("0409379501", "Ten digits without hyphens"),
        ("0409-9999-01", "No product has the NDC 0409-9999-01"),
        ("00304093795018", "check digit"),
        ("hello", "not a GS1 barcode"),
        ("10K77", "not a GS1 barcode|carries no product number"),
        ("00312345678906", "No product has the barcode number|check digit"),
        ("12345678-1", "three groups"),
    ],
)
def test_what_leads_to_no_product_is_said_at_the_box(vial, typed, words):
    with pytest.raises(UnknownProduct, match=words) as no:
        on_hand.product_by_code(typed)
    assert no.value.field == "code"


def test_a_patient_is_found_by_number_and_a_strangers_number_is_refused(pia):
    assert on_hand.patient_numbered(f" {pia.number} ") == pia
    with pytest.raises(on_hand.UnknownPatient):
        on_hand.patient_numbered("00")
