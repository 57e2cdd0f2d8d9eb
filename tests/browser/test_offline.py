"""The line goes down beside a patient: what is written down waits on the tablet and arrives once."""

import json
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from infusion_center.shared import clock
from tests.browser.conftest import minutes_ago, shot
from tests.browser.test_a_patients_day import settled
from tests.browser.test_every_page import violations
from tests.people import PASSWORD, enroll
from visits.models import Draft, Score, Vitals
from visits.services import booking, discharge, flow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def seated(site, patient, nurse, felix):
    """In a chair; nothing is ordered."""
    start = minutes_ago(30)
    facts = {"minutes": 60, "load": 3, "reason": "Migraine"}
    visit = booking.book_visit(site=site, patient=patient, starts_at=start, **facts, by=felix, at=start)
    flow.check_in(visit=visit, by=felix, at=start)
    return flow.seat(visit=visit, chair=None, by=nurse, at=start)


@pytest.fixture
def visit(site, chairs, nurses, felix):
    return seated(site, enroll(by=felix, at=minutes_ago(30)), nurses[0], felix)


@pytest.fixture
def paul_sits(visit, site, nurses, paul, felix):
    return seated(site, paul, nurses[0], felix)


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


def type_pain_without_a_line(page):
    page.get_by_role("link", name="Pain").click()
    settled(page)
    page.context.set_offline(True)
    page.locator("form.entry label", has_text="7").click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#line li")).to_have_count(1)


def waiting(page):
    """What lies in the browser's storage."""
    return json.loads(page.evaluate("localStorage.getItem('center.waiting')") or "[]")


def sign_in(page, username):
    page.goto("/accounts/login/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/accounts/login" not in url)


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
    type_pain_without_a_line(page)
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
    sign_in(page, "noah")
    expect(page.locator("#line")).to_contain_text("What Nora wrote down here waits until they sign in")
    page.wait_for_timeout(1_000)
    assert Vitals.objects.count() == 0


def test_another_tab_signed_in_as_somebody_else_neither_sends_nor_loses_it(tablet):
    page = tablet
    page.get_by_role("link", name="Vitals").click()
    expect(page.get_by_label("Systolic")).to_be_focused()
    page.route("**/*", lambda route: route.abort())
    type_vitals(page)
    expect(page.locator("#line li")).to_have_count(1)
    other = page.context.new_page()
    page.context.clear_cookies()
    sign_in(other, "noah")
    page.unroute("**/*")
    expect(page.locator("#line")).to_contain_text("not sent", timeout=15_000)
    assert Vitals.objects.count() == 0
    assert "systolic=128" in waiting(page)[0]["body"]
    page.context.clear_cookies()
    page.close()
    sign_in(other, "nora")
    expect(other.locator("#line")).to_be_hidden(timeout=15_000)
    assert waiting(other) == []
    assert (Vitals.objects.get().systolic, Vitals.objects.get().recorded_by.username) == (128, "nora")


def test_a_refusal_whose_draft_could_not_be_kept_stays_on_the_device_until_it_is(tablet, visit, nora):
    page = tablet
    type_pain_without_a_line(page)
    discharge.left_early(visit=visit, reason="Went home", by=nora, at=clock.now())
    page.route("**/draft", lambda route: route.fulfill(status=503), times=1)
    with page.expect_request("**/draft", timeout=15_000):
        page.context.set_offline(False)
    page.wait_for_timeout(500)
    assert "pain=7" in waiting(page)[0]["body"]
    expect(page.locator("#line")).to_contain_text("not written", timeout=15_000)
    assert Draft.objects.get().typed["pain"] == ["7"]
    shot(page, "offline-refused-dark")
    assert violations(page) == []
    page.get_by_role("link", name="Open the chart").click()
    expect(page.get_by_text("Typed and not sent yet")).to_be_visible()


def test_an_entry_the_server_stumbles_over_does_not_hold_up_another_patient(paul_sits, visit, open_page):
    page = open_page("nora")
    page.goto("/chairs/")
    settled(page)
    page.context.set_offline(True)
    for name in ("Pell", "Prior"):
        card = page.locator(".chair-card", has_text=name)
        card.get_by_role("link", name="Pain").click()
        card.get_by_role("button", name="Pain").click()
        card.get_by_label("Pain now, 0 to 10").fill("6")
        card.get_by_role("button", name="Keep").click()
    page.locator(".chair-card", has_text="Pell").get_by_role("button", name="Vitals").click()
    type_vitals(page)
    expect(page.locator("#line li")).to_have_count(3)
    page.route(f"**/{visit.key}/pain", lambda route: route.fulfill(status=500))
    page.context.set_offline(False)
    expect(page.locator("#line li")).to_have_count(2, timeout=15_000)
    expect(page.locator("#line li").first).to_contain_text("The server has trouble with it")
    shot(page, "offline-stuck-light")
    assert violations(page) == []
    assert (Score.objects.get().visit, Vitals.objects.count()) == (paul_sits, 0)  # hers keep their order
    page.unroute(f"**/{visit.key}/pain")
    expect(page.locator("#line")).to_be_hidden(timeout=15_000)
    assert (Score.objects.filter(visit=visit).count(), Vitals.objects.count()) == (1, 1)


def test_a_session_that_ended_meanwhile_asks_for_the_password_and_then_sends(tablet):
    page = tablet
    type_pain_without_a_line(page)
    page.context.clear_cookies(name="sessionid")
    page.context.set_offline(False)
    expect(page.get_by_label("Password of Nora")).to_be_focused(timeout=15_000)
    assert (Score.objects.count(), len(waiting(page))) == (0, 1)
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#line")).to_be_hidden(timeout=15_000)
    assert Score.objects.get().recorded_by.username == "nora"


def test_a_line_that_only_falls_silent_is_no_line(tablet):
    page = tablet
    page.get_by_role("link", name="Vitals").click()
    expect(page.get_by_label("Systolic")).to_be_focused()
    page.route("**/*", lambda route: None)  # nothing refuses, nothing answers
    type_vitals(page)
    expect(page.locator("#line li")).to_have_count(1, timeout=20_000)
    page.unroute("**/*")
    expect(page.locator("#line")).to_be_hidden(timeout=20_000)
    assert Vitals.objects.count() == 1


def test_who_closes_the_page_with_entries_waiting_is_asked(tablet):
    page, asked = tablet, []
    type_pain_without_a_line(page)
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    with page.expect_event("dialog"):
        page.close(run_before_unload=True)
    page.context.set_offline(False)
    expect(page.locator("#line")).to_be_hidden(timeout=15_000)
    assert asked == ["beforeunload"]
