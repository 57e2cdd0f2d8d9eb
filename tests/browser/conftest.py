"""A real Chromium over a real server, at a site where it is mid-morning now: a chair can be had today."""

import os
import shutil
from contextlib import suppress
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.management import call_command
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from infusion_center.places.models import OpeningHours
from infusion_center.shared import clock
from tests.people import PASSWORD
from tests.places import on_shift, open_site

# Playwright's sync API runs an event loop in this thread; Django's ORM is used from it only between steps.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

SHOTS = Path(settings.BASE_DIR) / "var" / "shots"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Zones an hour apart, so that somewhere it is between ten and eleven.
ZONES = [f"Etc/GMT{offset:+d}" for offset in range(-14, 13)]


def chromium() -> str:
    """Where this machine keeps its browser; the run fails without one, it does not skip."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert found, "These tests need Chromium: install it (apt-get install chromium) or set CHROMIUM."
    return found


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


def zone_where_it_is(hour: int) -> str:
    now = clock.now()
    return next(zone for zone in ZONES if now.astimezone(ZoneInfo(zone)).hour == hour)


@pytest.fixture
def site(transactional_db):
    """Open from 7:00 to 20:00 every day, and it is past ten there."""
    site = open_site(zone=zone_where_it_is(10))
    OpeningHours.objects.filter(site=site).delete()
    OpeningHours.objects.bulk_create(
        OpeningHours(site=site, weekday=weekday, opens=time(7), closes=time(20)) for weekday in range(7)
    )
    return site


@pytest.fixture
def nurses(site, nora, noah):
    """Nora and Noah, on shift today."""
    today = site.day_of(clock.now())
    for nurse in (nora, noah):
        on_shift(nurse, site, starts=site.moment(today, time(7)), ends=site.moment(today, time(20)))
    return [nora, noah]


@pytest.fixture
def reference(transactional_db):
    """The shipped drugs, rules, regimens, codes and prices."""
    call_command("load_reference", verbosity=0)


@pytest.fixture
def open_page(browser: Browser, live_server):
    """`open_page("felix")` signs Felix in through the sign-in page and hands his browser over."""
    contexts = []

    def sign_in(
        username: str,
        *,
        password: str = PASSWORD,
        scheme: str = "light",
        width: int = 1280,
        height: int = 900,
        touch: bool = False,
    ) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            color_scheme=scheme,
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
            has_touch=touch,
        )
        contexts.append(context)
        page = context.new_page()
        page.troubles = []
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        page.on("console", lambda line: page.troubles.append(line.text) if line.type == "error" else None)
        page.goto("/")
        page.get_by_label("Username").fill(username)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/accounts/login" not in url)
        return page

    yield sign_in
    for context in contexts:
        for page in context.pages:
            _let_finish(page)
        context.close()


def _let_finish(page: Page) -> None:
    """What a page still asks for would meet the emptying of the tables."""
    with suppress(PlaywrightError):
        page.locator(".htmx-request").first.wait_for(state="detached", timeout=5_000)


def shot(page: Page, name: str) -> None:
    """Keep a picture of the whole page under var/shots."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    # "initial": hiding the caret would set a style attribute, which our policy refuses and reports.
    page.screenshot(path=str(SHOTS / f"{name}.png"), full_page=True, caret="initial")


def today_at(site, hour: int, minute: int = 0) -> datetime:
    return site.moment(site.day_of(clock.now()), time(hour, minute))


def minutes_ago(count: int) -> datetime:
    return clock.now() - timedelta(minutes=count)
