from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from infusion_center.audit.models import ChartRead
from regimens.models import Lot, Product
from regimens.services import stocking
from tests.clock import NINE
from tests.people import signed_in
from tests.regimens.conftest import a_lot, a_product

SCAN = "01003040937950111727063010K77"
DELIVERY = {
    "code": "0409-3795-01",
    "number": "K1",
    "expires_on": "2027-06-30",
    "vials": "10",
    "cost_per_vial": "1.10",
    "source": "buy_and_bill",
}
VIAL = {"drug": "ketorolac", "ndc": "0409-3795-01", "amount": "30", "unit": "mg", "container": "single_dose"}


@pytest.fixture
def browser(nora, loaded):
    with time_machine.travel(NINE, tick=False):
        yield signed_in(nora)


def text(answer):
    return " ".join(answer.content.decode().split())


def test_an_empty_shelf_says_what_to_do(browser):
    assert "Receive a lot" in text(browser.get("/stock/"))


def test_a_product_is_added_and_its_delivery_follows(browser):
    answer = browser.post("/stock/products/new/", VIAL)
    assert answer.url == "/stock/receive/?code=0409-3795-01"
    assert "Put it on the shelf" in text(browser.get(answer.url))
    assert Product.objects.get().ndc11 == "00409379501"
    assert "0409-3795-01" in text(browser.get("/stock/products/"))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"ndc": "0409379501"}, "Ten digits without hyphens"),
        ({"ndc": "1-2-3"}, "three groups of digits"),
        ({"amount": "0"}, "more than zero"),
        ({"amount": "NaN"}, "Enter a number"),
        ({"drug": "aspirin"}, "valid choice"),
        ({"gtin": "hello"}, "not a GS1 barcode"),
    ],
)
def test_a_product_that_cannot_be_is_refused_and_nothing_is_lost(browser, typed, words):
    answer = browser.post("/stock/products/new/", {**VIAL, "labeler": "Hospira", **typed})
    assert answer.status_code == 422
    assert words in text(answer) and 'value="Hospira"' in text(answer)
    assert not Product.objects.exists()


def test_a_scan_fills_in_lot_and_expiry(browser, vial):
    page = text(browser.post("/stock/receive/find/", {"code": SCAN}, headers={"HX-Request": "true"}))
    assert page.startswith('<div id="receive">')
    assert 'value="K77"' in page and 'value="2027-06-30"' in page


def test_a_typed_ndc_leads_to_its_product(browser, vial):
    page = text(browser.post("/stock/receive/find/", {"code": "0409-3795-01"}))
    assert "ketorolac" in page and "Put it on the shelf" in page


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("0409379501", "Ten digits without hyphens"),
        ("0409-9999-01", "add the product first"),
        ("00361958012019", "barcode number|check digit"),
        ("", "required"),
    ],
)
def test_a_code_that_leads_nowhere_is_said_at_the_box(browser, vial, code, words):
    answer = browser.post("/stock/receive/find/", {"code": code})
    assert answer.status_code == 422
    assert any(word in text(answer) for word in words.split("|"))
    assert f'value="{code}"' in text(answer) or not code


def test_a_delivery_goes_on_the_shelf(browser, vial, nora):
    answer = browser.post("/stock/receive/", DELIVERY)
    lot = Lot.objects.get()
    assert answer.url == f"/stock/lots/{lot.pk}/"
    assert (lot.number, lot.cost_per_vial, lot.received_by) == ("K1", Decimal("1.10"), nora)
    assert "300 mg" in text(browser.get("/stock/"))
    assert "Received" in text(browser.get(answer.url))


def test_a_delivery_by_scan_keeps_what_was_typed_over_it(browser, vial):
    browser.post("/stock/receive/", {**DELIVERY, "code": SCAN})
    assert Lot.objects.get().number == "K1"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"expires_on": "2026-11-19"}, "expired on 19 Nov 2026"),
        ({"expires_on": "someday"}, "Enter a valid date"),
        ({"expires_on": ""}, "required"),
        ({"vials": "0"}, "1 to 10,000 vials"),
        ({"vials": "-3"}, "1 to 10,000 vials"),
        ({"vials": "2.5"}, "whole number"),
        ({"vials": "99999999999999999999"}, "1 to 10,000 vials"),
        ({"cost_per_vial": "-1"}, "between $0"),
        ({"cost_per_vial": "Infinity"}, "Enter a number"),
        ({"number": ""}, "required"),
        ({"source": "white_bag"}, "names the patient"),
        ({"source": "white_bag", "patient": "000"}, "Nobody here has this number"),
        ({"code": "0409379501"}, "Ten digits without hyphens"),
    ],
)
def test_a_delivery_that_cannot_be_is_refused_and_nothing_is_lost(browser, vial, typed, words):
    answer = browser.post("/stock/receive/", {**DELIVERY, "number": "K1", **typed})
    assert answer.status_code == 422 and words in text(answer)
    if "code" not in typed:
        assert f'value="{typed.get("cost_per_vial", "1.10")}"' in text(answer)
    assert not Lot.objects.exists()


def test_a_lot_sent_for_one_patient_names_the_patient_and_opening_it_is_noted(browser, vial, pia, nora):
    browser.post("/stock/receive/", {**DELIVERY, "source": "white_bag", "patient": pia.number})
    lot = Lot.objects.get()
    assert lot.patient == pia
    assert "Pell, Pia" in text(browser.get(f"/stock/lots/{lot.pk}/"))
    assert ChartRead.objects.get().patient_key == pia.key


def test_an_expired_lot_is_shown_as_such(browser, vial, site, nora):
    lot = a_lot(vial, site, by=nora)
    Lot.objects.filter(pk=lot.pk).update(expires_on="2026-11-19")
    assert "expired" in text(browser.get("/stock/")) and "expired" in text(
        browser.get(f"/stock/lots/{lot.pk}/")
    )


def test_a_wrong_delivery_is_taken_back_with_a_reason_once(browser, ten_vials):
    move = ten_vials.moves.get()
    back = f"/stock/lots/{ten_vials.pk}/take-back/{move.pk}/"
    assert browser.post(back, {"reason": ""}).status_code == 422
    assert browser.post(back, {"reason": "Typed twice"}).status_code == 302
    page = text(browser.get(f"/stock/lots/{ten_vials.pk}/"))
    assert "Typed twice" in page and "reversed" in page and "Take the delivery back" not in page
    assert browser.post(back, {"reason": "Again"}).status_code == 409


def test_only_deliveries_are_taken_back_here(browser, ten_vials, pia, nora):
    facts = {"given": Decimal(30), "wasted": Decimal(0), "vials": 1, "patient": pia}
    move, _ = stocking.take(lot=ten_vials, **facts, by=nora, at=NINE)
    assert (
        browser.post(f"/stock/lots/{ten_vials.pk}/take-back/{move.pk}/", {"reason": "x"}).status_code == 404
    )


@pytest.mark.parametrize("who", ["felix", "dana", "bea", "mallory"])
@pytest.mark.parametrize("path", ["/stock/", "/stock/products/", "/stock/products/new/", "/stock/receive/"])
def test_who_does_not_keep_stock_stays_out(request, who, path, loaded):
    assert signed_in(request.getfixturevalue(who)).get(path).status_code == 403


def test_the_shelf_costs_the_same_at_two_and_at_twenty_lots(browser, vial, ketorolac, site, pia, nora):
    def queries():
        with CaptureQueriesContext(connection) as seen:
            browser.get("/stock/")
        return len(seen)

    for number in range(2):
        a_lot(vial, site, by=nora, number=f"W{number}", source="white_bag", patient=pia)
    queries()
    few = queries()
    for number in range(18):
        product = a_product(ketorolac, by=nora, ndc=f"0409-38{number:02}-01")
        a_lot(product, site, by=nora, number=f"X{number}", source="white_bag", patient=pia)
    assert queries() == few
