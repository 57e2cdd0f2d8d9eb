"""The pages as the front desk and the nurse use them."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from infusion_center.audit.models import ChartRead
from infusion_center.shared import clock
from patients.models import Allergy, Patient
from patients.selectors import card
from patients.services import coverage, history, reaching, registration
from patients.states import MeasurementKind
from tests.clock import EIGHT, SEVEN
from tests.people import enroll, signed_in

HTMX = {"HTTP_HX_REQUEST": "true"}
NEW = {
    "given_name": "Maria",
    "family_name": "Garcia",
    "birth_date": "3/12/1980",
    "sex_at_birth": "female",
    "language": "en",
    "interpreter": "unknown",
    "phone": "312 555 0142",
    "may_text": "yes",
}


@pytest.fixture
def desk(felix):
    return signed_in(felix)


@pytest.fixture
def nurse(nora):
    return signed_in(nora)


def at_patient(name, patient, *rest):
    return reverse(f"patients:{name}", args=[patient.key, *rest])


def test_felix_finds_a_patient_without_a_name_in_any_address(desk, pia):
    page = desk.get(reverse("patients:find"))
    assert page.status_code == 200
    found = desk.post(reverse("patients:find"), {"text": "pell"}, **HTMX)
    assert "Pell, Pia" in found.text and "<html" not in found.text
    assert reverse("patients:patient", args=[pia.key]) in found.text
    assert "HX-Request" in found["Vary"]


def test_finding_without_script_gives_the_whole_page_with_what_was_typed(desk, pia):
    found = desk.post(reverse("patients:find"), {"text": "pell"})
    assert "Pell, Pia" in found.text and 'value="pell"' in found.text and "<html" in found.text


@pytest.mark.parametrize("text", ["\0", "a" * 300, "<script>", "%", "3/12/"])
def test_odd_text_in_the_box_is_no_error(desk, pia, text):
    assert desk.post(reverse("patients:find"), {"text": text}, **HTMX).status_code == 200


def test_the_list_is_noted_once_an_hour_and_a_search_not_at_all(desk, pia):
    for _ in range(2):
        desk.get(reverse("patients:find"))
        desk.post(reverse("patients:find"), {"text": "pell"}, **HTMX)
    assert [read.page for read in ChartRead.objects.all()] == ["patients:find"]


def test_felix_registers_somebody_and_lands_on_their_page(desk, felix):
    answer = desk.post(reverse("patients:register"), NEW)
    patient = Patient.objects.get()
    assert answer["Location"] == at_patient("patient", patient)
    assert (patient.birth_date, patient.name) == (date(1980, 3, 12), "Garcia, Maria")
    assert [(p.digits, p.may_text, p.may_text_by) for p in patient.phones.all()] == [
        ("3125550142", "yes", felix)
    ]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"birth_date": "3/12/2080"}, "is in the future"),
        ({"birth_date": "3/12/1890"}, "over 120 years ago"),
        ({"birth_date": "the 12th"}, "Write the birth date like"),
        ({"birth_date": ""}, "This field is required"),
        ({"phone": "555"}, "is no phone number"),
        ({"given_name": "123"}, "Give the given name"),
        ({"email": "nobody"}, "valid email"),
        ({"sex_at_birth": "x"}, "Select a valid choice"),
        ({"city": "x" * 61}, "at most 60 characters"),
        ({"street": "a\0b"}, "Null characters are not allowed"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(desk, typed, sentence):
    answer = desk.post(reverse("patients:register"), NEW | {"preferred_name": "Mia"} | typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert answer.text.count('class="invalid-feedback"') == 1
    (field,) = typed
    if "\0" not in typed[field] and field != "sex_at_birth":
        assert f'value="{typed[field]}"' in answer.text or not typed[field]
    assert 'value="Mia"' in answer.text
    assert not Patient.objects.exists()


def test_possible_duplicates_appear_while_typing(desk, pia):
    typed = {"given_name": "Pea", "family_name": "Pel", "birth_date": "4/10/1984"}
    answer = desk.post(reverse("patients:duplicates"), typed, **HTMX)
    assert "Pell, Pia" in answer.text and "same birth date" in answer.text
    half = desk.post(reverse("patients:duplicates"), {"given_name": "P", "birth_date": "4/1"}, **HTMX)
    assert half.status_code == 200 and "Nobody alike" in half.text


def test_the_page_of_a_patient_is_noted_and_a_swap_is_not(desk, felix, pia):
    desk.get(at_patient("patient", pia))
    desk.get(at_patient("panel", pia, "allergies"), **HTMX)
    assert [(r.patient_key, r.page, r.person) for r in ChartRead.objects.all()] == [
        (pia.key, "patients:patient", felix)
    ]


def test_an_old_key_leads_to_the_kept_record_and_says_so(desk, max, felix, pia):
    twin = enroll(by=felix)
    registration.merge(duplicate=twin, into=pia, by=max, at=EIGHT)
    answer = desk.get(at_patient("patient", twin), follow=True)
    assert answer.redirect_chain[-1][0] == at_patient("patient", pia)
    assert "was merged into this one" in answer.text
    assert f"Record {twin.number}" in answer.text


def test_nobody_by_that_key_is_not_found(desk):
    assert (
        desk.get(reverse("patients:patient", args=["00000000-0000-4000-8000-000000000000"])).status_code
        == 404
    )


def test_felix_corrects_a_name_and_sees_what_was_there(desk, pia):
    form = desk.get(at_patient("correct", pia))
    assert 'value="4/10/1984"' in form.text
    typed = NEW | {"family_name": "Pelletier", "seen": form.context["form"].initial["seen"]}
    assert desk.post(at_patient("correct", pia), typed).status_code == 302
    pia.refresh_from_db()
    assert pia.family_name == "Pelletier"


def test_the_second_of_two_desks_is_told(desk, felix, pia):
    seen = desk.get(at_patient("correct", pia)).context["form"].initial["seen"]
    registration.correct(patient=pia, city="Joliet", by=felix, at=EIGHT)
    answer = desk.post(at_patient("correct", pia), NEW | {"seen": seen, "city": "Aurora"})
    assert answer.status_code == 409
    assert "Somebody changed this record" in answer.text and 'value="Aurora"' in answer.text


def test_nora_notes_an_allergy_in_its_panel_and_the_banner_follows(nurse, pia, words):
    form = nurse.get(at_patient("add_fact", pia, "allergies"), **HTMX)
    assert form.text.count("<section") == 2 and 'name="text"' in form.text  # the panel and the banner
    typed = {"text": "Ibuprofen", "meaning": "", "reaction": "hives", "severe": "true"}
    answer = nurse.post(at_patient("add_fact", pia, "allergies"), typed, **HTMX)
    assert "Ibuprofen" in answer.text and "hives" in answer.text and 'hx-swap-oob="true"' in answer.text
    row = Allergy.objects.get()
    assert (row.group, row.severe, row.unmapped) == ("nsaid", True, False)


def test_a_harmless_allergy_is_settled_by_a_persons_word(nurse, pia, words):
    nurse.post(at_patient("add_fact", pia, "allergies"), {"text": "nuts", "meaning": "-"}, **HTMX)
    assert Allergy.objects.values_list("group", "unmapped").get() == ("other:nuts", False)


def test_none_reviewed_and_refused_are_one_tap_each(nurse, pia):
    none = at_patient("answer_facts", pia, "allergies", "none")
    assert "No known allergies" in nurse.post(none, **HTMX).text
    assert "reviewed" in nurse.post(at_patient("answer_facts", pia, "allergies", "reviewed"), **HTMX).text
    nurse.post(at_patient("add_fact", pia, "allergies"), {"text": "latex"}, **HTMX)
    refused = nurse.post(none, **HTMX)
    assert refused.status_code == 409 and "are listed" in refused.text and "latex" in refused.text


def test_a_fact_is_ended_or_struck_out_in_place(nurse, nora, pia):
    row = history.add_condition(patient=pia, text="asthma", by=nora, at=SEVEN)
    answer = nurse.post(at_patient("close_fact", pia, "conditions", row.pk, "error"), **HTMX)
    assert "<s>asthma</s>" in answer.text
    again = nurse.post(at_patient("close_fact", pia, "conditions", row.pk, "end"), **HTMX)
    assert again.status_code == 409 and "not active any more" in again.text


def test_a_row_of_another_patient_is_not_found(nurse, nora, pia, paul):
    row = history.add_condition(patient=paul, text="asthma", by=nora, at=SEVEN)
    assert nurse.post(at_patient("close_fact", pia, "conditions", row.pk, "end"), **HTMX).status_code == 404


def test_last_taken_is_read_by_the_clock_of_the_site_and_empty_means_not_known(nurse, nora, pia):
    row = history.add_medication(patient=pia, text="sumatriptan", by=nora, at=SEVEN)
    url = at_patient("last_taken", pia, row.pk)
    assert "last_taken_at" in nurse.get(url, **HTMX).text
    nurse.post(url, {"last_taken_at": "2026-11-20T06:30"}, **HTMX)
    row.refresh_from_db()
    assert row.last_taken_at.isoformat() == "2026-11-20T12:30:00+00:00"
    nurse.post(url, {"last_taken_at": ""}, **HTMX)
    row.refresh_from_db()
    assert row.last_taken_at is None and row.last_taken_asked_at is not None


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"value": "7", "unit": "kg"}, "7 kg cannot be the weight at 42 years"),
        ({"value": "700", "unit": "kg"}, "700 kg cannot be the weight"),
        ({"value": "heavy", "unit": "kg"}, "Enter a number"),
        ({"value": "", "unit": "kg"}, "required"),
        ({"value": "1e9", "unit": "kg"}, "no more than"),
        ({"value": "80", "unit": "stone"}, "Select a valid choice"),
        ({"value": "80", "unit": "kg", "measured_at": "2099-01-01T10:00"}, "still to come"),
        ({"value": "80", "unit": "kg", "measured_at": "noon"}, "Enter a valid date/time"),
        ({"value": "80", "unit": "kg", "measured_at": "2026-03-08T02:30"}, "couldn’t be interpreted"),
    ],
)
def test_a_weight_nobody_has_is_refused_at_the_field(nurse, pia, typed, sentence):
    answer = nurse.post(at_patient("weigh", pia), typed, **HTMX)
    assert answer.status_code == 422
    assert sentence in answer.text and answer.text.count("invalid-feedback") == 1
    assert not pia.measurements.exists()


def test_an_old_weight_is_marked_with_its_age(nurse, nora, pia):
    facts = {"kind": MeasurementKind.WEIGHT, "value": Decimal(80), "unit": "kg"}
    history.measure(patient=pia, **facts, measured_at=SEVEN.replace(year=2020), by=nora, at=SEVEN)
    assert "weigh before dosing per kg" in nurse.get(at_patient("patient", pia)).text
    answer = nurse.post(at_patient("weigh", pia), {"value": "81.5", "unit": "kg", "measured_at": ""}, **HTMX)
    assert "81.5 kg" in answer.text and "today" in answer.text
    assert card.newest_weight(pia, clock.now()).value == Decimal("81.5")


def test_a_due_date_of_nobody_pregnant_is_refused_at_the_field(nurse, pia):
    typed = {"status": "not_pregnant", "due_on": "2026-12-24"}
    answer = nurse.post(at_patient("ask_pregnancy", pia), typed, **HTMX)
    assert answer.status_code == 422 and "belongs to a pregnancy" in answer.text


def test_coverage_is_noted_verified_and_ended_and_its_place_taken_once(desk, pia, payer):
    typed = {"payer": payer.pk, "member_id": "abc 1", "rank": "1", "relationship": "18"}
    assert "ABC1" in desk.post(at_patient("add_coverage", pia), typed, **HTMX).text
    taken = desk.post(at_patient("add_coverage", pia), typed | {"member_id": "xyz9"}, **HTMX)
    assert taken.status_code == 409
    assert "is billed at place 1" in taken.text and 'value="xyz9"' in taken.text
    row = pia.coverages.get()
    for how, state in (("verify", "active"), ("doubt", "unverified"), ("end", "ended")):
        assert desk.post(at_patient("move_coverage", pia, row.pk, how), **HTMX).status_code == 200
        row.refresh_from_db()
        assert row.state == state
    assert desk.post(at_patient("move_coverage", pia, row.pk, "verify"), **HTMX).status_code == 409
    assert desk.post(at_patient("move_coverage", pia, row.pk, "bury"), **HTMX).status_code == 404


def test_a_plan_in_another_name_asks_for_the_subscriber(desk, pia, payer):
    typed = {"payer": payer.pk, "member_id": "abc1", "rank": "1", "relationship": "19"}
    answer = desk.post(at_patient("add_coverage", pia), typed, **HTMX)
    assert answer.status_code == 422 and "Give the subscriber&#x27;s given name" in answer.text


def test_phones_and_contacts_come_and_go_in_place(desk, pia):
    typed = {"written": "312 555 0142", "kind": "mobile", "may_text": "unknown"}
    assert "never asked" in desk.post(at_patient("add_phone", pia), typed, **HTMX).text
    phone = pia.phones.get()
    assert "Felix Fry" in desk.post(at_patient("texting", pia, phone.pk, "yes"), **HTMX).text
    assert "No phone yet" in desk.post(at_patient("drop_phone", pia, phone.pk), **HTMX).text
    assert (
        "is no phone number"
        in desk.post(at_patient("add_phone", pia), typed | {"written": "12"}, **HTMX).text
    )
    assert (
        "Sam"
        in desk.post(
            at_patient("add_contact", pia), {"name": "Sam", "phone": "", "drives": "on"}, **HTMX
        ).text
    )
    assert "Nobody yet" in desk.post(at_patient("drop_contact", pia, pia.contacts.get().pk), **HTMX).text


def test_without_script_an_act_leads_back_to_the_page_and_a_refusal_shows_it_whole(nurse, pia):
    done = nurse.post(at_patient("weigh", pia), {"value": "80", "unit": "kg"})
    assert (done.status_code, done["Location"]) == (302, at_patient("patient", pia))
    refused = nurse.post(at_patient("weigh", pia), {"value": "7", "unit": "kg"})
    assert refused.status_code == 422 and "<html" in refused.text and "cannot be the weight" in refused.text


def test_max_merges_a_duplicate_and_takes_it_back(max, felix, pia):
    manager, twin = signed_in(max), enroll(by=felix, given_name="Pya")
    assert "Pell, Pya" in manager.get(at_patient("merge", pia)).text
    assert "Pell, Pya" in manager.post(at_patient("merge", pia), {"text": twin.number}, **HTMX).text
    assert "differs" in manager.get(at_patient("compare", pia, twin.key)).text
    merged = manager.post(at_patient("compare", pia, twin.key), follow=True)
    assert f"Record {twin.number} now stands for this one" in merged.text
    again = manager.post(at_patient("compare", pia, twin.key))
    assert again.status_code == 409 and "one and the same record" in again.text
    undone = manager.post(at_patient("undo_merge", pia, twin.key), follow=True)
    assert f"Record {twin.number} stands for itself again" in undone.text
    assert card.patient_by_key(twin.key) == twin


def test_a_refused_merge_says_why(max, felix, pia):
    other = enroll(by=felix, birth_date=date(1984, 10, 4))
    answer = signed_in(max).post(at_patient("compare", pia, other.key))
    assert answer.status_code == 409 and "The birth dates differ" in answer.text


def test_same_name_and_interpreter_show_wherever_the_name_does(desk, felix, pia):
    other = enroll(by=felix, birth_date=date(1950, 1, 1), interpreter="yes", language="es")
    pages = [
        desk.post(reverse("patients:find"), {"text": "pell"}, **HTMX),
        desk.get(at_patient("patient", other)),
        desk.get(at_patient("correct", other)),
        desk.get(at_patient("add_fact", other, "allergies"), **HTMX),
        desk.post(reverse("patients:duplicates"), {"given_name": "Pia", "family_name": "Pell"}, **HTMX),
    ]
    for page in pages:
        assert "same name" in page.text and "interpreter: Spanish" in page.text


WRITES = [
    ("register", []),
    ("duplicates", []),
    ("correct", ["key"]),
    ("merge", ["key"]),
    ("compare", ["key", "key"]),
    ("undo_merge", ["key", "key"]),
    ("add_phone", ["key"]),
    ("texting", ["key", 1, "yes"]),
    ("drop_phone", ["key", 1]),
    ("add_contact", ["key"]),
    ("drop_contact", ["key", 1]),
    ("add_coverage", ["key"]),
    ("move_coverage", ["key", 1, "verify"]),
    ("weigh", ["key"]),
    ("ask_pregnancy", ["key"]),
    ("add_fact", ["key", "allergies"]),
    ("answer_facts", ["key", "allergies", "none"]),
    ("close_fact", ["key", "allergies", 1, "end"]),
    ("last_taken", ["key", 1]),
    ("find", []),
]


def _url(name, args, patient):
    return reverse(f"patients:{name}", args=[patient.key if arg == "key" else arg for arg in args])


@pytest.mark.parametrize(("name", "args"), WRITES)
def test_mallory_may_not(mallory, pia, name, args):
    assert signed_in(mallory).post(_url(name, args, pia)).status_code == 403


@pytest.mark.parametrize(
    ("name", "args"), [("patient", ["key"]), ("panel", ["key", "allergies"]), ("find", [])]
)
def test_mallory_may_not_look_either(mallory, pia, name, args):
    assert signed_in(mallory).get(_url(name, args, pia)).status_code == 403
    assert not ChartRead.objects.exists()


def test_bea_reads_and_changes_nothing(bea, pia):
    page = signed_in(bea).get(at_patient("patient", pia))
    assert page.status_code == 200 and "hx-post" not in page.text
    assert signed_in(bea).post(at_patient("weigh", pia), {"value": "80", "unit": "kg"}).status_code == 403


def _fill(patient, nora, felix, payer, count):
    for n in range(count):
        by = {"by": nora, "at": SEVEN}
        history.add_allergy(patient=patient, text=f"allergy {n}", **by)
        history.add_condition(patient=patient, text=f"condition {n}", **by)
        history.add_medication(patient=patient, text=f"medication {n}", **by)
        reaching.add_phone(patient=patient, written=f"312 555 01{n:02}", may_text="yes", **by)
        reaching.add_contact(patient=patient, name=f"Contact {n}", **by)
        history.measure(
            patient=patient,
            kind="weight",
            value=Decimal(80),
            unit="kg",
            measured_at=SEVEN.replace(day=n + 1),
            **by,
        )
        row = coverage.add_coverage(patient=patient, payer=payer, member_id=f"M{n}", **by)
        coverage.end(coverage=row, ends_on=SEVEN.date(), **by)


def _queries(client, url, **kwargs):
    client.get(url)  # sessions and content types warm
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def test_the_card_takes_the_same_queries_for_2_and_20_rows(nurse, nora, felix, pia, paul, payer):
    _fill(pia, nora, felix, payer, 2)
    _fill(paul, nora, felix, payer, 19)
    few, many = (_queries(nurse, at_patient("patient", patient)) for patient in (pia, paul))
    assert few == many
    assert few <= 24


def test_the_found_list_takes_the_same_queries_for_2_and_20_rows(desk, felix):
    for n in range(18):
        enroll(by=felix, given_name="Ada", family_name=f"Stone{'abcdefghijklmnopqr'[n]}")
    for _ in range(2):
        enroll(by=felix, given_name="Bob", family_name="Rare")
    counts = []
    for text in ("rare", "stone", "rare"):
        with CaptureQueriesContext(connection) as seen:
            desk.post(reverse("patients:find"), {"text": text}, **HTMX)
        counts.append(len(seen))
    assert counts[1] == counts[2]
