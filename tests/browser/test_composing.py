"""Dana composes at the visit: from a regimen, one drug more, one less, minutes before her eyes, signed."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from infusion_center.shared import clock
from regimens.models import Order
from tests.browser.conftest import shot
from tests.browser.test_a_patients_day import settled
from tests.browser.test_every_page import RULES
from tests.people import enroll
from visits.models import Administration
from visits.services import booking

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def visit(site, chairs, nurses, felix, dana, reference):
    now = clock.now()
    start = now.replace(second=0, microsecond=0) + timedelta(minutes=10)
    return booking.book_visit(
        site=site,
        patient=enroll(by=felix, at=now),
        starts_at=start,
        minutes=90,
        load=3,
        reason="Migraine since Wednesday",
        must_leave_by=start + timedelta(minutes=92),
        by=felix,
        at=now,
    )


def test_dana_composes_from_a_regimen_adds_removes_and_signs(visit, open_page):
    page = open_page("dana")
    page.goto(f"/visits/{visit.key}/")
    page.get_by_role("link", name="Compose an order").click()
    page.get_by_role("button", name="Standard migraine cocktail").click()
    expect(page.locator(".chair-minutes")).to_contain_text("1 h 25")
    settled(page)
    page.get_by_role("button", name="Add a drug").click()
    page.get_by_label("Find by name or brand").fill("magne")
    expect(page.locator("button[value='add:ketorolac']")).to_be_hidden()
    shot(page, "compose-picker")
    page.get_by_role("button", name="magnesium sulfate").click()
    expect(page.get_by_label("Dose").nth(5)).to_be_focused()
    settled(page)
    expect(page.locator(".chair-minutes")).to_have_class("chair-minutes is-late")
    expect(page.locator("#compose-side")).to_contain_text("too long")
    shot(page, "compose-late")
    page.get_by_role("button", name="Remove dexamethasone").click()
    expect(page.get_by_label("Dose")).to_have_count(5)
    settled(page)
    what_is_typed_stays_while_the_verdict_is_asked(page)
    shot(page, "compose")
    assert AXE.run(page, options=RULES).response["violations"] == []
    page.get_by_role("button", name="Save and sign").click()
    page.get_by_text("Signed.").wait_for()
    order = Order.objects.get()
    assert (order.state, order.steps.count()) == ("signed", 5)
    assert Administration.objects.filter(visit=visit, state="ordered").count() == 5
    assert order.steps.get(drug__code="magnesium_sulfate").minutes == 20
    assert page.troubles == []


AXE = Axe()


def what_is_typed_stays_while_the_verdict_is_asked(page):
    """Minutes typed change the total; the cursor and a number half typed stay where they are."""
    before = page.locator(".chair-minutes").inner_text()
    page.get_by_label("Minutes").nth(4).fill("20")
    page.keyboard.press("Tab")
    page.keyboard.type("2")
    expect(page.locator(".chair-minutes")).not_to_have_text(before)
    settled(page)
    assert page.evaluate("document.activeElement.value").startswith("2")
    page.get_by_label("Dose").nth(4).fill("0")
    expect(page.locator("#said-4")).to_contain_text("more than zero")
    page.get_by_label("Dose").nth(4).fill("2000")
    expect(page.locator("#said-4")).not_to_contain_text("more than zero")
    page.get_by_label("Volume mL").nth(4).fill("100")
    settled(page)
