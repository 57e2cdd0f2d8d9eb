"""What visits know of the shelf: what to order, who got a lot, and whether the books agree."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from regimens.services import shelf
from tests.clock import MINUTE, NINE, TEN
from tests.people import enroll, signed_in
from tests.visits import scenes
from visits.models import LedgerCheck
from visits.selectors import needs
from visits.services import giving


@pytest.fixture
def browser(nora):
    with time_machine.travel(TEN, tick=False):
        yield signed_in(nora)


def text(answer):
    return " ".join(answer.content.decode().split())


def lines(site):
    return {line.reckoned.stocked.product.ndc: line for line in needs.to_order(site=site, at=NINE).lines}


def test_what_booked_visits_need_is_taken_off_what_is_there(in_chair, stock, site, nora):
    ketorolac = stock.products.ketorolac
    shelf.keep_at_least(site=site, product=ketorolac, least=10, full=25, by=nora, at=NINE)
    line = lines(site)[ketorolac.ndc]
    assert (line.doses, line.reckoned.needed, line.reckoned.left, line.reckoned.order) == (1, 30, 270, 16)


def test_what_has_been_given_is_needed_no_more(in_chair, ketorolac, stock, site, nora):
    giving.give_push(
        administration=ketorolac, lots=[stock.ketorolac], started_at=NINE, stopped_at=NINE, by=nora, at=NINE
    )
    line = lines(site)[stock.products.ketorolac.ndc]
    assert (line.doses, line.reckoned.needed, line.reckoned.left) == (0, 0, 270)


def test_a_booking_without_an_order_needs_what_its_recipe_says(
    site, chairs, nurses, stock, recipe, paul, felix
):
    scenes.booked(patient=paul, site=site, by=felix, regimen=recipe)
    assert lines(site)[stock.products.ketorolac.ndc].reckoned.needed == 30


def test_a_dose_by_weight_is_said_to_be_unknown(site, chairs, nurses, stock, recipe, paul, felix):
    recipe.steps.filter(drug=stock.products.ketorolac.drug).update(per_kg=True, unit="mg/kg")
    scenes.booked(patient=paul, site=site, by=felix, regimen=recipe)
    line = lines(site)[stock.products.ketorolac.ndc]
    assert (line.unknown, line.reckoned.needed) == (1, 0)


def test_a_patients_own_lot_serves_that_patient_only(in_chair, stock, site, pia, nora):
    product = stock.products.ketorolac
    scenes.lot(product, site=site, by=nora, number="PIAS", vials=1, source="white_bag", patient=pia)
    line = lines(site)[product.ndc]
    assert (line.reckoned.stocked.there, line.reckoned.needed) == (300, 0)


def test_what_is_set_aside_or_expired_is_not_there(in_chair, stock, site, nora):
    shelf.set_aside(lot=stock.ketorolac, reason="Warm", by=nora, at=NINE)
    line = lines(site)[stock.products.ketorolac.ndc]
    assert (line.reckoned.stocked.there, line.reckoned.short, line.reckoned.order) == (0, True, 1)


def test_a_booked_dose_of_a_drug_nobody_has_a_product_of_is_said(
    browser, site, chairs, nurses, stock, recipe, paul, felix
):
    recipe.steps.filter(drug=stock.products.ketorolac.drug).update(drug=scenes.drug("rare", "rare drug"))
    scenes.booked(patient=paul, site=site, by=felix, regimen=recipe)
    assert "1 booked dose of rare drug, and no product of it is in the list" in text(
        browser.get("/stock/to-order/")
    )


def test_the_page_says_what_is_short_first(browser, in_chair, stock, site, nora):
    shelf.set_aside(lot=stock.ketorolac, reason="Warm", by=nora, at=NINE)
    page = text(browser.get("/stock/to-order/"))
    assert page.index("ketorolac") < page.index("magnesium")
    assert "short" in page and "1 vial<" in page


def test_the_page_asks_as_often_for_many_visits_as_for_one(
    browser, in_chair, stock, site, recipe, felix, dana, nora
):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            browser.get("/stock/to-order/")
        return len(queries)

    def book(n):
        other = enroll(by=felix, given_name=f"Pat{n}", family_name="Other")
        starts_at = TEN + (n + 1) * 45 * MINUTE
        scenes.booked(patient=other, site=site, by=felix, regimen=recipe, starts_at=starts_at)

    book(0)
    asked()  # the first request of a session reads the person as well
    few = asked()
    for n in range(1, 6):
        book(n)
    assert asked() == few <= 10


def test_who_got_a_lot_is_listed_with_the_way_to_the_chart(browser, magnesium, stock, pia, nora):
    giving.start(administration=magnesium, lots=[stock.magnesium_big], started_at=NINE, by=nora, at=NINE)
    page = text(browser.get(f"/stock/lots/{stock.magnesium_big.pk}/who-got-it"))
    assert pia.family_name in page and "2000 mg" in page and f"/visits/{magnesium.visit.key}/" in page
    assert "Nobody got anything of it" in text(browser.get(f"/stock/lots/{stock.saline.pk}/who-got-it"))


def test_a_dose_entered_in_error_was_not_got(browser, magnesium, stock, pia, nora):
    giving.start(administration=magnesium, lots=[stock.magnesium_big], started_at=NINE, by=nora, at=NINE)
    giving.enter_in_error(administration=magnesium, reason="Wrong line", by=nora, at=NINE)
    page = text(browser.get(f"/stock/lots/{stock.magnesium_big.pk}/who-got-it"))
    assert "Nobody got anything of it" in page


def test_the_books_are_looked_at_again_on_request(browser, magnesium, stock, nora):
    assert "Nobody has looked yet" in text(browser.get("/stock/check/"))
    giving.start(administration=magnesium, lots=[stock.magnesium_big], started_at=NINE, by=nora, at=NINE)
    assert browser.post("/stock/check/").status_code == 302
    assert "No difference" in text(browser.get("/stock/check/"))
    LedgerCheck.objects.update(differences=["Dose 7 from lot L1: wrong."])
    page = text(browser.get("/stock/check/"))
    assert "1 row without a true partner" in page and "Dose 7 from lot L1: wrong." in page


def test_the_biller_keeps_no_stock_and_the_front_desk_may_read_who_got_a_lot(felix, bea, stock):
    with time_machine.travel(TEN, tick=False):
        assert signed_in(bea).get("/stock/to-order/").status_code == 403
        desk = signed_in(felix)
        assert desk.post("/stock/check/").status_code == 403
        assert desk.get(f"/stock/lots/{stock.saline.pk}/who-got-it").status_code == 200
