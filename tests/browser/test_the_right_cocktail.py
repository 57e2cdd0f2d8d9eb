"""A block met and fixed, a finding gone on with for a reason, a triptan told at check-in: as three people."""

from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from infusion_center.shared import clock
from patients.services import history, results
from regimens.models import Order
from tests.browser.answering import answer_findings
from tests.browser.conftest import shot
from tests.browser.test_a_patients_day import choose, settled
from tests.people import enroll
from visits.models import Administration
from visits.services import booking
from visits.states import Given

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def paul(site, felix, reference):
    """A man of 36 with Raynaud, otherwise well; asked about everything, ECG and kidneys known."""
    now = clock.now()
    paul = enroll(by=felix, at=now, given_name="Paul", family_name="Prior", sex_at_birth="male")
    for what in ("allergies", "medications"):
        history.answer_none(patient=paul, what=what, by=felix, at=now)
    history.add_condition(patient=paul, text="Raynaud", tag="raynaud", by=felix, at=now)
    history.measure(
        patient=paul, kind="weight", value=Decimal(80), unit="kg", measured_at=now, by=felix, at=now
    )
    for kind, number, method in (("ecg", 415, "twelve_lead"), ("clearance", 95, "lab_report")):
        facts = {"kind": kind, "number": Decimal(number), "method": method, "taken_at": now}
        results.record(patient=paul, **facts, by=felix, at=now)
    return paul


@pytest.fixture
def visit(paul, site, chairs, nurses, felix, dana):
    now = clock.now()
    return booking.book_visit(
        site=site,
        patient=paul,
        starts_at=now.replace(second=0, microsecond=0) + timedelta(minutes=5),
        minutes=180,
        load=4,
        reason="Migraine for three days",
        has_driver="yes",
        driver_name="Sam",
        by=felix,
        at=now,
    )


def add(page, code):
    page.get_by_role("button", name="Add a drug").click()
    page.locator(f"button[value='add:{code}']").click()
    settled(page)


def test_compose_meet_a_block_fix_it_give_a_reason_and_sign_then_a_triptan(visit, open_page):
    dana = open_page("dana")
    dana.goto(f"/visits/{visit.key}/compose/")
    add(dana, "metoclopramide")
    add(dana, "prochlorperazine")
    side = dana.locator("#compose-side")
    expect(side).to_contain_text("block")
    shot(dana, "cocktail-block")
    dana.get_by_role("button", name="Remove prochlorperazine").click()
    expect(side).not_to_contain_text("1 block")
    add(dana, "dihydroergotamine")
    expect(dana.locator("#compose-form")).to_contain_text("aynaud")
    shot(dana, "cocktail-reason")
    dana.get_by_role("button", name="Save and sign").click()
    expect(dana.get_by_label("Reason to go on")).to_be_visible()
    assert Order.objects.get().state == "draft"
    answer_findings(dana, "Mild, hands warm today")
    dana.get_by_role("button", name="Sign", exact=True).click()
    expect(dana.get_by_role("button", name="Sign", exact=True)).to_have_count(0)
    assert Order.objects.get().state == "signed"

    felix = open_page("felix")
    felix.goto("/today/")
    felix.locator(f"[hx-get*='{visit.key}']").first.click()
    felix.get_by_role("button", name="Check in").click()
    felix.get_by_role("link", name="Ask the questions").click()
    settled(felix)
    choose(felix, "Today", "When did you last take a triptan")
    felix.get_by_label("About what time?").first.fill("06:30")
    felix.get_by_label("Which one?").first.fill("sumatriptan 100 mg")
    felix.get_by_role("button", name="Save what was asked").click()
    settled(felix)

    nora = open_page("nora", width=1180, height=820)
    nora.goto("/chairs/?who=all")
    nora.get_by_role("button", name="Seat in").click()
    expect(nora.get_by_text("Before the next drug")).to_be_visible()
    shot(nora, "cocktail-card")
    nora.goto(f"/visits/{visit.key}/")
    expect(nora.get_by_text("Mild, hands warm today").first).to_be_visible()
    line = Administration.objects.get(drug__code="dihydroergotamine")
    nora.goto(f"/visits/{visit.key}/administrations/{line.key}/start")
    expect(nora.get_by_text("sumatriptan 100 mg taken").first).to_be_visible()
    shot(nora, "cocktail-triptan")
    nora.get_by_role("button", name="Start now").click()
    expect(nora.get_by_role("alert").first).to_contain_text("24 hours must pass")
    line.refresh_from_db()
    assert line.state == Given.ORDERED
