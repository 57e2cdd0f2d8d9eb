"""Results, questions and doses at home on the patient page."""

from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patients.models import HomeDose, HomeMedication, PregnancyAnswer, Result, ScreeningAnswer
from patients.services import history, results, screening
from tests.clock import EIGHT, MINUTE, NINE, SEVEN, TEN
from tests.people import enroll, signed_in

HTMX = {"HTTP_HX_REQUEST": "true"}
pytestmark = pytest.mark.usefixtures("words")


@pytest.fixture(autouse=True)
def nine_o_clock(settings):
    settings.IDLE_LOCK_MINUTES = 600
    with time_machine.travel(NINE, tick=False):
        yield


@pytest.fixture
def nurse(nora, nine_o_clock):
    return signed_in(nora)


def at_patient(name, patient, *rest):
    return reverse(f"patients:{name}", args=[patient.key, *rest])


def test_one_tap_writes_a_pregnancy_test(nurse, pia, nora):
    answer = nurse.post(at_patient("add_result", pia, "hcg"), {"outcome": "negative"}, **HTMX)
    assert answer.status_code == 200 and "Pregnancy test" in answer.text
    row = Result.objects.get()
    assert (row.outcome, row.method, row.taken_at, row.recorded_by) == ("negative", "urine", NINE, nora)


def test_a_creatinine_shows_its_clearance_or_why_there_is_none(nurse, pia, nora):
    without = nurse.post(at_patient("add_result", pia, "creatinine"), {"number": "0.8"}, **HTMX)
    assert "no weight of the last 30 days" in without.text
    history.measure(
        patient=pia, kind="weight", value=Decimal(70), unit="kg", measured_at=EIGHT, by=nora, at=EIGHT
    )
    assert "Compute the clearance" in nurse.get(at_patient("patient", pia)).text
    creatinine = Result.objects.get()
    computed = nurse.post(at_patient("compute_clearance", pia, creatinine.key), **HTMX)
    assert "101 mL/min" in computed.text


@pytest.mark.parametrize(
    ("kind", "typed", "sentence"),
    [
        ("hcg", {}, "Say how it came out"),
        ("hcg", {"outcome": "maybe"}, "Select a valid choice"),
        ("ecg", {"number": "41"}, "QTc 41 ms cannot be"),
        ("ecg", {"number": "NaN"}, "Enter a number"),
        ("ecg", {"number": "1e9"}, "digits"),
        ("ecg", {"number": ""}, "required"),
        ("creatinine", {"number": "88"}, "cannot be"),
        ("creatinine", {"number": "0.8", "taken_at": "2026-11-20T09:30"}, "still to come"),
        ("creatinine", {"number": "0.8", "taken_at": "soon"}, "valid date"),
        ("mri", {"outcome": "negative", "taken_at": "2026-11-21"}, "still to come"),
        ("alt", {"number": "30", "note": "x" * 121}, "at most 120"),
        ("alt", {"number": "30", "method": "tea"}, "valid choice"),
    ],
)
def test_bad_input_is_a_sentence_at_the_field(nurse, pia, kind, typed, sentence):
    answer = nurse.post(at_patient("add_result", pia, kind), typed, **HTMX)
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert not Result.objects.exists()


def test_of_an_mri_only_the_day_is_asked(nurse, pia):
    nurse.post(at_patient("add_result", pia, "mri"), {"outcome": "negative", "taken_at": "2026-11-02"})
    page = nurse.get(at_patient("patient", pia)).text
    assert "read, no ARIA" in page and "02 Nov 2026" in page


def test_a_wrong_result_is_struck_out_with_a_reason(nurse, pia, nora):
    row = results.record(patient=pia, kind="ecg", number=Decimal(512), taken_at=EIGHT, by=nora, at=EIGHT)
    address = at_patient("result_in_error", pia, row.key)
    assert "What was wrong" in nurse.get(address, **HTMX).text
    assert nurse.post(address, {"reason": ""}, **HTMX).status_code == 422
    struck = nurse.post(address, {"reason": "Another patient's strip"}, **HTMX)
    assert "Another patient&#x27;s strip" in struck.text and "No result yet" in struck.text
    assert nurse.post(address, {"reason": "again"}, **HTMX).status_code == 409


def test_the_result_of_somebody_else_is_not_found(nurse, pia, paul, nora):
    row = results.record(patient=paul, kind="ecg", number=Decimal(412), taken_at=EIGHT, by=nora, at=EIGHT)
    assert nurse.post(at_patient("result_in_error", pia, row.key), {"reason": "x"}).status_code == 404
    assert nurse.get(at_patient("add_result", pia, "pulse")).status_code == 404


def test_the_questions_write_to_the_right_facts(nurse, pia, nora):
    listed = history.add_medication(patient=pia, text="sumatriptan 50 mg", by=nora, at=SEVEN)
    form = nurse.get(at_patient("questions", pia), **HTMX).text
    assert "When did you last take sumatriptan 50 mg?" in form and " checked" not in form
    said = {
        f"last_{listed.pk}": "today",
        f"last_{listed.pk}_time": "06:30",
        "nsaid": "yesterday",
        "nsaid_time": "22:00",
        "nsaid_name": "ibuprofen",
        "steroid_pack": "yes",
        "steroid_pack_on": "2026-11-10",
        "pregnancy": "not_pregnant",
        "new_headache_type": "no",
        "allergies": "none",
    }
    assert nurse.post(at_patient("questions", pia), said, **HTMX).status_code == 200
    listed.refresh_from_db()
    assert listed.last_taken_at == SEVEN - 30 * MINUTE
    new = HomeMedication.objects.get(text="ibuprofen")
    assert (new.groups, new.last_taken_at.isoformat()) == (["nsaid_home"], "2026-11-20T04:00:00+00:00")
    assert HomeDose.objects.get().drug == "methylprednisolone"
    assert PregnancyAnswer.objects.get().status == "not_pregnant"
    pia.refresh_from_db()
    assert (pia.allergies, pia.medications) == ("none", "listed")
    asked = set(ScreeningAnswer.objects.values_list("question", "answer", "asked_during"))
    assert asked == {
        ("triptan", "yes", "record"),
        ("nsaid", "yes", "record"),
        ("steroid_pack", "yes", "record"),
        ("pregnancy", "no", "record"),
        ("new_headache_type", "no", "record"),
    }


def test_before_yesterday_is_kept_as_the_last_minute_it_can_have_been(nurse, pia, nora):
    listed = history.add_medication(patient=pia, text="sumatriptan 50 mg", by=nora, at=SEVEN)
    nurse.post(at_patient("questions", pia), {f"last_{listed.pk}": "earlier"})
    listed.refresh_from_db()
    assert listed.last_taken_at.isoformat() == "2026-11-19T05:59:00+00:00"  # 23:59 of Wednesday in Chicago


def test_an_untouched_form_writes_nothing(nurse, pia):
    assert nurse.post(at_patient("questions", pia), {}, **HTMX).status_code == 200
    assert not ScreeningAnswer.objects.exists() and not HomeMedication.objects.exists()
    assert "not asked" in nurse.get(at_patient("patient", pia)).text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"triptan": "today"}, "About what time?"),
        ({"triptan_time": "09:00"}, "Choose the day of that time"),
        ({"triptan": "today", "triptan_time": "08:00"}, "Write which one it was"),
        ({"triptan": "today", "triptan_time": "09:30", "triptan_name": "x"}, "still to come"),
        ({"triptan": "today", "triptan_time": "soon", "triptan_name": "x"}, "valid time"),
        ({"triptan": "never"}, "valid choice"),
        ({"steroid_pack": "yes"}, "on which day"),
        ({"steroid_pack": "yes", "steroid_pack_on": "2026-11-21"}, "still to come"),
        ({"steroid_pack_on": "2026-11-10"}, "or clear what stands beside it"),
        ({"nerve_block": "yes", "block_mg": "-3"}, "A block has more than 0"),
        ({"nerve_block": "no", "block_drug": "lidocaine"}, "or clear what stands beside it"),
        ({"pregnancy": "not_pregnant", "due_on": "2027-02-01"}, "belongs to a pregnancy"),
        ({"infusion_number": "0"}, "greater than or equal to 1"),
        ({"allergies": "same"}, "valid choice"),
    ],
)
def test_what_cannot_be_is_a_sentence_and_what_was_typed_stays(nurse, pia, typed, sentence):
    answer = nurse.post(at_patient("questions", pia), typed | {"new_headache_type": "no"}, **HTMX)
    assert (answer.status_code, sentence in answer.text) == (422, True), answer.text[:3000]
    assert 'value="no" checked' in answer.text
    assert not ScreeningAnswer.objects.exists() and not HomeMedication.objects.exists()


def test_a_dose_at_home(nurse, pia):
    typed = {"drug": "ketorolac", "amount": "10", "taken_at": "2026-11-20T06:00", "told": "from my sister"}
    panel = nurse.post(at_patient("add_home_dose", pia), typed, **HTMX)
    assert "Ketorolac tablets or nasal spray" in panel.text and "10 mg" in panel.text
    dose = HomeDose.objects.get()
    assert nurse.post(at_patient("add_home_dose", pia), typed, **HTMX).status_code == 409
    gone = nurse.post(at_patient("home_dose_in_error", pia, dose.key), {"reason": "Naproxen"}, **HTMX)
    assert "Ketorolac tablets" not in gone.text


@pytest.mark.parametrize("typed", [{}, {"drug": "tea"}, {"drug": "ketorolac", "amount": "0"}])
def test_a_dose_that_cannot_be_is_refused(nurse, pia, typed):
    facts = {"taken_at": "2026-11-20T06:00"} | typed
    assert nurse.post(at_patient("add_home_dose", pia), facts, **HTMX).status_code == 422


def test_who_may_not_record_sees_and_does_not_write(bea, pia, nora):
    biller = signed_in(bea)
    page = biller.get(at_patient("patient", pia))
    assert page.status_code == 200 and "hCG negative" not in page.text
    assert biller.post(at_patient("add_result", pia, "hcg"), {"outcome": "negative"}).status_code == 403
    assert biller.post(at_patient("questions", pia), {}).status_code == 403


def test_the_page_takes_the_same_queries_for_2_and_12_facts(nurse, pia, nora, felix):
    many = enroll(by=felix, given_name="Mona", family_name="Many")
    for patient, count in ((pia, 2), (many, 12)):
        for n in range(count):
            moment = SEVEN + n * MINUTE
            facts = {"patient": patient, "taken_at": moment, "by": nora, "at": TEN}
            results.record(kind="ecg", number=Decimal(400 + n), **facts)
            screening.note_home_dose(drug="ketorolac", amount=Decimal(10), **facts)
            screening.answer(
                patient=patient, question="fasted", answer="no", asked_during="chair", by=nora, at=moment
            )
    counts = []
    for patient in (pia, many):
        nurse.get(at_patient("patient", patient))
        with CaptureQueriesContext(connection) as asked:
            nurse.get(at_patient("patient", patient))
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 26
