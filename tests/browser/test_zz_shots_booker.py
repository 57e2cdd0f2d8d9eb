from datetime import time, timedelta

import pytest

from infusion_center.shared import clock
from tests.browser.conftest import *
from tests.people import enroll
from tests.visits import scenes
from visits.services import booking, calls, flow

pytestmark = [pytest.mark.django_db(transaction=True)]


def test_shots(open_page, site, chairs, nurses, felix, nora, max):
    now = clock.now()
    day = site.day_of(now)
    names = [
        "Ana Alvarez",
        "Bea Brook",
        "Cal Cooper",
        "Dee Dunn",
        "Eva Ellis",
        "Fay Frost",
        "Gus Grant",
        "Hal Hughes",
        "Ida Irons",
        "Jon Jarvis",
    ]
    reg = scenes.regimen(code="standard_migraine_cocktail", name="Standard migraine cocktail")
    pats = [
        enroll(
            by=felix,
            given_name=n.split()[0],
            family_name=n.split()[1],
            interpreter="yes" if n[0] == "C" else "no",
            language="es" if n[0] == "C" else "en",
        )
        for n in names
    ]
    enroll(
        by=felix, given_name="Bea", family_name="Brook", birth_date=__import__("datetime").date(1950, 1, 1)
    )

    def book(p, h, m, mins, **k):
        s = site.moment(day, time(h, m))
        return booking.book_visit(
            site=site, patient=p, starts_at=s, minutes=mins, load=3, by=felix, at=s - timedelta(hours=1), **k
        )

    vs = [
        book(pats[0], 8, 0, 90, regimen=reg),
        book(pats[1], 8, 30, 120, regimen=reg),
        book(pats[2], 9, 0, 150, regimen=reg),
        book(pats[3], 9, 30, 60),
        book(pats[4], 9, 45, 45, regimen=reg),
        book(pats[5], 11, 0, 180, regimen=reg),
        book(pats[6], 12, 0, 60, chair_kind="bed"),
        book(pats[7], 13, 0, 240, regimen=reg),
        book(pats[8], 11, 0, 60, overbooked_reason="Urgent"),
    ]
    for v in vs[:3]:
        flow.check_in(visit=v, by=felix, at=v.starts_at)
    for v in vs[:2]:
        flow.seat(visit=v, by=nora, at=v.starts_at)
    calls.take_call(
        site=site,
        day=day,
        caller="Hal Hughes",
        phone="555 0100",
        wish="This morning, dark room",
        by=felix,
        at=now,
    )
    for theme in ("light", "dark"):
        page = open_page("max", scheme=theme)
        logs = page.troubles
        page.goto("/today/")
        page.wait_for_timeout(500)
        page.evaluate(
            "document.addEventListener('securitypolicyviolation', e => console.error('CSPV', e.target.outerHTML?.slice(0,200), e.sourceFile, e.lineNumber, e.columnNumber))"
        )
        page.screenshot(path=f"/tmp/w/shot-{theme}.png", full_page=True)
        page.fill("#book-text", "jar")
        page.wait_for_selector("#found button[name=patient]")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_selector("#book")
        page.wait_for_timeout(300)
        print("A", len(page.troubles))
        page.screenshot(path=f"/tmp/w/shot-{theme}-2.png")
        page.select_option("#id_wanted", index=1)
        page.wait_for_selector(".starts button")
        print("B", len(page.troubles))
        page.screenshot(path=f"/tmp/w/shot-{theme}-3.png")
        if theme == "light":
            page.click(".starts button")
            page.wait_for_selector("text=Booked")
            print("C", len(page.troubles))
            page.wait_for_timeout(600)
            page.screenshot(path=f"/tmp/w/shot-{theme}-4.png")
        page.click(".cell-arrived")
        page.wait_for_selector("#visit-panel", timeout=3000)
        print("D", len(page.troubles))
        page.screenshot(path=f"/tmp/w/shot-{theme}-5.png")
        from axe_playwright_python.sync_playwright import Axe

        r = Axe().run(page)
        print(theme, r.generate_report() if r.violations_count else "no violations")
        print([l for l in logs if "CSPV" in l])
        page.close()
