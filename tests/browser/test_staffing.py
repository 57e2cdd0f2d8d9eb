"""Max plans a week by keyboard alone, and is asked before a patient loses her nurse."""

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from infusion_center.shared import clock
from tests.browser.conftest import shot, today_at
from tests.browser.test_every_page import RULES
from tests.people import enroll
from visits.models import Absence, Shift
from visits.services import booking

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = Axe()


@pytest.fixture
def week(site, chairs, nora, noah, max, felix):
    """Nora and Noah work here, nobody is on a shift yet."""
    return site


def focused(page):
    return page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.id")


def to(page, name, *, most=60):
    """Tab until the thing with this id has the cursor."""
    for _ in range(most):
        if page.evaluate("document.activeElement.id") == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached by Tab")


def settled(page):
    expect(page.locator(".htmx-request")).to_have_count(0)


def test_a_week_is_planned_by_keyboard(week, nora, noah, open_page):
    today = week.day_of(clock.now())
    page = open_page("max")
    page.goto("/staffing/hours/")
    page.keyboard.press("g")
    page.keyboard.press("n")
    page.wait_for_url("**/staffing/")
    to(page, f"add-{nora.pk}-{today}")
    page.keyboard.press("Enter")
    expect(page.get_by_label("From")).to_be_focused()
    for keys in ("0700AM", "Tab", "Tab", "0330PM", "Tab", "Tab", "12:00-12:30", "Enter"):
        page.keyboard.press(keys) if keys in ("Tab", "Enter") else page.keyboard.type(keys)
    expect(page.locator("a.shift")).to_have_text(re.compile(r"07:00.15:30\s*break 12:00.12:30"))
    expect(page.locator("#announce")).to_have_text("The shift is added")
    expect(page.locator(f"#add-{nora.pk}-{today}")).to_be_focused()
    # The nurse above or below is one arrow away, and gets the same times proposed by the opening hours.
    page.keyboard.press("ArrowUp" if noah.first_name < nora.first_name else "ArrowDown")
    assert "Noah" in focused(page)
    page.keyboard.press("Enter")
    expect(page.get_by_label("From")).to_have_value("07:00")
    page.keyboard.press("Enter")
    expect(page.locator("a.shift")).to_have_count(2)
    assert Shift.objects.count() == 2
    settled(page)
    page.keyboard.press("Enter")
    page.get_by_role("link", name=re.compile("Absent instead")).press("Enter")
    expect(page.get_by_label("Why")).to_be_focused()
    page.keyboard.type("training")
    page.keyboard.press("Enter")
    expect(page.locator("a.absent")).to_contain_text("training")
    assert Absence.objects.get().nurse == noah
    shot(page, "staffing-week")
    assert AXE.run(page, options=RULES).response["violations"] == []
    page.get_by_role("link", name="Copy this week on").press("Enter")
    expect(page.get_by_text("8 shifts would be added.")).to_be_visible()
    shot(page, "staffing-copy")
    assert AXE.run(page, options=RULES).response["violations"] == []
    page.get_by_role("button", name="Add 8 shifts").press("Enter")
    expect(page.locator("#week-title")).to_be_focused()
    assert Shift.objects.count() == 10
    assert page.troubles == []


def test_he_is_asked_before_a_patient_loses_her_nurse(week, nora, felix, open_page):
    start = clock.now().replace(second=0, microsecond=0) + timedelta(minutes=30)
    shift = Shift.objects.create(site=week, nurse=nora, span=(today_at(week, 7), today_at(week, 20)))
    pia = enroll(by=felix, at=clock.now())
    booking.book_visit(site=week, patient=pia, starts_at=start, minutes=60, load=3, by=felix, at=clock.now())
    page = open_page("max", width=1024, height=768, scheme="dark")
    page.goto("/staffing/")
    page.locator("a.shift").press("Enter")
    page.get_by_role("button", name="Remove").press("Enter")
    expect(page.get_by_role("heading", name=re.compile("Not done yet"))).to_be_focused()
    expect(page.locator(".consequences")).to_contain_text("1 visit at")
    expect(page.locator(".consequences")).to_contain_text("would have no nurse")
    shot(page, "staffing-asked")
    assert AXE.run(page, options=RULES).response["violations"] == []
    assert Shift.objects.filter(pk=shift.pk).exists()
    page.get_by_role("button", name="Do it all the same").press("Enter")
    expect(page.locator("a.shift")).to_have_count(0)
    assert not Shift.objects.exists()
    assert page.troubles == []


def test_hours_loads_and_files_pass_axe_in_light_and_dark(week, open_page, tmp_path):
    page = open_page("max", width=1024, height=768)
    file = tmp_path / "rows.csv"
    file.write_text("day,reason\n2099-12-24,Christmas Eve\nsoon,Christmas\n")
    for path in ("/staffing/hours/", "/staffing/loads/", "/staffing/bring/"):
        page.goto(path)
        if path.endswith("bring/"):
            page.get_by_label("What is in it").select_option("closures")
            page.get_by_label("CSV file").set_input_files(file)
            page.get_by_role("button", name="Look at it first").press("Enter")
            expect(page.get_by_text("“soon” is no day")).to_be_visible()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert AXE.run(page, options=RULES).response["violations"] == [], path
        shot(page, path.strip("/").replace("/", "-"))
    page.get_by_role("button", name="Take 1 good line").press("Enter")
    expect(page.get_by_text("1 line is added.")).to_be_visible()
    assert page.troubles == []
