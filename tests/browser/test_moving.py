"""Move a visit on the board: a drag onto a taken place is refused in words, by keyboard it goes elsewhere."""

import pytest
from playwright.sync_api import expect

from infusion_center.shared import clock
from tests.browser.conftest import shot, today_at
from tests.browser.test_a_patients_day import settled
from tests.browser.test_every_page import violations
from tests.people import enroll
from visits.services import booking

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def book(site, chairs, nurses, felix):
    def book(given_name, hour, **facts):
        now = clock.now()
        patient = enroll(by=felix, at=now, given_name=given_name, family_name="Pell")
        usual = {"site": site, "minutes": 60, "load": 3, "by": felix, "at": now}
        return booking.book_visit(patient=patient, starts_at=today_at(site, hour), **usual | facts)

    return book


@pytest.mark.parametrize(("scheme", "width", "height"), [("light", 1280, 800), ("dark", 1024, 768)])
def test_a_drag_that_clashes_is_words_and_the_keyboard_moves_it(book, site, open_page, scheme, width, height):
    pia, paul = book("Pia", 12), book("Paul", 13, chair_kind="bed")
    page = open_page("felix", scheme=scheme, width=width, height=height)
    page.get_by_role("link", name="Today").click()
    drag(page, cell_of(page, pia), onto=cell_of(page, paul))
    panel = page.locator("#move-panel")
    expect(panel.get_by_role("alert")).to_contain_text("Chairs are taken at 13:00; next: 14:15")
    assert cell_of(page, pia).get_attribute("style") is None  # back where it was
    shot(page, f"move-refused-{scheme}")
    assert violations(page) == []
    where = pia.planned
    pia.refresh_from_db()
    assert pia.planned == where  # a drag writes nothing

    cell_of(page, pia).focus()
    for key in ["ArrowRight"] * 7 + ["ArrowLeft", "ArrowDown"]:
        page.keyboard.press(key)
    assert cell_of(page, pia).get_attribute("data-going") == "12:30 Chair 2"
    page.keyboard.press("Enter")
    expect(panel.get_by_role("heading", name="What it means")).to_be_visible()
    expect(panel.get_by_role("button", name="Move to 12:30, Chair 2")).to_be_focused()
    shot(page, f"move-shown-{scheme}")
    assert violations(page) == []
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="12:30, 1 h").wait_for()
    settled(page)
    moved = cell_of(page, pia)
    assert moved.locator("xpath=ancestor::tr").get_attribute("data-name") == "Chair 2"
    assert moved.get_attribute("data-starts") == today_at(site, 12, 30).isoformat()
    expect(page.locator("#announce")).to_have_text("Moved to 12:30, Chair 2")
    shot(page, f"move-moved-{scheme}")
    assert [trouble for trouble in page.troubles if "409" not in trouble] == []


def test_a_visit_stays_longer_by_keyboard_and_by_its_edge(book, site, open_page):
    pia, paul = book("Pia", 12), book("Paul", 12, must_leave_by=today_at(site, 13, 30))
    page = open_page("felix")
    page.get_by_role("link", name="Today").click()
    cell_of(page, pia).focus()
    for key in ["ArrowRight"] * 7 + ["ArrowLeft"]:
        page.keyboard.press(f"Shift+{key}")
    assert cell_of(page, pia).get_attribute("data-going") == "until 13:30"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Until 13:30 instead of 13:00")).to_be_visible()
    expect(page.get_by_role("button", name="Extend to 13:30")).to_be_focused()
    assert cell_of(page, pia).get_attribute("style") is None
    shot(page, "extend-shown")
    assert violations(page) == []
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="12:00, 1 h 30").wait_for()
    settled(page)
    expect(page.locator("#announce")).to_have_text("Planned until 13:30")
    pia.refresh_from_db()
    assert pia.minutes == 90

    (box,) = boxes(cell_of(page, paul))
    edge, middle = box["x"] + box["width"] - 3, box["y"] + box["height"] / 2
    page.mouse.move(edge, middle)
    page.mouse.down()
    page.mouse.move(edge + box["width"], middle, steps=8)
    assert cell_of(page, paul).get_attribute("data-going") == "until 14:00"
    page.mouse.up()
    expect(page.get_by_role("heading", name="Until 14:00 instead of 13:00")).to_be_focused()
    expect(page.locator("#extend-panel")).to_contain_text("The patient has to leave by 13:30.")
    shot(page, "extend-refused")
    assert violations(page) == []
    paul.refresh_from_db()
    assert paul.minutes == 60
    assert [trouble for trouble in page.troubles if "409" not in trouble] == []


def test_escape_and_a_press_without_a_drag_move_nothing(book, open_page):
    pia = book("Pia", 12)
    page = open_page("felix")
    page.get_by_role("link", name="Today").click()
    cell_of(page, pia).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    assert cell_of(page, pia).get_attribute("data-going") is None
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="12:00, 1 h").wait_for()
    page.get_by_role("link", name="Move").click()
    page.get_by_role("heading", name="Move 12:00").wait_for()
    page.locator("#move-panel .move-starts button").nth(1).click()
    page.get_by_role("heading", name="What it means").wait_for()
    page.get_by_role("link", name="Leave it").click()
    cell_of(page, pia).click()
    page.get_by_role("heading", name="12:00, 1 h").wait_for()
    assert page.troubles == []


def cell_of(page, visit):
    return page.locator(f"#visit-{visit.key}")


def drag(page, cell, *, onto):
    """From the middle of one to the middle of the other: both last an hour, so the starts meet."""
    onto.scroll_into_view_if_needed()
    middles = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes(cell, onto)]
    page.mouse.move(*middles[0])
    page.mouse.down()
    page.mouse.move(*middles[1], steps=8)
    assert cell.get_attribute("data-going") == "13:00 Chair 11"
    page.mouse.up()


def boxes(*cells):
    return [cell.bounding_box() for cell in cells]
