"""The lot's page and its acts, recall, par levels, fridges, and the barcode that is asked about once."""

from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from regimens.models import Drug, Fridge, FridgeReading, LotCount, ParLevel, SetAside
from regimens.selectors import on_hand
from regimens.services import shelf
from tests.clock import NINE
from tests.people import signed_in
from tests.places import open_site
from tests.regimens.conftest import a_lot, a_product

HTMX = {"HX-Request": "true"}


@pytest.fixture
def browser(nora, loaded):
    with time_machine.travel(NINE, tick=False):
        yield signed_in(nora)


def text(answer):
    return " ".join(answer.content.decode().split())


def act(browser, lot, what, **typed):
    return browser.post(f"/stock/lots/{lot.pk}/{what}/", typed)


def test_a_lot_is_counted_on_its_page(browser, ten_vials):
    answer = act(browser, ten_vials, "count", counted="10")
    assert answer.url == f"/stock/lots/{ten_vials.pk}/"
    assert "The count is kept." in text(browser.get(answer.url))
    assert LotCount.objects.get().counted == 300


def test_a_refused_count_keeps_what_was_typed_and_opens_its_form(browser, ten_vials):
    answer = act(browser, ten_vials, "count", counted="9", reason="")
    page = text(answer)
    assert answer.status_code == 422
    assert '<details class="mb-3" open><summary>Count</summary>' in page
    assert 'value="9"' in page and "say why it differs" in page
    assert not LotCount.objects.exists()


@pytest.mark.parametrize("typed", ["", "many", "NaN"])
def test_what_is_no_number_is_said_at_the_field(browser, ten_vials, typed):
    answer = act(browser, ten_vials, "count", counted=typed)
    assert answer.status_code == 422 and "Type a number." in text(answer)


def test_a_lot_set_aside_says_so_everywhere_and_can_be_freed(browser, ten_vials):
    act(browser, ten_vials, "aside", reason="Cloudy")
    page = text(browser.get(f"/stock/lots/{ten_vials.pk}/"))
    assert "Set aside since" in page and "Cloudy" in page and "Use it again" in page
    assert "set aside</span>" in text(browser.get("/stock/"))
    act(browser, ten_vials, "free", reason="Clear after all")
    assert "Use it again" not in text(browser.get(f"/stock/lots/{ten_vials.pk}/"))


def test_vials_are_taken_off_and_sent_to_the_other_site(browser, ten_vials, nora):
    page = text(browser.get(f"/stock/lots/{ten_vials.pk}/"))
    assert "Send to another site" not in page
    there = open_site(name="Riverside", slug="riverside", npi="1245319599")
    nora.sites.add(there)
    assert act(browser, ten_vials, "off", kind="discarded", taken="1", reason="Broke").status_code == 302
    assert act(browser, ten_vials, "send", to=there.pk, taken="2").status_code == 302
    assert on_hand.lot_on_hand(ten_vials).vials == 7
    page = text(browser.get(f"/stock/lots/{ten_vials.pk}/"))
    assert "Thrown away" in page and "To Riverside." in page


def test_an_act_nobody_knows_or_a_lot_of_another_site_is_not_found(browser, vial, ten_vials, nora):
    assert act(browser, ten_vials, "eat").status_code == 404
    elsewhere = a_lot(vial, open_site(name="Riverside", slug="riverside", npi="1245319599"), by=nora)
    assert act(browser, elsewhere, "count", counted="10").status_code == 404
    assert not LotCount.objects.exists()


def test_a_recall_names_the_lots_and_leads_to_who_got_them(browser, vial, ten_vials):
    answer = browser.post("/stock/recall/", {"product": vial.pk, "number": "K1", "reason": "Glass"})
    page = text(answer)
    assert "Set aside, and nothing of it is given any more" in page
    assert f"/stock/lots/{ten_vials.pk}/who-got-it" in page
    assert SetAside.objects.get().kind == "recall"


def test_a_recall_of_an_unknown_number_keeps_what_was_typed(browser, vial, ten_vials):
    answer = browser.post("/stock/recall/", {"product": vial.pk, "number": "K9", "reason": "Glass"})
    assert answer.status_code == 422
    assert "No delivery of this product" in text(answer) and 'value="K9"' in text(answer)


def test_a_par_level_is_kept_and_shown_in_the_list(browser, vial):
    assert "none" in text(browser.get("/stock/products/"))
    assert browser.post(f"/stock/products/{vial.pk}/par/", {"least": "5", "full": "20"}).status_code == 302
    assert "5 to 20" in text(browser.get("/stock/products/"))
    refused = browser.post(f"/stock/products/{vial.pk}/par/", {"least": "30", "full": "20"})
    assert refused.status_code == 422 and "Full is not below the least" in text(refused)
    assert ParLevel.objects.get().least == 5


def test_an_unknown_barcode_asks_once_what_it_is_of_and_goes_on(browser, vial):
    code = "01003633230640201727063010K77"
    page = text(browser.post("/stock/receive/find/", {"code": code}, headers=HTMX))
    assert "What is this barcode of?" in page
    nothing = browser.post("/stock/receive/learn/", {"code": code}, headers=HTMX)
    assert nothing.status_code == 422 and "Choose the product." in text(nothing)
    page = text(browser.post("/stock/receive/learn/", {"code": code, "product": vial.pk}, headers=HTMX))
    assert "Put it on the shelf" in page and 'value="K77"' in page
    assert "What is this barcode of?" not in text(browser.post("/stock/receive/find/", {"code": code}))


def test_what_is_no_barcode_is_not_asked_about(browser, vial):
    page = text(browser.post("/stock/receive/find/", {"code": "hello"}))
    assert "What is this barcode of?" not in page


def test_a_fridge_is_added_read_and_stands_on_the_stock_page(browser):
    browser.post("/stock/fridges/new/", {"name": "Medicine", "low_c": "2", "high_c": "8"})
    fridge = Fridge.objects.get()
    assert "It wants a reading" in text(browser.get("/stock/"))
    warm = browser.post(f"/stock/fridges/{fridge.pk}/", {"celsius": "11.5"})
    assert warm.status_code == 422 and "outside 2.0 to 8.0 °C" in text(warm) and 'value="11.5"' in text(warm)
    browser.post(f"/stock/fridges/{fridge.pk}/", {"celsius": "11.5", "done_about": "Moved"})
    assert FridgeReading.objects.get().outside
    assert "11.5 °C" in text(browser.get("/stock/")) and "Moved" in text(browser.get("/stock/fridges/"))
    browser.post(f"/stock/fridges/{fridge.pk}/", {"celsius": "5"})
    assert "outside its span" not in text(browser.get("/stock/"))


def test_controlled_drugs_stand_apart_with_their_count(browser, nora, noah, site):
    product = a_product(
        Drug.objects.get(code="ketamine"),
        by=nora,
        ndc="42023-113-10",
        amount=Decimal(200),
        container="multi_dose",
    )
    lot = a_lot(product, site, by=nora, vials=4, number="KET1")
    assert "count due, by two people" in text(browser.get("/stock/"))
    assert act(browser, lot, "count", counted="800").status_code == 422
    assert act(browser, lot, "count", counted="800", witness=noah.pk).status_code == 302
    page = text(browser.get("/stock/"))
    assert "by Nora North, RN and Noah Nash, RN" in page and "count due" not in page


def test_the_stock_page_asks_as_often_for_many_lots_as_for_few(browser, vial, site, nora):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            browser.get("/stock/")
        return len(queries)

    for number in ("K1", "K2"):
        shelf.set_aside(lot=a_lot(vial, site, by=nora, number=number), reason="Warm", by=nora, at=NINE)
    asked()  # the first request of a session reads the person as well
    few = asked()
    for number in range(20):
        shelf.set_aside(lot=a_lot(vial, site, by=nora, number=f"L{number}"), reason="Warm", by=nora, at=NINE)
    assert asked() == few <= 10


def test_the_front_desk_keeps_no_stock(felix, ten_vials):
    with time_machine.travel(NINE, tick=False):
        desk = signed_in(felix)
        for address in ("/stock/recall/", "/stock/fridges/", f"/stock/lots/{ten_vials.pk}/"):
            assert desk.get(address).status_code == 403
        assert act(desk, ten_vials, "count", counted="10").status_code == 403
