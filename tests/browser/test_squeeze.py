"""No start fits, somebody can come a little later: the desk sees whom to call, and both are seen."""

import pytest

from infusion_center.shared import clock
from tests.browser.conftest import shot, today_at
from tests.browser.test_a_patients_day import settled
from tests.browser.test_every_page import violations
from tests.people import enroll
from visits.services import booking

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def paul(site, chairs, nurses, felix):
    """He has the only bed from one o'clock."""
    now = clock.now()
    enroll(by=felix, at=now, given_name="Pia", family_name="Pell")
    paul = enroll(by=felix, at=now, given_name="Paul", family_name="Park")
    facts = {"patient": paul, "starts_at": today_at(site, 13), "minutes": 60, "load": 3, "chair_kind": "bed"}
    return booking.book_visit(site=site, **facts, by=felix, at=now)


@pytest.mark.parametrize(("scheme", "width", "height"), [("light", 1280, 800), ("dark", 1024, 768)])
def test_a_clerk_makes_room_by_calling_one_patient(paul, site, open_page, scheme, width, height):
    page = open_page("felix", scheme=scheme, width=width, height=height)
    page.get_by_role("link", name="Today").click()
    page.get_by_role("searchbox", name="Book a visit").fill("Pell")
    page.locator("#found button", has_text="Pia").click()
    page.get_by_role("heading", name="Book Pia").wait_for()
    ask_for_two_hours_before_two(page)
    page.get_by_text("No start fits that day.").wait_for()
    shot(page, f"squeeze-offered-{scheme}")
    page.get_by_role("button", name="Squeeze in").click()
    page.get_by_role("heading", name="11:30 is possible if these agree").wait_for()
    settled(page)
    shot(page, f"squeeze-possible-{scheme}")
    assert violations(page) == []
    page.get_by_role("button", name="All agreed: move them and book 11:30").click()
    page.get_by_role("heading", name="Booked").wait_for()
    settled(page)
    shot(page, f"squeeze-booked-{scheme}")
    paul.refresh_from_db()
    assert paul.starts_at == today_at(site, 13, 45)
    assert page.troubles == []


def ask_for_two_hours_before_two(page):
    form = page.locator("#book")
    form.get_by_label("For", exact=True).select_option(value="undecided")
    settled(page)
    form.get_by_label("Place", exact=True).select_option(label="Bed")
    settled(page)
    form.locator("summary", has_text="Times, reason, driver").click()
    for label, wall in (("Here from", "11:30"), ("Leave by", "14:00")):
        form.get_by_label(label).fill(wall)
        form.get_by_label(label).press("Tab")
        settled(page)
