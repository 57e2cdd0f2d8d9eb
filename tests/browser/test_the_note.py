"""Nora types, closes the tab and finds it again; Dana reads and signs; what comes later stands beside."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from infusion_center.shared import clock
from tests.browser.conftest import minutes_ago, shot
from tests.browser.test_every_page import RULES
from tests.people import enroll
from tests.visits import scenes
from visits.models import Note, Visit
from visits.services import booking, charting, discharge, flow, giving

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = Axe()


@pytest.fixture
def visit(site, chairs, nurses, felix, dana):
    """Pia has had magnesium and is on her way home."""
    nora, start = nurses[0], minutes_ago(60)
    magnesium = scenes.drug("magnesium_sulfate", "magnesium sulfate")
    recipe = scenes.regimen((magnesium, 1000, "mg", "iv_infusion", 30, []), name="Magnesium alone")
    vial = scenes.product(magnesium, by=nora, amount=1000, ndc="63323-064-02")
    lot = scenes.lot(vial, site=site, by=nora, number="L1", expires_on=clock.now().date().replace(year=2035))
    pia = enroll(by=felix, at=start)
    order = scenes.signed_order(patient=pia, recipe=recipe, by=dana, at=start)
    facts = {"minutes": 60, "load": 3, "orders": [order], "reason": "Migraine"}
    visit = booking.book_visit(site=site, patient=pia, starts_at=start, **facts, by=felix, at=start)
    flow.check_in(visit=visit, by=felix, at=start)
    flow.seat(visit=visit, chair=None, by=nora, at=start)
    line = visit.administrations.get()
    begun, stopped = minutes_ago(50), minutes_ago(20)
    giving.start(administration=line, lots=[lot], started_at=begun, pain=8, by=nora, at=begun)
    giving.stop(administration=line, stopped_at=stopped, pain=3, by=nora, at=stopped)
    charting.record_vitals(visit=visit, taken_at=stopped, pulse=72, by=nora, at=stopped)
    home = {"pain": 2, "back_to_activity": "yes", "left_with": "Sam", "iv_out": "yes"}
    discharge.discharge(visit=visit, **home, by=nora, at=minutes_ago(10))
    return visit


def settled(page):
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)


def axe(page):
    found = AXE.run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {[node['target'] for node in one['nodes'][:3]]}" for one in found]


def test_typed_kept_signed_locked_and_added_to(visit, open_page):
    nora_types(open_page("nora", width=1024, height=768, scheme="dark"), visit)
    dana = open_page("dana")
    dana_signs(dana, visit)
    nothing_more_is_charted(open_page("nora", width=1024, height=768), visit)
    something_comes_later(dana, visit)
    assert dana.troubles == []


def nora_types(page, visit):
    """It is saved while she types; the tab is closed, and it is there again."""
    page.goto(f"/visits/{visit.key}/")
    page.get_by_role("link", name="Note, not signed yet").click()
    page.get_by_label("Why they came").fill("Third day, nothing at home helps")
    expect(page.locator("#note-saved")).to_contain_text("Saved", timeout=10000)
    expect(page.get_by_label("Why they came")).to_have_value("Third day, nothing at home helps")
    assert Note.objects.get().before == "Third day, nothing at home helps"
    expect(page.get_by_role("button", name="Sign and lock")).to_have_count(0)
    assert axe(page) == []
    shot(page, "note-draft-dark")
    assert page.troubles == []
    page.close()


def dana_signs(page, visit):
    """From her list, by keyboard alone."""
    link = page.get_by_role("link", name="Read and sign the note of Pell, Pia")
    page.goto("/visits/to-decide/")
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Why they came")).to_have_value("Third day, nothing at home helps")
    expect(page.locator(".note-text")).to_contain_text("Pain 8 before, 3 after: down 63 %.")
    page.get_by_label("Assessment and plan").focus()
    page.keyboard.type("Migraine, answered.")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Sign and lock")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".note-text")).to_contain_text("Signed by Dana Dorn, MD")
    expect(page.locator(".note-text")).to_contain_text("Migraine, answered.")
    expect(page.locator(".note-hash")).to_contain_text(Note.objects.get().sha256)
    assert Visit.objects.get().signed_by.username == "dana"
    assert axe(page) == []
    shot(page, "note-signed")


def nothing_more_is_charted(page, visit):
    page.goto(f"/visits/{visit.key}/")
    expect(page.locator(".chart-visit")).to_contain_text("by Dana Dorn, MD")
    expect(page.get_by_role("link", name="Vitals")).to_have_count(0)
    page.goto(f"/visits/{visit.key}/note/")
    expect(page.locator("textarea:visible")).to_have_count(0)
    assert page.troubles == []


def something_comes_later(page, visit):
    page.get_by_text("Write an addendum").click()
    page.get_by_label("What is added").fill("Called from home: well.")
    page.locator("#add_reason").fill("Telephone")
    page.get_by_role("button", name="Add", exact=True).click()
    settled(page)
    expect(page.locator("article")).to_contain_text("Called from home: well.")
    page.get_by_text("Correct what was charted").click()
    stop = visit.administrations.get().events.get(kind="stop")
    page.get_by_label("What was written down wrong").select_option(value=f"event:{stop.pk}:at")
    found = (stop.at.astimezone(visit.site.zoneinfo)).replace(second=0)
    page.get_by_label("Time found").fill(f"{found:%H:%M}")
    page.locator("#fix_reason").fill("The pump's log")
    page.get_by_role("button", name="Write the correction").click()
    settled(page)
    expect(page.locator("article").last).to_contain_text(f"found {found:%H:%M}")
    assert axe(page) == []
    shot(page, "note-with-additions")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="PDF as signed").click()
    assert opened.value.url.endswith("/note/paper")
