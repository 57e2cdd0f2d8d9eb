"""The after-visit sheet on the patient's own phone: signed, for a week, and only with the birth date."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from tests.clock import TEN, at
from tests.people import signed_in
from tests.visits import notes as scenes
from visits.models import SheetLink
from visits.services import sheet_links

BORN = {"born": "1984-04-10", "language": "en"}


@pytest.fixture
def home(in_chair, stock, nora):
    return scenes.over(in_chair, stock, by=nora)


@pytest.fixture
def link(home, nora):
    return sheet_links.make(visit=home, by=nora, at=TEN)


def opened(link, *, when=at(11, 0), token=None, **typed):  # noqa: B008 - a fixed moment
    address = reverse("visits:sheet", args=[token or sheet_links.token_of(link)])
    with time_machine.travel(when, tick=False):
        return Client().post(address, typed) if typed else Client().get(address)


def test_a_nurse_makes_a_link_that_says_nothing_about_the_patient(home, nora):
    with time_machine.travel(at(10, 10), tick=False):
        typed = {"patient": str(home.patient.key)}
        page = signed_in(nora).post(reverse("visits:sheet_link", args=[home.key]), typed).text
    link = SheetLink.objects.get()
    assert (link.made_by, link.good_until) == (nora, at(10, 10) + timedelta(days=7))
    assert f"/sheet/{sheet_links.token_of(link)}/" in page and "<svg" in page
    for word in (str(home.key), home.patient.number, "Pell"):
        assert word not in sheet_links.token_of(link)


def test_the_birth_date_opens_it_and_the_page_before_names_nobody(link):
    asked = opened(link)
    assert asked.status_code == 200 and "Pell" not in asked.text and "Lakeside" not in asked.text
    assert "no-store" in asked["Cache-Control"]
    sheet = opened(link, **BORN)
    assert sheet.content.startswith(b"%PDF") and "no-store" in sheet["Cache-Control"]
    link.refresh_from_db()
    assert (link.times_opened, link.wrong_tries, link.opened_at) == (1, 0, at(11, 0))


def test_five_wrong_birth_dates_close_it_even_for_the_right_one(link):
    for _ in range(5):
        wrong = opened(link, **BORN | {"born": "1985-04-10"})
        assert (wrong.status_code, "not the birth date" in wrong.text) == (422, True)
    closed = opened(link, **BORN)
    assert (closed.status_code, "does not work any more" in closed.text) == (410, True)


def test_no_birth_date_is_no_try(link):
    answer = opened(link, born="", language="en")
    assert (answer.status_code, "Escriba la fecha" in answer.text) == (422, True)
    link.refresh_from_db()
    assert link.wrong_tries == 0


def test_after_a_week_or_with_another_signature_it_is_closed(link):
    for answer in (
        opened(link, when=TEN + timedelta(days=7, minutes=1), **BORN),
        opened(link, token=sheet_links.token_of(link)[:-1] + "x", **BORN),
        opened(link, token=link.key.hex, **BORN),
    ):
        assert (answer.status_code, "does not work any more" in answer.text) == (410, True)


def test_who_may_not_chart_makes_no_link(home, felix):
    typed = {"patient": str(home.patient.key)}
    assert signed_in(felix).post(reverse("visits:sheet_link", args=[home.key]), typed).status_code == 403
