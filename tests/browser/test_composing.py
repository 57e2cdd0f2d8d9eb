"""Dana composes at the visit: from a regimen, one drug more, one less, minutes before her eyes, signed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from infusion_center.accounts.permissions import Role
from infusion_center.shared import clock
from patients.services import history
from regimens.models import Check, Order, Regimen
from regimens.services import ordering
from tests.browser.answering import answer_findings
from tests.browser.conftest import shot
from tests.browser.test_a_patients_day import settled
from tests.browser.test_every_page import RULES
from tests.people import enroll, member_of_staff
from visits.models import Administration
from visits.services import booking, orders

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def visit(site, chairs, nurses, felix, dana, reference):
    now = clock.now()
    start = now.replace(second=0, microsecond=0) + timedelta(minutes=10)
    meg = enroll(by=felix, at=now)
    for what in ("allergies", "medications", "conditions"):
        history.answer_none(patient=meg, what=what, by=felix, at=now)
    history.answer_pregnancy(patient=meg, status="not_possible", by=felix, at=now)
    history.measure(
        patient=meg, kind="weight", value=Decimal(60), unit="kg", measured_at=now, by=felix, at=now
    )
    return booking.book_visit(
        site=site,
        patient=meg,
        starts_at=start,
        minutes=90,
        load=3,
        reason="Migraine since Wednesday",
        must_leave_by=start + timedelta(minutes=92),
        has_driver="yes",
        driver_name="Sam",
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
    looks_right(page)
    page.get_by_role("button", name="Save and sign").click()
    page.get_by_text("Not signed:").wait_for()
    answer_findings(page)
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_role("button", name="Sign", exact=True)).to_have_count(0)
    order = Order.objects.get()
    assert (order.state, order.steps.count()) == ("signed", 5)
    assert Administration.objects.filter(visit=visit, state="ordered").count() == 5
    assert order.steps.get(drug__code="magnesium_sulfate").minutes == 20
    assert page.troubles == []


def test_findings_are_answered_in_place_and_the_pharmacist_reads_the_reason(visit, open_page, dana, site):
    member_of_staff("phil", Role.PHARMACIST, site=site, first_name="Phil", last_name="Farm")
    recipe = Regimen.objects.get(code="standard_migraine_cocktail")
    now = clock.now()
    order = ordering.order_from_regimen(patient=visit.patient, regimen=recipe, by=dana, at=now)
    orders.give_here(visit=visit, order=order, by=dana, at=now)
    facts = {"order": order, "moment": "order", "because": "Saved", "checked_at": now}
    Check.objects.create(**facts, verdict="override_reason", findings=FINDINGS)
    page = open_page("dana")
    page.goto(f"/visits/{visit.key}/")
    expect(page.get_by_role("button", name="Sign", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("Acknowledged (Dana Dorn, MD")).to_be_visible()
    page.get_by_label("Reason to go on").fill("One dose, PPI given")
    page.get_by_role("button", name="Go on for this reason").click()
    expect(page.get_by_role("button", name="Sign", exact=True)).to_be_enabled()
    looks_right(page)
    page.goto(f"/orders/{order.key}/")
    looks_right(page)
    phil = open_page("phil")
    expect(phil.get_by_text("One dose, PPI given")).to_be_visible()
    looks_right(phil)
    phil.get_by_role("button", name="Reviewed").click()
    phil.get_by_text("Every reason has been reviewed.").wait_for()
    assert page.troubles == phil.troubles == []


AXE = Axe()
FINDINGS = [
    {
        "rule": "a",
        "severity": "override_reason",
        "drug": "ketorolac",
        "message": "More bleeding.",
        "fix": "-",
    },
    {"rule": "b", "severity": "warn", "drug": "prochlorperazine", "message": "Two sedating drugs."},
    {"rule": "c", "severity": "info", "drug": None, "message": "Ask how they get home."},
]


def looks_right(page):
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert AXE.run(page, options=RULES).response["violations"] == []


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
