"""The front desk books a dose that is due by keyboard alone, and looks before a promised time is touched."""

from datetime import time, timedelta

import pytest

from infusion_center.shared import clock
from tests.browser.conftest import shot
from tests.browser.test_a_patients_day import settled
from tests.browser.test_every_page import violations
from tests.people import enroll
from tests.places import on_shift
from tests.visits import series_scenes
from tests.visits.series_scenes import dose
from visits.services import series

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DAY = timedelta(days=1)
OPENS, CLOSES = time(7), time(20)


@pytest.fixture
def running(site, chairs, felix, nora, pia):
    """Pia is due tomorrow, and Quinn the day after; Nora works all week."""
    today, now = site.day_of(clock.now()), clock.now()
    for ahead in range(1, 8):
        day = today + ahead * DAY
        span = {"starts": site.moment(day, OPENS), "ends": site.moment(day, CLOSES)}
        on_shift(nora, site, **span)
    recipe, _ = series_scenes.eptinezumab(by=nora, site=site)
    quinn = enroll(by=felix, given_name="Quinn")
    started = [
        series.start(
            patient=patient, site=site, regimen=recipe, first_due_on=today + n * DAY, by=felix, at=now
        )
        for n, patient in enumerate((pia, quinn), start=1)
    ]
    return started[0]


def test_felix_books_a_dose_that_is_due_by_keyboard_alone(running, open_page):
    page = open_page("felix")
    page.keyboard.press("Tab")  # out of the search box
    page.keyboard.press("g")
    page.keyboard.press("u")  # the due list
    page.wait_for_url("**/due/")
    page.get_by_role("link", name="Pell, Quinn").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")  # the first line: Pia
    page.get_by_role("heading", name="Dose 1 for Pia").wait_for()
    settled(page)
    page.keyboard.press("ArrowDown")  # from the first start to the second
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Booked").wait_for()
    settled(page)
    one = dose(running, 1)
    assert (one.state, one.visit.status, one.visit.kind) == ("confirmed", "booked", "scheduled")
    assert one.visit.day == one.due_on
    assert page.locator("#due-lines tr", has_text="Pia").get_by_text("booked", exact=True).is_visible()
    assert page.evaluate("document.activeElement.id") == "due-one-title"
    page.keyboard.press("ArrowDown")  # back to the list, and on to Quinn
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Dose 1 for Quinn").wait_for()
    assert page.troubles == []


def test_what_a_change_would_touch_is_shown_before_it_is_done(running, open_page):
    page = open_page("felix", width=1024, height=768)
    page.goto("/due/")
    page.get_by_role("link", name="Pell, Pia").click()
    page.locator("button[name=starts_at]").first.click()
    page.get_by_role("heading", name="Booked").wait_for()
    page.get_by_role("link", name="Another day or time").click()
    page.get_by_text("All that are still to come").click()
    later = dose(running, 1).due_on + 20 * DAY
    page.get_by_label("Day of this one").fill(later.isoformat())
    page.get_by_role("button", name="Change").click()
    page.get_by_text("outside its window").wait_for()
    settled(page)
    assert violations(page) == []
    shot(page, "due-list-look-first")
    assert dose(running, 1).due_on < later
    page.get_by_role("button", name="Agree and do it").click()
    page.get_by_role("heading", name="Changed").wait_for()
    assert page.locator("#due-lines tr", has_text="Pia").get_by_text("outside window").is_visible()
    one = dose(running, 1)
    assert (one.due_on, one.state, one.visit.status) == (later, "confirmed", "booked")
    page.get_by_role("link", name="All doses of this patient").click()
    page.get_by_role("heading", name="Eptinezumab, every 84 days").wait_for()
    page.get_by_role("link", name="Start a series").click()
    page.get_by_role("button", name="Start the series").wait_for()
    assert violations(page) == []
