"""Dana says it across the room, Nora writes it down and reads it back; Dana signs when she sits down."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from infusion_center.shared import clock
from patients.services import history
from regimens.models import Order
from tests.browser.conftest import shot
from tests.browser.test_every_page import RULES
from tests.people import enroll
from tests.visits import scenes
from visits.services import booking, flow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = Axe()


@pytest.fixture
def visit(site, chairs, nurses, felix, dana):
    """Pia sits in chair 1, asked about everything, and nobody has ordered anything."""
    nora, now = nurses[0], clock.now()
    magnesium = scenes.drug("magnesium_sulfate", "magnesium sulfate")
    scenes.regimen((magnesium, 1000, "mg", "iv_infusion", 30, []), name="Magnesium alone")
    pia = enroll(by=felix, at=now)
    for what in ("allergies", "medications", "conditions"):
        history.answer_none(patient=pia, what=what, by=nora, at=now)
    start = now.replace(second=0, microsecond=0) + timedelta(minutes=5)
    visit = booking.book_visit(
        site=site, patient=pia, starts_at=start, minutes=90, load=3, reason="Migraine", by=felix, at=now
    )
    flow.check_in(visit=visit, by=felix, at=now)
    return flow.seat(visit=visit, chair=None, by=nora, at=now)


def test_a_spoken_order_is_read_back_begun_and_signed_off(visit, open_page):
    provider = open_page("dana")
    expect(provider.locator("#decisions")).to_contain_text("No order yet")
    nurse = open_page("nora", width=1180, height=820)
    nurse.goto(f"/visits/{visit.key}/")
    nurse.get_by_role("link", name="Write down a verbal order").click()
    nurse.get_by_label("Which provider").select_option(label="Dana Dorn, MD")
    nurse.get_by_label("What is given").select_option(label="Magnesium alone")
    nurse.get_by_label("What was said").fill("Magnesium one gram over thirty minutes")
    nurse.get_by_role("button", name="Write down and begin").click()
    expect(nurse.get_by_text("Read it back to the provider first")).to_be_visible()
    expect(nurse.get_by_label("What was said")).to_have_value("Magnesium one gram over thirty minutes")
    shot(nurse, "verbal-order")
    assert AXE.run(nurse, options=RULES).response["violations"] == []
    nurse.get_by_label("I have read it back").check()
    nurse.get_by_role("button", name="Write down and begin").click()
    expect(nurse.locator(".order-line")).to_contain_text("said by Dana Dorn")
    expect(nurse.get_by_role("link", name="Start magnesium sulfate")).to_be_visible()
    shot(nurse, "verbal-order-begun")
    expect(provider.locator("#decisions")).to_contain_text("Verbal order to sign", timeout=15000)
    shot(provider, "decide-now")
    assert AXE.run(provider, options=RULES).response["violations"] == []
    provider.get_by_role("button", name="Sign off").click()
    expect(provider.locator("#decisions")).to_contain_text("Nothing waits for you")
    order = Order.objects.get()
    assert (order.state, order.authority, order.signed_by.username) == ("signed", "verbal", "dana")
    assert provider.troubles == []
    # The refusal is an answer of 422 that the browser notes on its console.
    assert [line for line in nurse.troubles if "422" not in line] == []
