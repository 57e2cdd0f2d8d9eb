"""Who taps while a board refreshes itself gets what they tapped, and nobody is shown an older state.

The answers are held back on their way to the browser, so that they arrive in the order that hurts.
"""

import re
import time
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from infusion_center.shared import clock
from tests.browser.test_a_patients_day import settled
from tests.people import enroll
from tests.visits import scenes
from visits.services import booking, charting, flow, giving

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BOARD = re.compile(r"/today/board\b")
CARDS = re.compile(r"/chairs/cards\b")
STOP = re.compile(r"/stop$")


@pytest.fixture
def running(site, chairs, nurses, felix, dana):
    """Pia's magnesium runs, in Nora's care."""
    nora, now = nurses[0], clock.now()
    magnesium = scenes.drug("magnesium_sulfate", "magnesium sulfate")
    product = scenes.product(magnesium, by=nora, amount=1000, ndc="63323-064-02")
    lot = scenes.lot(product, site=site, by=nora, number="L1", expires_on=site.day_of(now) + timedelta(300))
    recipe = scenes.regimen((magnesium, 1000, "mg", "iv_infusion", 30, []))
    pia = enroll(by=felix, at=now)
    order = scenes.signed_order(patient=pia, recipe=recipe, by=dana)
    visit = booking.book_visit(
        site=site, patient=pia, starts_at=now, minutes=90, load=3, orders=[order], by=felix, at=now
    )
    flow.check_in(visit=visit, by=felix, at=now)
    visit = flow.seat(visit=visit, chair=None, by=nora, at=now)
    line = visit.administrations.select_related("visit", "drug").get()
    return giving.start(administration=line, lots=[lot], started_at=clock.now(), by=nora, at=clock.now())


@pytest.fixture
def nora_page(running, open_page):
    page = open_page("nora", width=1180, height=820)
    page.get_by_role("link", name="Stop magnesium sulfate").wait_for()
    return page


class OnTheWay:
    """Answers the browser has asked for and does not have."""

    def __init__(self, page, address):
        self.page, self.routes = page, []
        page.route(address, lambda route: self.routes.append(route))

    def wait(self, *, seconds=10):
        """Until the page has asked; what it asks is answered as things are now."""
        deadline = time.monotonic() + seconds
        while not self.routes:
            assert time.monotonic() < deadline, "the page did not ask"
            self.page.wait_for_timeout(20)
        route = self.routes.pop(0)
        # Without the version that the page shows, the server always answers with the whole.
        self.route, self.answer = route, route.fetch(url=re.sub(r"\?v=[^&]*", "", route.request.url))

    def arrive(self):
        with self.page.expect_event("requestfinished", lambda request: request == self.route.request):
            self.route.fulfill(response=self.answer)


def test_a_tap_before_the_refresh_arrives_opens_its_form(nora_page):
    refresh, stop = OnTheWay(nora_page, CARDS), OnTheWay(nora_page, STOP)
    refresh.wait()
    nora_page.get_by_role("link", name="Stop magnesium sulfate").click()
    stop.wait()
    refresh.arrive()
    stop.arrive()
    expect(nora_page.get_by_role("button", name="Stop now")).to_be_visible()


def test_a_refresh_asked_after_the_tap_waits_as_well(nora_page):
    refresh, stop = OnTheWay(nora_page, CARDS), OnTheWay(nora_page, STOP)
    nora_page.get_by_role("link", name="Stop magnesium sulfate").click()
    stop.wait()
    refresh.wait()
    refresh.arrive()
    stop.arrive()
    expect(nora_page.get_by_role("button", name="Stop now")).to_be_visible()


def test_a_refresh_from_before_the_act_does_not_bring_the_old_state_back(nora_page):
    refresh = OnTheWay(nora_page, CARDS)
    refresh.wait()
    nora_page.get_by_role("link", name="Stop magnesium sulfate").click()
    nora_page.get_by_role("button", name="Stop now").click()
    nora_page.get_by_role("button", name="Stop now").wait_for(state="detached")
    refresh.arrive()
    settled(nora_page)
    expect(nora_page.get_by_role("link", name="Stop magnesium sulfate")).to_have_count(0)


def test_a_refresh_under_a_finger_does_not_swallow_the_tap(nora_page):
    refresh = OnTheWay(nora_page, CARDS)
    refresh.wait()
    nora_page.get_by_role("link", name="Stop magnesium sulfate").hover()
    nora_page.mouse.down()
    refresh.arrive()
    settled(nora_page)
    nora_page.mouse.up()
    expect(nora_page.get_by_role("button", name="Stop now")).to_be_visible()


@pytest.mark.parametrize("name", ["Stop magnesium sulfate", "Vitals", "Pell, Pia"])
def test_a_refresh_leaves_the_focus_where_it_is_and_shows_what_others_did(nora_page, running, nurses, name):
    refresh = OnTheWay(nora_page, CARDS)
    nora_page.get_by_role("link", name=name).focus()
    charting.record_vitals(
        visit=running.visit, taken_at=clock.now(), by=nurses[1], at=clock.now(), systolic=131, diastolic=77
    )
    refresh.wait()
    refresh.arrive()
    nora_page.get_by_text("131/77").wait_for()
    expect(nora_page.get_by_role("link", name=name)).to_be_focused()


def test_the_board_shows_an_act_though_an_older_answer_arrives_after_it(open_page, running, paul, felix):
    """The refresh that the act asks for waits behind the older one, and is newer than the act."""
    soon = clock.now() + timedelta(minutes=60)
    booking.book_visit(
        site=running.visit.site, patient=paul, starts_at=soon, minutes=60, load=3, by=felix, at=clock.now()
    )
    page = open_page("felix")
    refresh = OnTheWay(page, BOARD)
    refresh.wait()
    page.get_by_role("button", name=re.compile("Paul")).click()
    page.get_by_role("button", name="Check in").click()
    page.locator("#side").get_by_text("Arrived").first.wait_for()
    refresh.arrive()
    refresh.wait(seconds=3)  # not only five seconds after the older one
    refresh.arrive()
    expect(page.locator("#board .cell-arrived")).to_have_count(1)
