"""A form that waited without a line: the time of its tap, its key, and its draft."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from tests.clock import NINE, TEN, at
from tests.people import signed_in
from visits.models import Vitals


@pytest.fixture(autouse=True)
def nobody_falls_asleep(settings):
    settings.IDLE_LOCK_MINUTES = 6000


def send(person, visit, name="vitals", when=TEN, **typed):
    facts = {"patient": str(visit.patient.key), "form_key": str(uuid.uuid4())}
    with time_machine.travel(when, tick=False):
        address = reverse(f"visits:{name}", args=[visit.key])
        return signed_in(person).post(address, facts | typed, HTTP_HX_REQUEST="true")


def test_the_time_of_the_tap_counts_and_the_entry_is_marked_late(in_chair, nora):
    answer = send(nora, in_chair, systolic="120", tapped_ago="2400")
    row = Vitals.objects.get()
    assert (row.taken_at, row.recorded_at) == (at(9, 20), TEN)
    assert "late entry" in answer.text


def test_a_typed_time_goes_before_the_tap(in_chair, nora):
    send(nora, in_chair, systolic="120", tapped_ago="60", taken_at="09:05")
    assert Vitals.objects.get().taken_at == at(9, 5)


@pytest.mark.parametrize("odd", ["", "soon", "-5", "1e3"])
def test_what_is_no_number_of_seconds_is_now(in_chair, nora, odd):
    send(nora, in_chair, systolic="120", tapped_ago=odd)
    assert Vitals.objects.get().taken_at == TEN


def test_a_tap_of_the_day_before_asks_for_its_time(in_chair, nora):
    answer = send(nora, in_chair, systolic="120", tapped_ago=str(25 * 3600))
    assert (answer.status_code, "more than a day ago" in answer.text) == (422, True)
    assert Vitals.objects.count() == 0


def test_the_same_form_with_and_without_its_wait_is_one_entry(in_chair, nora):
    key = str(uuid.uuid4())
    send(nora, in_chair, systolic="120", form_key=key, when=NINE)
    again = send(nora, in_chair, systolic="120", form_key=key, tapped_ago="3600")
    assert (again.status_code, Vitals.objects.count()) == (200, 1)
    assert Vitals.objects.get().taken_at == NINE


def test_a_refused_form_comes_back_with_the_time_of_its_tap(in_chair, nora):
    address = reverse("visits:vitals", args=[in_chair.key])
    send(
        nora,
        in_chair,
        "keep_draft",
        draft_form=address,
        draft_title="Vitals",
        systolic="300",
        tapped_ago="600",
    )
    with time_machine.travel(TEN + timedelta(minutes=1), tick=False):
        form = signed_in(nora).get(address).text
    assert 'value="300"' in form and 'value="09:50"' in form


@pytest.mark.parametrize("odd", ["soon", "9" * 30])
def test_a_draft_with_an_odd_wait_still_opens(in_chair, nora, odd):
    address = reverse("visits:vitals", args=[in_chair.key])
    facts = {"draft_form": address, "draft_title": "Vitals", "systolic": "300", "tapped_ago": odd}
    send(nora, in_chair, "keep_draft", **facts)
    with time_machine.travel(TEN + timedelta(minutes=1), tick=False):
        assert 'value="300"' in signed_in(nora).get(address).text
