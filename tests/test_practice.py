"""Practice is apart from real data: it says so everywhere, sends nothing, and starts on no other database."""

import json
import os
import subprocess
import sys

import pytest
from django.core.checks import run_checks
from django.test import override_settings
from django.urls import reverse

from infusion_center.embedded.place import PROJECT
from infusion_center.shared import paper
from tests.people import signed_in

SAYS = "nothing here is sent or billed"
ASK = """
import json
from infusion_center import settings
names = ["EMAIL_BACKEND", "X12_USAGE", "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME"]
print(json.dumps({name: getattr(settings, name) for name in names}))
"""
REAL = {
    "DATABASE_URL": "postgresql://nobody@nowhere/none",
    "REDIS_URL": "redis://nowhere/0",
    "SECRET_KEY": "not-a-secret",
    "EMAIL_URL": "smtp+tls://user:secret@smtp.example.org:587",
    "X12_USAGE": "P",
}


def settings_with(**chosen):
    run = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"]} | REAL | chosen,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(run.stdout)


def test_whatever_the_environment_says_practice_holds_no_way_out_and_cookies_of_its_own():
    real, practice = settings_with(), settings_with(PRACTICE="on")
    assert "smtp" in real["EMAIL_BACKEND"] and real["X12_USAGE"] == "P"
    assert "filebased" in practice["EMAIL_BACKEND"] and practice["X12_USAGE"] == "T"
    for cookie in ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME"):
        assert practice[cookie] != real[cookie]


@pytest.mark.parametrize(
    ("practice", "database", "starts"),
    [(False, "center", True), (True, "center_practice", True), (True, "center", False)]
    + [(False, "practice", False)],
)
def test_practice_starts_on_practice_data_and_the_real_thing_on_no_other(
    settings, monkeypatch, practice, database, starts
):
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", database)
    with override_settings(PRACTICE=practice, EMBEDDED=False):
        found = [one for one in run_checks() if one.id == "infusion_center.E006"]
    assert (found == []) is starts
    assert starts or "the database is" in found[0].msg


@pytest.mark.parametrize("page", ["visits:today", "visits:day_list", "visits:week", "visits:due"])
def test_every_page_and_print_says_so(felix, chairs, page, settings):
    desk = signed_in(felix)
    assert SAYS not in desk.get(reverse(page)).content.decode()
    settings.PRACTICE = True
    said = desk.get(reverse(page)).content.decode()
    assert SAYS in said and "<title>Practice · " in said
    assert "no-print" not in said[said.index('class="practice"') - 5 : said.index(SAYS)]


def test_the_sign_in_page_says_so(client, db, settings):
    settings.PRACTICE = True
    assert SAYS in client.get(reverse("account_login")).content.decode()


def test_a_pdf_says_so(settings):
    settings.PRACTICE = True
    assert SAYS in paper.render("visits/note_paper.html", {"sha256": "0"})
    settings.PRACTICE = False
    assert SAYS not in paper.render("visits/note_paper.html", {"sha256": "0"})
