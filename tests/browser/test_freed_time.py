"""Felix at the desk, by keyboard alone: a visit is cancelled, and the time goes to who waits for it."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from infusion_center.shared import clock
from tests.browser.conftest import shot, today_at
from tests.people import enroll
from visits.models import FreedTime, Visit, Waiting
from visits.services import booking, waitlist

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def waiting(site, chairs, nurses, felix, pia, paul):
    """Paul has the one bed from two to half past three; Pia waits for it and must leave by four."""
    starts_at, now = today_at(site, 14), clock.now()
    booking.book_visit(
        site=site, patient=paul, starts_at=starts_at, minutes=90, load=3, chair_kind="bed", by=felix, at=now
    )
    morning = enroll(by=felix, given_name="Mona", family_name="Moth")
    booking.book_visit(
        site=site, patient=morning, starts_at=today_at(site, 12), minutes=105, load=3, chair_kind="bed",
        by=felix, at=now,
    )  # fmt: skip
    return waitlist.join(
        site=site, day=site.day_of(now), patient=pia, minutes=90, load=3, chair_kind="bed",
        earliest_at=starts_at, must_leave_by=starts_at + timedelta(hours=2), travel_minutes=20,
        by=felix, at=now,
    )  # fmt: skip


def press_until(page, target, *, most=90):
    """Tab until this has the focus, then Enter: a mouse is not needed."""
    expect(target).to_be_visible()
    for _ in range(most):
        if target.evaluate("node => node === document.activeElement"):
            return page.keyboard.press("Enter")
        page.keyboard.press("Tab")
    raise AssertionError("not to be reached by Tab")


def settled(page):
    expect(page.locator(".htmx-request")).to_have_count(0)


def violations(page):
    rules = {
        "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
    }
    return [one["id"] for one in Axe().run(page, options=rules).response["violations"]]


def test_a_cancelled_visit_is_offered_and_booked_by_keyboard(waiting, site, open_page):
    page = open_page("felix")
    page.get_by_role("link", name="Today").click()
    expect(page.get_by_text("when a bed is free")).to_be_visible()
    press_until(page, page.locator("button.cell", has_text="Paul Prior"))
    expect(page.locator("#visit-title")).to_be_focused()
    press_until(page, page.locator("summary", has_text="Cancel this visit"))
    page.keyboard.press("Tab")
    page.keyboard.type("Feels better")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="14:00 to 15:30 is free")).to_be_visible()
    expect(page.locator("#announce")).to_contain_text("14:00 to 15:30 is free")
    assert violations(page) == []
    shot(page, "freed-time")
    settled(page)
    press_until(page, page.get_by_role("button", name="Offer 14:00 to Pell, Pia"))
    takes_it = page.get_by_role("button", name="Takes it: book")
    expect(takes_it).to_be_focused()
    assert Visit.objects.get(patient=waiting.patient).status == "held"
    shot(page, "freed-time-offered")
    page.keyboard.press("Enter")
    expect(page.locator("#calls-title")).to_be_focused()
    expect(page.locator("#announce")).to_have_text("Booked")
    assert Visit.objects.get(patient=waiting.patient).status == "booked"
    assert FreedTime.objects.get().state == "taken"
    assert Waiting.objects.get().state == "booked"
    assert page.troubles == []
