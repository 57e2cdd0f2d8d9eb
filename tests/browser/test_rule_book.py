"""Phil the pharmacist adds an allergy group, a drug and a rule; Dana's next order is judged by them."""

import re
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from infusion_center.shared import clock
from patients.services import history
from regimens.models import Drug
from regimens.selectors.composing import PlannedStep
from regimens.services import ordering
from tests.browser.conftest import shot
from tests.browser.test_every_page import RULES
from tests.people import enroll

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = Axe()


@pytest.fixture
def patient(site, felix, nora, reference):
    now = clock.now()
    pia = enroll(by=felix, at=now)
    history.add_allergy(patient=pia, text="Sulfonamides", group="sulfonamide", by=nora, at=now)
    return pia


def test_what_the_pharmacist_adds_judges_the_next_order(patient, phil, dana, open_page):
    page = open_page("phil")
    an_allergy_group(page)
    a_drug(page)
    order = an_order_of("sulfatriptan", patient, by=dana)
    doctor = open_page("dana")
    doctor.goto(f"/orders/{order.key}/")
    doctor.get_by_role("button", name="Check now").click()
    expect(doctor.locator(".findings")).to_contain_text("sulfonamide", ignore_case=True)
    expect(doctor.locator(".findings")).not_to_contain_text("not on a Friday")
    a_rule_with_a_slip(page)
    doctor.get_by_role("button", name="Check again").click()
    expect(doctor.locator(".findings")).to_contain_text("not on a Friday")
    refused = [line for line in page.troubles if "422" in line]  # the slip, said by the browser
    assert len(refused) == 1 and page.troubles == refused and doctor.troubles == []


def an_allergy_group(page):
    page.get_by_role("link", name="Rule book").click()
    page.get_by_role("link", name=re.compile("Add.*allergy group")).click()
    page.get_by_label("Id").fill("sulfonamide")
    page.get_by_label("Label").fill("Sulfonamides")
    page.get_by_role("button", name="Save and review").click()
    page.get_by_text("It holds from now on").wait_for()


def a_drug(page):
    page.goto("/rule-book/new/drug/")
    page.get_by_label("Id", exact=False).first.fill("sulfatriptan")
    page.get_by_label("Name", exact=False).first.fill("sulfatriptan")
    page.get_by_label("Kind", exact=False).first.select_option("headache_core")
    page.locator("label", has_text="nsaid").first.click()
    page.locator("#id_allergy_groups label", has_text="Sulfonamides").click()
    page.locator("#id_adult_dose__unit").select_option("mg")
    line = page.get_by_role("group", name="Ways to give it, line 1")
    line.get_by_label("Method").select_option("iv_push")
    line.get_by_label("Minutes", exact=True).fill("2")
    page.get_by_role("button", name="Save and review").click()
    page.get_by_text("It holds from now on").wait_for()
    shot(page, "book-drug-new")


def a_rule_with_a_slip(page):
    page.goto("/rule-book/new/rule/")
    page.get_by_label("Id", exact=False).first.fill("sulfatriptan_day")
    page.get_by_label("Title").fill("Sulfatriptan and the day")
    page.get_by_label("Looks at").select_option("order_attribute")
    page.locator("#id_severity").select_option("warn")
    page.locator("#id_message").fill("not on a Friday")
    page.locator("#id_when").fill("agee_years > 3")
    page.locator("#id_left-0-value").select_option("drug:sulfatriptan")
    page.get_by_role("button", name="Save and review").click()
    expect(page.locator("#div_id_when")).to_contain_text("unknown name 'agee_years'")
    expect(page.locator("#id_when")).to_have_value("agee_years > 3")
    page.locator("#try").get_by_label("Example").wait_for()
    shot(page, "book-rule-slip")
    assert AXE.run(page, options=RULES).response["violations"] == []
    page.locator("#id_when").fill("age_years > 3")
    page.get_by_role("button", name="Try it").click()
    page.get_by_role("heading", name="As typed").wait_for()
    shot(page, "book-rule-tried")
    page.get_by_role("button", name="Save and review").click()
    page.get_by_text("It holds from now on").wait_for()


def an_order_of(code, patient, *, by):
    step = PlannedStep(
        drug=Drug.objects.get(code=code), dose=Decimal(10), unit="mg", method="iv_push", minutes=2
    )
    return ordering.compose_order(patient=patient, steps=[step], title="A trial", by=by, at=clock.now())
