"""Every page each role can reach by links, on the demo day: it opens and passes axe in light and dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from django.urls import Resolver404, resolve

from infusion_center.accounts.demo import STAFF

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = Axe()
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}  # all that a theme can change
NOT_PAGES = {"account_logout", "schema", "billing:download", "admin:index"}
LOOKED_AT: set[str] = set()
ONE_OF_A_ROLE = {role: (username, password) for username, password, role, *_ in reversed(STAFF)}


@pytest.fixture
def demo(transactional_db):
    """The demo center with its day, as `make run` makes it."""
    call_command("load_reference", without_diagnoses=True, verbosity=0)
    call_command("seed_demo", verbosity=0)


def route_of(path: str) -> str:
    try:
        return resolve(path.split("?")[0]).view_name
    except Resolver404:
        return f"no such page: {path}"


def links_on(page) -> list[str]:
    hrefs = page.eval_on_selector_all("a[href^='/']", "links => links.map(link => link.getAttribute('href'))")
    return [href.split("#")[0] for href in hrefs if not href.startswith("/static/")]


def violations(page, rules: dict = RULES) -> list[str]:
    found = AXE.run(page, options=rules).response["violations"]
    return [f"{one['id']}: {one['help']} {[node['target'] for node in one['nodes'][:3]]}" for one in found]


def looked_at(page, route: str) -> list[str]:
    """What axe says in both themes; a page that roles share is looked at once."""
    LOOKED_AT.add(route)
    problems = []
    for scheme, rules in (("light", RULES), ("dark", COLOURS)):
        page.emulate_media(color_scheme=scheme)
        problems += [f"{scheme}: {line}" for line in violations(page, rules)]
    return problems


def is_paper(answer) -> bool:
    """A PDF opens in the browser's own viewer, which is not ours to look at."""
    return answer.headers.get("content-type", "").startswith("application/pdf")


def walk(page) -> dict[str, list[str]]:
    """One page per route: what is wrong with it, in both themes."""
    wrong, waiting, seen = {}, links_on(page), set()
    while waiting:
        path = waiting.pop(0)
        route = route_of(path)
        if route in seen or route in NOT_PAGES or route.startswith(("admin:", "account_", "mfa_")):
            continue
        seen.add(route)
        answer = page.goto(path)
        if answer.ok and is_paper(answer):
            continue
        problems = [] if answer.status < 400 else [f"answered {answer.status}"]
        problems += [] if route in LOOKED_AT else looked_at(page, route)
        if problems:
            wrong[route] = problems
        waiting += links_on(page)
    return wrong


def test_every_page_of_every_role_opens_and_passes_axe(demo, open_page):
    """One demo day for all of them: making it takes as long as walking it."""
    wrong = {}
    for role, (username, password) in ONE_OF_A_ROLE.items():
        page = open_page(username, password=password)
        wrong |= {(role, route): problems for route, problems in walk(page).items()}
        if page.troubles:
            wrong[role, "console"] = page.troubles
        page.context.close()
    assert wrong == {}
