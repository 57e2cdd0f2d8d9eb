"""Never lost: what is typed is kept for who typed it, comes back into its form, and goes when it is sent."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.clock import NINE, at
from tests.people import signed_in
from tests.visits import notes
from tests.visits.conftest import line_of
from visits.models import Draft, Score, WrittenForm
from visits.services import drafts, once

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def at_nine(settings):
    settings.IDLE_LOCK_MINUTES = 600
    with time_machine.travel(NINE, tick=False):
        yield


@pytest.fixture
def nurse(nora):
    return signed_in(nora)


def url(name, visit, *rest):
    return reverse(f"visits:{name}", args=[visit.key, *rest])


def keep(browser, visit, form, typed, **more):
    about = {"patient": str(visit.patient.key), "draft_form": form, "draft_title": "Reaction"}
    about["form_key"] = str(uuid4())
    return browser.post(url("keep_draft", visit), about | typed | more, headers=HTMX)


def whose(visit):
    return {"patient": str(visit.patient.key)}


def text(answer):
    return " ".join(answer.content.decode().split())


def test_a_reaction_half_typed_comes_back_after_the_tab_was_closed(in_chair, nurse, nora):
    form = url("react", in_chair)
    typed = {"kind": "rash", "words": "Red arms", "actions": ["slowed", "called"], "began_at": "08:55"}
    assert "Kept 09:00" in text(keep(nurse, in_chair, form, typed))
    again = text(signed_in(nora).get(form))
    assert "You typed this" in again and 'value="Red arms"' in again and 'value="08:55"' in again
    assert re.search(r'value="rash"[^>]*checked', again) and 'data-draft="' in again
    row = Draft.objects.get()
    assert f'name="form_key" value="{row.key}"' in again  # sent from here, it is still written once
    chart = text(nurse.get(url("chart", in_chair)))
    assert "Typed and not sent yet" in chart and f'href="{form}"' in chart
    chairs = text(nurse.get(reverse("visits:my_chairs")))
    assert "Typed and not sent yet" in chairs and f'href="{form}"' in chairs


@pytest.mark.parametrize("name", ["discharge", "ask", "vitals", "pain", "verbal", "end"])
def test_every_form_of_the_chart_keeps_what_is_typed(in_chair, nurse, name):
    assert f'data-draft="{url("keep_draft", in_chair)}"' in text(nurse.get(url(name, in_chair)))


def test_a_note_for_the_way_home_and_an_answer_come_back(in_chair, nurse):
    keep(nurse, in_chair, url("discharge", in_chair), {"note": "Will call on Monday", "iv_out": "yes"})
    page = text(nurse.get(url("discharge", in_chair)))
    assert 'value="Will call on Monday"' in page and re.search(r'name="iv_out"[^>]*value="yes" checked', page)
    keep(nurse, in_chair, url("ask", in_chair), {"driver_name": "Sam", "has_driver": "yes"})
    page = text(nurse.get(url("ask", in_chair)))
    assert 'value="Sam"' in page and re.search(r'name="has_driver"[^>]*value="yes" checked', page)


def test_a_lot_that_was_taken_off_stays_off(in_chair, stock, nurse):
    form = url("act", in_chair, line_of(in_chair, "magnesium").key, "start")
    assert re.search(r'name="lots"[^>]*checked', text(nurse.get(form)))
    keep(nurse, in_chair, form, {"rate_ml_h": "180"})
    page = text(nurse.get(form))
    assert 'value="180"' in page and not re.search(r'name="lots"[^>]*checked', page)


def test_an_addendum_comes_back_on_the_notes_page(in_chair, stock, nurse, nora, dana):
    notes.over(in_chair, stock, by=nora)
    notes.signed(in_chair, by=dana)
    with time_machine.travel(at(11), tick=False):
        form = url("add_to_note", in_chair)
        keep(nurse, in_chair, form, {"text": "Called from home: well.", "reason": "Tele"})
        page = text(nurse.get(url("note", in_chair)))
        assert "Called from home: well." in page and 'value="Tele"' in page and "<details" in page
        assert f'href="{url("note", in_chair)}"' in text(nurse.get(url("chart", in_chair)))
        sent = {"patient": str(in_chair.patient.key), "text": "Called from home: well.", "reason": "Tele"}
        nurse.post(form, sent | {"form_key": str(Draft.objects.get().key)}, headers=HTMX)
    assert in_chair.addenda.count() == 1 and not Draft.objects.exists()


def test_a_second_writer_is_told_and_both_texts_are_kept(in_chair, nurse, noah):
    form = url("react", in_chair)
    keep(nurse, in_chair, form, {"words": "Red arms"})
    other = keep(signed_in(noah), in_chair, form, {"words": "Itching"})
    assert "Nora North, RN has typed into this form too, 09:00" in text(other)
    mine = text(nurse.get(form))
    assert "Noah" in mine and "Red arms" in mine and "Itching" not in mine
    assert sorted(row.typed["words"][0] for row in Draft.objects.all()) == ["Itching", "Red arms"]
    with time_machine.travel(at(9, 31), tick=False):
        assert "Noah" not in text(nurse.get(form))


def test_what_is_sent_is_no_draft_any_more_even_when_a_late_keeping_arrives(in_chair, nurse):
    form, key = url("pain", in_chair), str(uuid4())
    typed = {"pain": "7", "about": "baseline"}
    keep(nurse, in_chair, form, typed, form_key=key)
    nurse.post(form, typed | {"patient": str(in_chair.patient.key), "form_key": key}, headers=HTMX)
    assert Score.objects.count() == 1 and not Draft.objects.exists()
    assert keep(nurse, in_chair, form, typed, form_key=key).status_code == 200
    assert not Draft.objects.exists()


def test_a_draft_saved_while_it_is_being_sent_is_not_offered(in_chair, nurse, nora):
    form, key = url("pain", in_chair), uuid4()
    keep(nurse, in_chair, form, {"pain": "7"}, form_key=str(key))
    once.write(key=key, content="x", verb=lambda: None, by=nora, at=NINE)
    assert "You typed this" not in text(nurse.get(form))


def test_a_draft_is_dropped_when_asked_and_the_form_is_empty_again(in_chair, nurse):
    form = url("react", in_chair)
    keep(nurse, in_chair, form, {"words": "Red arms"})
    dropped = nurse.post(
        url("drop_draft", in_chair), whose(in_chair) | {"draft_form": form}, headers=HTMX, follow=True
    )
    assert "Red arms" not in text(dropped) and not Draft.objects.exists()


def test_nothing_is_kept_for_another_patient_or_another_address(in_chair, paul, nurse):
    form = url("react", in_chair)
    wrong = keep(nurse, in_chair, form, {"words": "x"}, patient=str(paul.key))
    assert wrong.status_code == 409 and "opened for another patient" in text(wrong)
    assert keep(nurse, in_chair, "/claims/", {"words": "x"}).status_code == 404
    assert keep(nurse, in_chair, form, {"words": "x" * 50_000}).status_code == 422
    assert not Draft.objects.exists()


def test_a_stranger_keeps_nothing_and_a_part_of_a_page_is_not_swapped_for_a_sign_in(
    client, in_chair, mallory
):
    form = url("react", in_chair)
    assert keep(client, in_chair, form, {"words": "x"}).status_code == 401
    assert client.get(form).status_code == 302
    assert keep(signed_in(mallory), in_chair, form, {"words": "x"}).status_code == 403


def test_old_drafts_and_keys_go_after_thirty_days(in_chair, nurse, nora):
    keep(nurse, in_chair, url("react", in_chair), {"words": "Red arms"})
    once.write(key=uuid4(), content="x", verb=lambda: None, by=nora, at=NINE)
    assert drafts.forget(at=NINE + timedelta(days=29)) == 0
    assert drafts.forget(at=NINE + timedelta(days=31)) == 2
    assert not Draft.objects.exists() and not WrittenForm.objects.exists()


def test_keeping_costs_a_handful_of_queries(in_chair, nurse):
    form = url("react", in_chair)
    keep(nurse, in_chair, form, {"words": "Red"})
    with CaptureQueriesContext(connection) as asked:
        keep(nurse, in_chair, form, {"words": "Red arms"})
    assert len(asked) <= 10
