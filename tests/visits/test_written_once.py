"""Never mixed up, never twice: what every form and every program that charts has to carry, and what a second
sending does."""

import re
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from regimens.models import Check
from tests.clock import NINE
from tests.people import signed_in
from tests.visits import notes
from tests.visits.conftest import line_of
from visits.models import Score, WrittenForm
from visits.services import charting, once

HTMX = {"HX-Request": "true"}
PAIN = {"pain": "7", "about": "baseline"}


@pytest.fixture(autouse=True)
def at_nine(settings):
    settings.IDLE_LOCK_MINUTES = 600
    with time_machine.travel(NINE, tick=False):
        yield


@pytest.fixture
def nurse(nora):
    return signed_in(nora)


def send(browser, visit, name="pain", *rest, **typed):
    whose = {"patient": str(visit.patient.key)}
    return browser.post(reverse(f"visits:{name}", args=[visit.key, *rest]), whose | typed, headers=HTMX)


def text(answer):
    return " ".join(answer.content.decode().split())


def test_a_form_sent_twice_is_written_once_and_answered_as_done(in_chair, nurse):
    key = str(uuid4())
    first, again = (send(nurse, in_chair, form_key=key, **PAIN) for _ in range(2))
    assert (first.status_code, again.status_code, Score.objects.count()) == (200, 200, 1)
    assert "It was written down before, and is there once" in text(again)
    assert "written down before" not in text(first)


def test_another_form_with_the_same_words_is_another_entry(in_chair, nurse):
    for _ in range(2):
        send(nurse, in_chair, form_key=str(uuid4()), **PAIN)
    assert Score.objects.count() == 2


def test_a_refused_form_may_be_sent_again_under_its_key(in_chair, nurse):
    key = str(uuid4())
    late = send(nurse, in_chair, form_key=key, **PAIN, scored_at="09:30")
    assert late.status_code == 422 and not WrittenForm.objects.exists()
    assert send(nurse, in_chair, form_key=key, **PAIN).status_code == 200
    assert Score.objects.count() == 1


def test_other_words_under_a_used_key_are_not_taken_for_the_first_and_stay(in_chair, nurse):
    key = str(uuid4())
    send(nurse, in_chair, form_key=key, **PAIN)
    other = send(nurse, in_chair, form_key=key, **PAIN | {"pain": "3"})
    assert other.status_code == 409 and "sent before with something else in it" in text(other)
    assert re.search(r'value="3"[^>]*checked', text(other))
    fresh = re.search(r'name="form_key" value="([^"]+)"', text(other))[1]
    assert fresh != key
    assert send(nurse, in_chair, form_key=fresh, **PAIN | {"pain": "3"}).status_code == 200
    assert [score.pain for score in Score.objects.order_by("pk")] == [7, 3]


def test_somebody_elses_key_says_nothing_was_written_before(in_chair, nurse, noah):
    key = str(uuid4())
    send(nurse, in_chair, form_key=key, **PAIN)
    assert send(signed_in(noah), in_chair, form_key=key, **PAIN).status_code == 409


def test_a_refused_start_keeps_its_check_and_no_key(in_chair, stock, nurse, rules_say):
    rules_say(ketorolac="block")
    line = line_of(in_chair, "ketorolac")
    no = send(
        nurse, in_chair, "act", line.key, "push", form_key=str(uuid4()), lots=stock.ketorolac.pk, pain="6"
    )
    assert no.status_code == 409 and not WrittenForm.objects.exists()
    assert Check.objects.filter(moment="start", step=line.step).exists()


def test_no_key_and_no_hash_says_who_or_what(in_chair, nurse):
    send(nurse, in_chair, form_key=str(uuid4()), **PAIN)
    row = WrittenForm.objects.get()
    assert row.answer is None and re.fullmatch(r"[0-9a-f]{64}", row.content)


def test_the_key_is_gone_with_what_it_wrote(in_chair, nora):
    def broken():
        charting.score(visit=in_chair, moment="baseline", pain=5, scored_at=NINE, by=nora, at=NINE)
        raise RuntimeError("the line went down")

    with pytest.raises(RuntimeError):
        once.write(key=uuid4(), content="x", verb=broken, by=nora, at=NINE)
    assert not WrittenForm.objects.exists() and not Score.objects.exists()


def test_a_program_is_answered_the_same_and_writes_once(in_chair, nurse):
    path = reverse("api_visit_scores", args=[in_chair.key])
    body = {"patient": str(in_chair.patient.key), "moment": "baseline", "pain": 8, "scored_at": NINE}
    key = {"Idempotency-Key": str(uuid4())}

    def post(headers, **change):
        return nurse.post(path, body | change, content_type="application/json", headers=headers)

    first, again = post(key), post(key)
    assert first.status_code == again.status_code == 201 and first.json() == again.json()
    assert Score.objects.count() == 1
    other = post(key, pain=2)
    assert other.status_code == 409 and "something else" in other.json()["detail"]
    assert post({"Idempotency-Key": "again"}).status_code == 400
    assert post({}).status_code == 201 and Score.objects.count() == 2


def test_a_program_stops_a_drug_once(in_chair, magnesium, stock, nurse):
    whose = {"patient": str(in_chair.patient.key), "visit": str(in_chair.key)}
    sent = [
        nurse.post(
            reverse("api_administration_start", args=[magnesium.key]),
            whose | {"lots": [stock.magnesium.pk], "started_at": NINE},
            content_type="application/json",
            headers={"Idempotency-Key": "0b6f9a1e-2f0c-4c6c-9d43-5d1f0a4f7a11"},
        )
        for _ in range(2)
    ]
    assert [one.json()["state"] for one in sent] == ["running", "running"]
    assert magnesium.events.filter(kind="start").count() == 1


def test_a_line_for_another_patient_is_refused_to_programs(in_chair, magnesium, stock, paul, nurse):
    wrong = nurse.post(
        reverse("api_administration_start", args=[magnesium.key]),
        {
            "visit": str(in_chair.key),
            "patient": str(paul.key),
            "lots": [stock.magnesium.pk],
            "started_at": NINE,
        },
        content_type="application/json",
    )
    assert wrong.status_code == 409 and "belongs to another patient" in wrong.json()["detail"]


@pytest.mark.parametrize("page", ["chart", "vitals", "pain", "react", "results", "ask", "iv_site", "end"])
def test_every_form_on_the_chart_carries_patient_and_key(in_chair, dana, noah, page):
    for person in (noah, dana):
        forms_carry(signed_in(person).get(reverse(f"visits:{page}", args=[in_chair.key])), in_chair)


def test_every_form_of_the_note_before_and_after_its_signature_carries_them(in_chair, stock, nora, dana):
    page = reverse("visits:note", args=[in_chair.key])
    forms_carry(signed_in(nora).get(page), in_chair)
    notes.over(in_chair, stock, by=nora)
    forms_carry(signed_in(dana).get(page), in_chair)
    notes.signed(in_chair, by=dana)
    forms_carry(signed_in(nora).get(page), in_chair)


def forms_carry(answer, visit):
    """Every form of the page that is sent to an address of this visit."""
    found = [
        one for one in re.findall(r"<form.*?</form>", answer.content.decode(), re.S) if "/visits/" in one
    ]
    sent = [one for one in found if 'method="post"' in one]
    assert sent
    for one in sent:
        assert f'name="patient" value="{visit.patient.key}"' in one, one[:200]
        assert 'name="form_key"' in one, one[:200]


SCREENS = ["chart", "vitals", "pain", "react", "results", "weigh", "iv_site", "ask", "discharge", "end"]
SCREENS += ["verbal", "note", "compose"]


@pytest.mark.parametrize("name", SCREENS)
def test_every_screen_that_charts_says_large_who_it_is_when_born_and_in_which_chair(in_chair, dana, name):
    page = text(signed_in(dana).get(reverse(f"visits:{name}", args=[in_chair.key])))
    banner = page[page.index('<section class="banner"') :].partition("</section>")[0]
    for words in ("Pell, Pia", "10 Apr 1984", "Chair 1"):
        assert words in banner
    assert 'class="banner-name"' in banner


def test_every_card_of_my_chairs_says_it_too(in_chair, nurse):
    card = text(nurse.get(reverse("visits:my_chairs"))).partition("<article")[2]
    head = card[: card.index("</header>")]
    assert all(words in head for words in ("Pell, Pia", "10 Apr 1984", "Chair 1"))
