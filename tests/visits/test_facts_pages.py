"""Results, questions and the IV site on the card, in the chart and beside Today."""

from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patients.models import Measurement, Result, ScreeningAnswer
from patients.services import history, results
from tests.clock import EIGHT, NINE, at
from tests.people import signed_in
from visits.models import Visit
from visits.services import flow

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def nine_o_clock(settings):
    settings.IDLE_LOCK_MINUTES = 600
    with time_machine.travel(NINE, tick=False):
        yield


@pytest.fixture
def nurse(nora, nine_o_clock):
    return signed_in(nora)


@pytest.fixture
def desk(felix, nine_o_clock):
    return signed_in(felix)


def url(name, visit, *rest):
    return reverse(f"visits:{name}", args=[visit.key, *rest])


def on_card(visit):
    return HTMX | {"HTTP_HX_TARGET": f"card-{visit.key}"}


BESIDE = HTMX | {"HTTP_HX_TARGET": "side"}


def send(browser, visit, name, data=None, *rest, headers=None):
    typed = {"patient": str(visit.patient.key)} | (data or {})
    return browser.post(url(name, visit, *rest), typed, **(on_card(visit) if headers is None else headers))


def test_two_taps_on_the_card_write_a_pregnancy_test(in_chair, nurse, nora):
    opened = nurse.get(url("results", in_chair), **on_card(in_chair))
    assert "hCG negative" in opened.text
    card = send(nurse, in_chair, "result", {"outcome": "negative"}, "hcg")
    shown, _, _ = card.text.partition("<template")  # after it: forms that wait for a line to go down
    assert "hCG negative" in shown and "<form" not in shown
    row = Result.objects.get()
    assert (row.kind, row.outcome, row.taken_at, row.recorded_by) == ("hcg", "negative", NINE, nora)


def test_a_creatinine_and_the_clearance_appears(in_chair, nurse, pia, nora):
    history.measure(
        patient=pia, kind="weight", value=Decimal(70), unit="kg", measured_at=EIGHT, by=nora, at=EIGHT
    )
    assert "CrCl 101 mL/min" in send(nurse, in_chair, "result", {"number": "0.8"}, "creatinine").text
    chart = nurse.get(url("chart", in_chair)).text
    assert "101 mL/min" in chart and "0.8 mg/dL" in chart


def test_without_a_weight_the_chart_says_why_there_is_no_clearance(in_chair, nurse):
    send(nurse, in_chair, "result", {"number": "0.8"}, "creatinine")
    assert "no weight of the last 30 days" in nurse.get(url("chart", in_chair)).text
    card = send(nurse, in_chair, "weigh", {"value": "154", "unit": "lb"})
    assert Measurement.objects.get().value == Decimal("69.85")
    assert "CrCl 101 mL/min" in card.text


def test_a_newer_creatinine_takes_the_old_clearance_off_the_card(in_chair, nurse, pia, nora):
    results.record(patient=pia, kind="clearance", number=Decimal(90), taken_at=EIGHT, by=nora, at=EIGHT)
    card = reverse("visits:card", args=[in_chair.key])
    assert "CrCl 90 mL/min" in nurse.get(card, **on_card(in_chair)).text
    assert "CrCl" not in send(nurse, in_chair, "result", {"number": "4.0"}, "creatinine").text


@pytest.mark.parametrize(
    ("name", "typed", "rest", "sentence"),
    [
        ("result", {"number": "41"}, ["ecg"], "QTc 41 ms cannot be"),
        ("result", {"number": ""}, ["ecg"], "required"),
        ("result", {}, ["hcg"], "Say how it came out"),
        ("weigh", {"value": "700", "unit": "kg"}, [], "cannot be the weight"),
        ("weigh", {}, [], "required"),
        ("iv_site", {}, [], "Say where the line lies"),
        ("iv_site", {"iv_site": "ear"}, [], "valid choice"),
        ("ask", {"triptan": "today"}, [], "About what time"),
        ("ask", {"driver_name": "Sam"}, [], "Say whether somebody drives"),
        ("ask", {"has_driver": "perhaps"}, [], "valid choice"),
    ],
)
def test_bad_input_is_a_sentence_beside_what_was_typed(in_chair, nurse, name, typed, rest, sentence):
    answer = send(nurse, in_chair, name, typed, *rest)
    assert (answer.status_code, sentence in answer.text) == (422, True)


def test_a_form_of_another_patient_writes_nothing(in_chair, nurse, paul):
    answer = send(nurse, in_chair, "result", {"outcome": "negative", "patient": str(paul.key)}, "hcg")
    assert (answer.status_code, b"another patient" in answer.content) == (409, True)
    assert not Result.objects.exists()
    assert send(nurse, in_chair, "ask", {"fasted": "no", "patient": "x"}, headers=BESIDE).status_code == 409
    assert not ScreeningAnswer.objects.exists()


def test_the_iv_site_from_the_card(in_chair, nurse):
    assert "Forearm" in nurse.get(url("iv_site", in_chair), **on_card(in_chair)).text
    assert "Hand" in send(nurse, in_chair, "iv_site", {"iv_site": "hand"}).text
    assert Visit.objects.get().iv_site == "hand"


def test_felix_asks_at_check_in_and_what_he_left_out_stays_not_asked(visit, desk, felix):
    flow.check_in(visit=visit, by=felix, at=at(8, 40))
    panel = desk.get(url("visit", visit), **HTMX).text
    assert panel.count("not asked") == 8 and "Ask the questions" in panel
    form = desk.get(url("ask", visit), **BESIDE).text
    assert "Could you be pregnant?" in form and " checked" not in form and 'hx-target="#side"' in form
    said = {"new_headache_type": "no", "has_driver": "yes", "driver_name": "Sam", "triptan": "none"}
    after = send(desk, visit, "ask", said, headers=BESIDE)
    assert after.status_code == 200 and after.headers["HX-Trigger"]
    assert after.text.count("not asked") == 5
    assert Visit.objects.get().driver_name == "Sam"


def test_refused_beside_today_the_form_stays(visit, desk):
    answer = send(desk, visit, "ask", {"triptan": "today", "new_headache_type": "yes"}, headers=BESIDE)
    assert (answer.status_code, "About what time" in answer.text) == (422, True)
    assert 'value="yes" checked' in answer.text


def test_asked_on_the_phone_while_booking(visit, desk):
    send(desk, visit, "ask", {"new_headache_type": "no"}, headers=BESIDE)
    assert ScreeningAnswer.objects.get().asked_during == "booking"


def test_check_in_is_still_one_tap(visit, desk):
    answer = desk.post(url("check_in", visit), **HTMX)
    assert answer.status_code == 200 and "Ask the questions" in answer.text
    assert not ScreeningAnswer.objects.exists()


def test_before_the_chair_the_chart_takes_results_and_questions(visit, nurse, felix):
    flow.check_in(visit=visit, by=felix, at=at(8, 40))
    assert "hCG negative" in nurse.get(url("results", visit)).text
    assert send(nurse, visit, "result", {"outcome": "negative"}, "hcg", headers={}).status_code == 302
    assert "Questions for today" in nurse.get(url("ask", visit)).text
    assert "Systolic" in nurse.get(url("vitals", visit)).text


def test_the_desk_asks_and_does_not_chart(visit, desk):
    assert desk.get(url("ask", visit)).status_code == 200
    for name, rest in (("results", []), ("result", ["hcg"]), ("weigh", []), ("iv_site", [])):
        assert desk.get(url(name, visit, *rest)).status_code == 403


def test_a_man_is_not_asked_whether_he_is_pregnant(in_chair, nurse, pia, felix):
    pia.sex_at_birth = "male"
    pia.save(update_fields=["sex_at_birth"])
    assert "pregnant" not in nurse.get(url("ask", in_chair)).text
    assert "hCG negative" not in nurse.get(url("results", in_chair)).text


def test_no_such_test(in_chair, nurse):
    assert nurse.get(url("result", in_chair, "tea")).status_code == 404


def test_the_questions_take_the_same_queries_however_much_is_known(in_chair, nurse, pia, nora):
    def cost():
        nurse.get(url("ask", in_chair))
        with CaptureQueriesContext(connection) as asked:
            nurse.get(url("ask", in_chair))
        return len(asked)

    few = cost()
    for n in range(6):
        history.add_medication(patient=pia, text=f"pill {n}", groups=["triptan"], by=nora, at=EIGHT)
        results.record(patient=pia, kind="ecg", number=Decimal(400), taken_at=EIGHT, by=nora, at=EIGHT)
        history.add_allergy(patient=pia, text=f"dust {n}", by=nora, at=EIGHT)
    assert cost() == few <= 36
