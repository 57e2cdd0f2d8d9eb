"""Nora types: the tab is closed, the session ends. It is all there, and there once."""

import pytest
from playwright.sync_api import expect

from infusion_center.accounts.models import Session
from tests.browser.conftest import minutes_ago, shot
from tests.browser.test_the_note import axe, settled
from tests.people import PASSWORD, enroll
from visits.models import Draft, Reaction
from visits.services import booking, flow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def visit(site, chairs, nurses, felix):
    """Pia sits; nothing is ordered."""
    start = minutes_ago(30)
    pia = enroll(by=felix, at=start)
    facts = {"minutes": 60, "load": 3, "reason": "Migraine"}
    visit = booking.book_visit(site=site, patient=pia, starts_at=start, **facts, by=felix, at=start)
    flow.check_in(visit=visit, by=felix, at=start)
    flow.seat(visit=visit, chair=None, by=nurses[0], at=start)
    return visit


def test_typed_once_and_never_lost(visit, open_page):
    page = open_page("nora", width=1024, height=768, scheme="dark")
    the_tab_is_closed(page, visit)
    page = page.context.pages[-1]
    the_session_ends(page, visit)


def the_tab_is_closed(page, visit):
    page.goto(f"/visits/{visit.key}/")
    page.get_by_role("link", name="Reaction").first.click()
    page.get_by_label("In words").fill("Red arms")
    expect(page.locator("[data-kept]")).to_contain_text("Kept", timeout=10_000)
    page.get_by_label("In words").fill("Red arms, itching")
    context = page.context
    page.close()
    page = context.new_page()
    page.goto("/chairs/")
    page.get_by_role("link", name="Reaction", exact=True).first.click()
    page.wait_for_url("**/reactions")
    expect(page.get_by_label("In words")).to_have_value("Red arms, itching")
    assert axe(page) == []
    shot(page, "draft-put-back")


def the_session_ends(page, visit):
    """The password is asked for on the page, and the page goes on."""
    Session.objects.all().delete()
    page.get_by_label("In words").fill("Red arms, itching, no wheeze")
    dialog = page.get_by_role("dialog", name="Locked")
    expect(dialog).to_be_visible(timeout=10_000)
    page.get_by_label("Password of").fill("not it")
    page.keyboard.press("Enter")
    expect(page.locator("#lock-problem")).to_have_text("That is not the password.")
    page.get_by_label("Password of").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_label("In words")).to_have_value("Red arms, itching, no wheeze")
    for choice in ("Rash", "Mild", "Not clear"):
        page.locator("label.btn", has_text=choice).first.click()
    page.get_by_role("button", name="Save", exact=True).click()
    settled(page)
    row = Reaction.objects.get()
    assert (row.words, row.recorded_by.username) == ("Red arms, itching, no wheeze", "nora")
    assert not Draft.objects.exists()
