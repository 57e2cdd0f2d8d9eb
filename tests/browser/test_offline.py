"""The line goes down beside a patient: what is written down waits on the tablet and arrives once."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from infusion_center.shared import clock
from tests.browser.conftest import minutes_ago, shot
from tests.browser.test_a_patients_day import settled
from tests.browser.test_every_page import violations
from tests.people import enroll
from visits.models import Draft, Score, Vitals
from visits.services import booking, discharge, flow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def visit(site, chairs, nurses, felix):
    """Pia sits; nothing is ordered."""
    start = minutes_ago(30)
    pia = enroll(by=felix, at=start)
    facts = {"minutes": 60, "load": 3, "reason": "Migraine"}
    visit = booking.book_visit(site=site, patient=pia, starts_at=start, **facts, by=felix, at=start)
    flow.check_in(visit=visit, by=felix, at=start)
    return flow.seat(visit=visit, chair=None, by=nurses[0], at=start)


@pytest.fixture
def tablet(visit, open_page):
    page = open_page("nora", width=1024, height=768, scheme="dark", touch=True)
    page.goto("/chairs/")
    settled(page)
    return page


def down(page):
    page.context.set_offline(True)
    expect(page.locator("#line")).to_contain_text("No connection since", timeout=10_000)


def up(page):
    page.context.set_offline(False)
    expect(page.locator("#line")).to_be_hidden(timeout=15_000)


def type_vitals(page):
    for number in ("128", "78", "72", "14", "98", "36.8"):
        page.keyboard.type(number)
        page.keyboard.press("Enter")


def test_what_is_written_down_without_a_line_arrives_once_with_the_time_of_the_tap(tablet):
    page = tablet
    down(page)
    page.get_by_role("link", name="Vitals").click()
    page.get_by_role("button", name="Vitals").click()
    type_vitals(page)
    expect(page.get_by_role("status").first).to_contain_text("Vitals, Pell, Pia")
    page.get_by_role("button", name="Pain").click()
    page.get_by_label("Pain now, 0 to 10").fill("7")
    page.get_by_role("button", name="Keep").click()
    expect(page.locator("#line li")).to_have_count(2)
    shot(page, "offline")
    assert violations(page) == []
    tapped = clock.now()
    page.wait_for_timeout(3_000)
    assert Vitals.objects.count() + Score.objects.count() == 0
    up(page)
    vitals, score = Vitals.objects.get(), Score.objects.get()
    assert (vitals.systolic, vitals.spo2, score.pain, score.moment) == (128, 98, 7, "baseline")
    for moment in (vitals.taken_at, score.scored_at):
        assert tapped - timedelta(seconds=20) < moment < tapped + timedelta(seconds=1)
    assert vitals.recorded_at > tapped + timedelta(seconds=2)
    expect(page.locator(".chair-card")).to_contain_text("128/78", timeout=10_000)


def test_an_answer_that_got_lost_is_no_second_entry(tablet):
    page = tablet
    page.get_by_role("link", name="Vitals").click()
    expect(page.get_by_label("Systolic")).to_be_focused()

    def reaches_the_server_only(route):
        route.fetch()
        route.abort()

    page.route("**/vitals", reaches_the_server_only, times=1)
    with page.expect_response(lambda answer: "/vitals" in answer.url and answer.ok, timeout=15_000) as again:
        type_vitals(page)
    assert "once" in again.value.text()  # it says that it was written down before
    expect(page.locator("#line")).to_be_hidden(timeout=15_000)
    assert Vitals.objects.count() == 1
    assert page.evaluate("localStorage.getItem('center.waiting')") is None


def test_what_is_refused_later_is_kept_and_said(tablet, visit, nora):
    page = tablet
    page.get_by_role("link", name="Pain").click()
    settled(page)
    page.context.set_offline(True)
    page.locator("form.entry label", has_text="7").click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#line li")).to_have_count(1)
    discharge.left_early(visit=visit, reason="Went home", by=nora, at=clock.now())
    page.context.set_offline(False)
    expect(page.locator("#line")).to_contain_text("not written", timeout=15_000)
    expect(page.locator("#line")).to_contain_text("left before done")
    assert Score.objects.count() == 0
    assert Draft.objects.get().typed["pain"] == ["7"]
    page.get_by_role("button", name="OK").click()
    expect(page.locator("#line")).to_be_hidden()


def test_what_one_person_wrote_down_is_not_sent_by_the_next(tablet, open_page):
    page = tablet
    page.get_by_role("link", name="Vitals").click()
    expect(page.get_by_label("Systolic")).to_be_focused()
    page.context.set_offline(True)
    type_vitals(page)
    expect(page.locator("#line li")).to_have_count(1)
    page.context.clear_cookies()
    page.context.set_offline(False)
    page.goto("/accounts/login/")
    page.get_by_label("Username").fill("noah")
    page.get_by_label("Password").fill("a-long-enough-password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#line")).to_contain_text("What Nora wrote down here waits until they sign in")
    page.wait_for_timeout(1_000)
    assert Vitals.objects.count() == 0
