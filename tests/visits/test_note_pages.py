"""The note's page, its PDF and its API, as a nurse, a provider and a biller meet them."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from infusion_center.audit.models import ChartRead
from tests.clock import TEN, at
from tests.people import signed_in
from tests.visits import notes as scenes
from tests.visits.conftest import line_of
from visits.models import Note, Visit
from visits.selectors import note as notes
from visits.services import notes as writing

HTMX = {"HTTP_HX_REQUEST": "true"}
SIGNED_BY = b"signed by Dana Dorn, MD on 20 Nov 2026 at 10:15; add an addendum or a correction"


@pytest.fixture(autouse=True)
def nobody_falls_asleep(settings):
    settings.IDLE_LOCK_MINUTES = 600


@pytest.fixture
def over(in_chair, stock, nora):
    return scenes.over(in_chair, stock, by=nora)


@pytest.fixture
def signed(over, dana):
    scenes.signed(over, by=dana)
    return over


@pytest.fixture
def nurse(nora):
    return signed_in(nora)


@pytest.fixture
def provider(dana):
    return signed_in(dana)


def look(browser, visit, name="note", *, when=TEN, **headers):
    with time_machine.travel(when, tick=False):
        return browser.get(reverse(f"visits:{name}", args=[visit.key]), **headers)


def send(browser, visit, name, *, when=scenes.SIGNED, headers=HTMX, **typed):
    with time_machine.travel(when, tick=False):
        data = {"patient": str(visit.patient.key)} | typed
        return browser.post(reverse(f"visits:{name}", args=[visit.key]), data, **headers)


def read(visit):
    return notes.page_of(notes.visits().get(pk=visit.pk), at=TEN).seen


def test_nora_writes_dana_signs_and_everybody_reads(over, nurse, provider, bea):
    page = look(nurse, over).content.decode()
    assert "Magnesium sulfate 2000 mg, IV infusion: started 09:00" in page
    assert "It waits for a provider’s signature" in page and "Sign and lock" not in page
    saved = send(nurse, over, "save_note", before="Third day", after="", version=0)
    assert b"Saved 10:15, Nora North, RN" in saved.content
    assert b"Third day" in look(provider, over).content
    typed = {"before": "Third day", "after": "Answered", "version": 1}
    done = send(provider, over, "sign_note", **typed, seen=read(over))
    assert done.status_code == 200 and b"Signed by Dana Dorn, MD" in done.content
    note = Note.objects.get()
    assert note.sha256.encode() in done.content
    text = look(signed_in(bea), over, when=at(15)).content.decode()
    assert "still has the fingerprint" in text and "Write an addendum" not in text
    assert ChartRead.objects.filter(page="visits:note", patient_key=over.patient.key).count() == 3


def test_without_htmx_saving_and_signing_lead_back_to_the_page(over, nurse, provider):
    saved = send(nurse, over, "save_note", headers={}, before="Third day", after="", version=0)
    assert saved.status_code == 302
    signed = send(provider, over, "sign_note", headers={}, before="x", after="", version=1, seen=read(over))
    assert (signed.status_code, signed["Location"]) == (302, reverse("visits:note", args=[over.key]))


def test_a_nurse_does_not_sign_and_the_front_desk_does_not_write(over, nurse, felix):
    assert send(nurse, over, "sign_note", before="", after="", version=0, seen=read(over)).status_code == 403
    desk = signed_in(felix)
    assert send(desk, over, "save_note", before="x", after="", version=0).status_code == 403
    assert b"textarea" not in look(desk, over).content


def test_the_other_text_is_shown_and_what_was_typed_stays(over, nurse, nora, dana):
    writing.write(visit=over, before="Dana's words", after="", version=0, by=dana, at=TEN)
    refused = send(nurse, over, "save_note", before="Nora's", after="", version=0)
    assert refused.status_code == 409
    assert b"Dana&#x27;s words" in refused.content and b"Both are here" in refused.content
    assert b"hx-trigger" not in refused.content  # nothing is saved by itself until somebody decides
    whole = send(nurse, over, "save_note", headers={}, before="Nora's", after="", version=0).content
    assert b"Nora&#x27;s</textarea>" in whole and b"Dana&#x27;s words" in whole


def test_what_cannot_be_text_is_refused_in_words(over, nurse):
    refused = send(nurse, over, "save_note", before="x\0y", after="", version=0)
    assert refused.status_code == 422 and b"Null characters are not allowed" in refused.content
    longer = send(nurse, over, "save_note", before="x" * 20_001, after="", version=0)
    assert longer.status_code == 422 and b"At most 20,000 characters" in longer.content


def test_a_form_of_another_patient_writes_nothing(over, nurse, paul):
    refused = send(nurse, over, "save_note", patient=str(paul.key), before="x", after="", version=0)
    assert refused.status_code == 409 and not Note.objects.exists()


def test_what_stands_in_the_way_is_said_and_the_button_is_not_there(in_chair, magnesium, stock, provider):
    page = look(provider, in_chair).content
    assert b"It cannot be signed yet. The visit is not over" in page and b"Sign and lock" not in page


def test_a_chart_that_changed_is_read_again_first_and_the_typed_text_stays(over, provider, nora):
    refused = send(provider, over, "sign_note", before="Typed", after="", version=0, seen="0" * 64)
    assert refused.status_code == 409
    assert b"The chart has changed since you opened this note" in refused.content
    assert b"Typed</textarea>" in refused.content and read(over).encode() in refused.content
    assert Visit.objects.get(pk=over.pk).signed_at is None


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("vitals", {"systolic": 120}),
        ("pain", {"pain": 3, "about": "baseline"}),
        ("iv_site", {"iv_site": "hand"}),
        ("take", {}),
        ("discharge", {"pain": 2, "back_to_activity": "yes", "iv_out": "yes", "left_with": "Sam"}),
        ("end", {"how": "left_early", "reason": "Late"}),
        ("undo", {"reason": "Late"}),
        ("save_note", {"before": "Late", "after": "", "version": 1}),
    ],
)
def test_after_the_signature_every_page_refuses_in_words(signed, provider, name, typed):
    refused = send(provider, signed, name, when=at(11), **typed)
    assert refused.status_code == 409
    assert SIGNED_BY in refused.content


@pytest.mark.parametrize("act", ["stop", "error", "release"])
def test_after_the_signature_no_line_is_touched_by_a_page(signed, nurse, act):
    address = reverse("visits:act", args=[signed.key, line_of(signed, "magnesium").key, act])
    with time_machine.travel(at(11), tick=False):
        data = {"patient": str(signed.patient.key), "reason": "Late"}
        refused = nurse.post(address, data, **HTMX)
    assert refused.status_code == 409 and SIGNED_BY in refused.content


def test_what_comes_later_stands_beside_the_signed_note(signed, nurse, nora):
    send(nurse, signed, "add_to_note", when=at(11), text="Called back", reason="Telephone")
    stop = line_of(signed, "magnesium").events.get(kind="stop")
    fix = {"what": f"event:{stop.pk}:at", "found_at": "09:30", "found": "", "reason": "Pump log"}
    page = send(nurse, signed, "correct_note", when=at(11), **fix).content.decode()
    assert "Called back" in page and "Telephone" in page
    assert "magnesium sulfate, stop, time 09:35: <strong>found 09:30" in page
    assert "stopped 09:35" in page  # as it was signed
    assert b"1 correction in the note" in look(nurse, signed, "chart", when=at(11)).content


def test_a_refused_correction_is_a_sentence_at_its_field(signed, nurse):
    stop = line_of(signed, "magnesium").events.get(kind="stop")
    fix = {"what": f"event:{stop.pk}:at", "found_at": "09:12", "found": "", "reason": "Pump log"}
    refused = send(nurse, signed, "correct_note", when=at(11), **fix)
    assert refused.status_code == 422
    assert b"would change places" in refused.content and b'value="Pump log"' in refused.content
    empty = send(nurse, signed, "add_to_note", when=at(11), text="", reason="")
    assert b"Write what is to be added" in empty.content and b"Say why" in empty.content


def test_a_co_signature_is_asked_for_and_given(signed, provider, dana, site):
    from infusion_center.accounts.permissions import Role
    from tests.people import member_of_staff

    pat = member_of_staff("pat", Role.PROVIDER, site=site, first_name="Pat", last_name="Parr")
    asked = send(provider, signed, "ask_cosignature", when=at(11), provider=pat.pk)
    assert b"asked by Dana Dorn, MD" in asked.content and b"> Co-sign<" not in asked.content
    other = signed_in(pat)
    assert b"Read and co-sign" in other.get(reverse("visits:decisions")).content
    done = send(other, signed, "cosign", when=at(12))
    assert b"co-signed Fri 20 Nov 2026 12:00" in done.content
    assert send(other, signed, "cosign", when=at(12)).status_code == 409


def test_the_paper_is_the_one_that_was_signed_and_reading_it_is_on_record(signed, nurse, provider):
    answer = look(nurse, signed, "note_paper", when=at(11))
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content == bytes(signed.note.paper.pdf)
    assert "Pell" not in answer["Content-Disposition"]
    assert ChartRead.objects.filter(page="visits:note_paper").count() == 1


def test_there_is_no_paper_before_the_signature_and_none_at_another_site(over, nurse, dana):
    from infusion_center.accounts.permissions import Role
    from tests.people import member_of_staff
    from tests.places import open_site

    assert look(nurse, over, "note_paper").status_code == 404
    elsewhere = open_site(name="Elsewhere", slug="elsewhere")
    stranger = signed_in(member_of_staff("stella", Role.NURSE, site=elsewhere))
    assert look(stranger, over).status_code == 404


def test_a_note_costs_the_same_with_few_and_many_entries(over, nurse, stock, dana, nora, in_chair):
    def cost(when):
        look(nurse, over, when=when)
        with CaptureQueriesContext(connection) as asked:
            look(nurse, over, when=when)
        return len(asked)

    few = cost(TEN)
    assert few <= 36
    scenes.signed(over, by=dana)
    after = cost(at(11))
    for minute in range(8):
        send(nurse, over, "add_to_note", when=at(11, minute), text="More", reason="Late")
    assert cost(at(11)) == after <= 24


# --- Decide now ---------------------------------------------------------------------------------------


def decide(browser, *, when):
    with time_machine.travel(when, tick=False):
        return browser.get(reverse("visits:to_decide")).content.decode()


def test_a_note_waits_in_decide_now_until_it_is_signed_and_is_overdue_after_a_day(over, provider, dana):
    page = decide(provider, when=at(10, 45))
    assert "Note to sign" in page and "40 min" in page and "overdue" not in page
    next_day = decide(signed_in(dana), when=scenes.HOME + timedelta(hours=24))
    assert "Note to sign: overdue since" in next_day
    scenes.signed(over, by=dana)
    assert "Note to sign" not in decide(provider, when=at(11))


# --- The API ------------------------------------------------------------------------------------------


def api(browser, visit, name, data=None, *, method="post", when=scenes.SIGNED):
    with time_machine.travel(when, tick=False):
        call = getattr(browser, method)
        return call(reverse(name, args=[visit.key]), data, content_type="application/json")


def test_the_same_story_through_the_api(over, nurse, provider):
    who = {"patient": str(over.patient.key)}
    typed = who | {"before": "Third day", "after": "", "version": 0}
    saved = api(nurse, over, "api_visit_note", typed, method="put").json()
    assert (saved["before"], saved["version"], saved["signed_at"]) == ("Third day", 1, None)
    sign = typed | {"version": 1, "seen": saved["seen"]}
    assert api(nurse, over, "api_sign_note", sign).status_code == 403
    assert api(provider, over, "api_sign_note", sign | {"seen": "0" * 64}).status_code == 409
    note = api(provider, over, "api_sign_note", sign).json()
    assert (note["signed_by"], note["intact"], len(note["sha256"])) == ("Dana Dorn, MD", True, 64)
    late = who | {"text": "Called back", "reason": "Telephone"}
    assert api(nurse, over, "api_note_addenda", late).status_code == 201
    score = over.scores.get(moment="discharge")
    fix = who | {"kind": "score", "row": score.pk, "field": "pain", "found": "3", "reason": "Misheard"}
    assert api(nurse, over, "api_note_corrections", fix).status_code == 201
    page = look_api(nurse, over)
    assert [one["text"] for one in page["addenda"]] == ["Called back"]
    assert [(one["was"], one["found"]) for one in page["corrections"]] == [
        ("Pain at discharge, pain 2", "3.000")
    ]


def look_api(browser, visit):
    with time_machine.travel(at(11), tick=False):
        return browser.get(reverse("api_visit_note", args=[visit.key])).json()


def test_after_the_signature_the_api_refuses_in_the_same_words(signed, nurse):
    who, when = {"patient": str(signed.patient.key)}, at(11)
    visit = who | {"visit": str(signed.key)}
    line = line_of(signed, "magnesium")
    tried = [
        api(nurse, signed, "api_visit_vitals", who | {"taken_at": when, "pulse": 70}, when=when),
        api(
            nurse,
            signed,
            "api_visit_scores",
            who | {"moment": "baseline", "pain": 1, "scored_at": when},
            when=when,
        ),
        api(nurse, signed, "api_visit_iv_site", who | {"iv_site": "hand"}, when=when),
        api(
            nurse,
            signed,
            "api_visit_note",
            who | {"before": "x", "after": "", "version": 1},
            method="put",
            when=when,
        ),
        api(nurse, signed, "api_undo", {"reason": "Late"}, when=when),
        api(nurse, line, "api_administration_error", visit | {"reason": "Late"}, when=when),
        api(nurse, line, "api_administration_stop", visit | {"stopped_at": when}, when=when),
    ]
    for answer in tried:
        assert answer.status_code == 409
        assert SIGNED_BY.decode() in answer.json()["detail"]
