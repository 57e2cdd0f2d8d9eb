"""What becomes of resources: made-up people, so that every turn is taken."""

from datetime import date
from decimal import Decimal

import pytest

from patients.models import Payer
from patients.services import history, registration
from patients.states import Answer, CoverageState, ImportState, Life
from tests.clock import EIGHT, NINE, SEVEN
from tests.patients.fhir.conftest import concept, fact, person, weight

pytestmark = pytest.mark.django_db
SNOMED = "http://snomed.info/sct"


@pytest.fixture
def aetna(db):
    return Payer.objects.create(name="Aetna", payer_id="60054")


def coverage(key="c1", **facts):
    base = {
        "resourceType": "Coverage",
        "id": key,
        "status": "active",
        "beneficiary": {"reference": "Patient/vera"},
        "payor": [{"display": "AETNA"}],
        "subscriberId": "w123 456",
        "relationship": {"coding": [{"code": "spouse"}]},
        "order": 1,
        "class": [{"type": {"coding": [{"code": "group"}]}, "value": "G-7"}],
        "period": {"start": "2026-01-01"},
    }
    return {**base, **facts}


def test_a_coverage_comes_in_not_verified(bring, aetna):
    (file,) = bring(v=[person(), coverage()])
    row = file.patient.coverages.get()
    assert (row.payer, row.member_id, row.group_number, row.rank) == (aetna, "W123456", "G-7", 1)
    assert (row.relationship, row.state, row.starts_on) == ("01", CoverageState.UNVERIFIED, date(2026, 1, 1))


def test_a_payer_is_found_by_its_number_behind_a_reference(bring, aetna):
    insurer = {
        "resourceType": "Organization",
        "id": "ins",
        "name": "Somebody",
        "identifier": [{"value": "60054"}],
    }
    (file,) = bring(v=[person(), insurer, coverage(payor=[{"reference": "Organization/ins"}])])
    assert file.patient.coverages.get().payer == aetna


def test_an_unknown_payer_is_reported_and_goes_in_after_it_was_added(bring):
    (file,) = bring(v=[person(), coverage()])
    assert "No payer of our list is called “AETNA”" in file.problems[0]["reason"]
    Payer.objects.create(name="Aetna", payer_id="60054")
    (file,) = bring(v=[person(), coverage()])
    assert file.patient.coverages.count() == 1


def test_a_second_coverage_for_a_taken_place_takes_the_next_and_says_so(bring, aetna):
    (file,) = bring(v=[person(), coverage(), coverage(key="c2", subscriberId="Z9")])
    assert sorted(file.patient.coverages.values_list("rank", flat=True)) == [1, 2]
    assert "Place 1 is taken" in file.problems[0]["reason"]


def test_a_coverage_that_ran_out_ends(bring, aetna):
    bring(v=[person(), coverage()])
    (file,) = bring(v=[person(), coverage(period={"start": "2026-01-01", "end": "2026-02-01"})])
    assert file.patient.coverages.get().state == CoverageState.ENDED


def test_no_insurance_is_no_coverage(bring, aetna):
    (file,) = bring(v=[person(), coverage(payor=[{"display": "NO_INSURANCE"}])])
    assert not file.patient.coverages.exists() and "no insurance" in file.problems[0]["reason"]


def test_statements_and_requests_become_home_medications(bring):
    medication = {"resourceType": "Medication", "id": "m", "code": concept("Topiramate 25 MG Oral Tablet")}
    pointing = fact(
        "MedicationStatement", "", key="pointing", medicationReference={"reference": "urn:uuid:m"}
    )
    del pointing["medicationCodeableConcept"]
    (file,) = bring(
        v=[
            person(),
            medication,
            pointing,
            fact("MedicationStatement", "Imitrex", key="brand", effectivePeriod={"start": "2026-01-02"}),
            fact("MedicationStatement", "lithium carbonate 300 MG", key="over", status="completed"),
            fact("MedicationRequest", "Zorbium 5 MG Oral Tablet", key="unknown"),
            fact("MedicationRequest", "Aspirin 81 MG Oral Tablet", key="hold", status="on-hold"),
        ]
    )
    rows = {row.source_key.split("/")[1]: row for row in file.patient.medication_list.all()}
    assert rows["pointing"].groups == ["topiramate"]
    assert (rows["brand"].ingredient, rows["brand"].started_on) == ("sumatriptan", date(2026, 1, 2))
    assert (rows["over"].groups, rows["over"].state) == (["lithium"], Life.ENDED)
    assert (rows["unknown"].groups, rows["unknown"].unmapped) == ([], True)
    assert (rows["hold"].groups, rows["hold"].state) == (["aspirin_low_dose"], Life.ACTIVE)


def test_no_known_allergies_is_an_answer(bring):
    nothing = fact(
        "AllergyIntolerance", "No known allergy", code=concept("No known allergy", "716186003", SNOMED)
    )
    (file,) = bring(v=[person(), nothing])
    assert file.patient.allergies == Answer.NONE and not file.patient.allergy_list.exists()


def test_no_known_food_allergies_answers_nothing_about_drugs(bring):
    (file,) = bring(v=[person(), fact("AllergyIntolerance", "No known food allergy")])
    assert file.patient.allergies == Answer.NOT_ASKED


def test_an_allergy_beside_no_known_allergies_wins_and_is_reported(bring):
    nothing = fact("AllergyIntolerance", "No known allergies", key="none")
    (file,) = bring(v=[person(), nothing, fact("AllergyIntolerance", "Aspirin", criticality="high")])
    row = file.patient.allergy_list.get()
    assert (row.group, row.severe, file.patient.allergies) == ("nsaid_aspirin", True, Answer.LISTED)
    assert "no known allergies" in file.problems[0]["reason"]


def test_an_answer_of_none_gives_way_to_what_a_file_lists_and_is_asked_again(bring, nora):
    (file,) = bring(v=[person()])
    history.answer_none(patient=file.patient, what="allergies", by=nora, at=EIGHT)
    (file,) = bring(v=[person(), fact("AllergyIntolerance", "Morphine")])
    assert (file.patient.allergies, file.patient.allergies_reviewed_at) == (Answer.LISTED, None)
    assert "Ask again" in file.problems[0]["reason"]


def test_measurements_come_in_our_units(bring):
    pressure = weight(0, key="bp", code="85354-9") | {
        "component": [
            {
                "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
                "valueQuantity": {"value": value, "code": "mm[Hg]"},
            }
            for code, value in (("8480-6", 128), ("8462-4", 79))
        ]
    }
    del pressure["valueQuantity"]
    pain = weight(7, unit="{score}", key="pain", code="72514-3")
    (file,) = bring(
        v=[person(), weight(154.3, unit="[lb_av]"), weight(65, "[in_i]", "h", code="8302-2"), pressure, pain]
    )
    found = {row.kind: (row.value, row.unit) for row in file.patient.measurements.all()}
    assert found == {
        "weight": (Decimal("69.99"), "kg"),
        "height": (Decimal("165.10"), "cm"),
        "systolic": (Decimal(128), "mmHg"),
        "diastolic": (Decimal(79), "mmHg"),
        "pain": (Decimal(7), "score"),
    }


def test_a_changed_file_changes_the_rows_and_makes_none(bring):
    bring(
        v=[
            person(),
            fact("Condition", "Migraine"),
            fact("MedicationRequest", "digoxin 0.125 MG", key="d"),
            weight(70),
        ]
    )
    moved = person(address=[{"line": ["1 New Street"], "city": "Boston", "state": "Massachusetts"}])
    (file,) = bring(
        v=[moved, fact("Condition", "Migraine", status="resolved", abatementDateTime="2026-05-01"),
           fact("MedicationRequest", "digoxin 0.125 MG", key="d", status="stopped"), weight(71)]
    )  # fmt: skip
    vera = file.patient
    migraine = vera.condition_list.get(tag="migraine")
    assert (migraine.state, migraine.ended_on) == (Life.ENDED, date(2026, 5, 1))
    assert vera.condition_list.get(tag="digoxin_therapy").state == Life.ENDED
    assert vera.measurements.get().value == 71
    assert (vera.street, vera.state) == ("1 New Street", "MA")
    assert (vera.conditions, vera.medications) == (Answer.NOT_ASKED, Answer.NOT_ASKED)
    assert file.counts["Condition"] == {"updated": 1}


def test_what_staff_changed_stays_and_a_newer_word_of_the_file_is_reported(bring, felix):
    (file,) = bring(at=SEVEN, v=[person(), fact("AllergyIntolerance", "Aspirin")])
    vera = file.patient
    registration.correct(patient=vera, given_name="Veronica", by=felix, at=EIGHT)
    history.end_fact(fact=vera.allergy_list.get(), by=felix, at=EIGHT)

    (same,) = bring(at=NINE, v=[person(), fact("AllergyIntolerance", "Aspirin")])
    assert same.problems == [], "the file says nothing new"
    renamed = person(name=[{"family": "Vale", "given": ["Vee"]}])
    (file,) = bring(at=NINE, v=[renamed, fact("AllergyIntolerance", "Aspirin", criticality="high")])
    vera.refresh_from_db()
    row = vera.allergy_list.get()
    assert (vera.given_name, row.state, row.severe) == ("Veronica", Life.ENDED, True)
    assert [problem["resource"] for problem in file.problems] == ["Patient/vera"]
    assert "given name" in file.problems[0]["reason"]


def test_a_phone_that_staff_dropped_stays_dropped(bring, felix):
    from patients.services import reaching

    phoned = person(telecom=[{"system": "phone", "value": "312-555-0188", "use": "home"}])
    (file,) = bring(v=[phoned])
    reaching.drop_phone(phone=file.patient.phones.get(), by=felix, at=EIGHT)
    (file,) = bring(v=[phoned])
    assert not file.patient.phones.exists()


def test_a_namesake_born_the_same_day_is_new_and_reported(bring, felix):
    facts = {"given_name": "vera", "family_name": "VALE", "birth_date": date(1980, 5, 6)}
    ours = registration.register(**facts, by=felix, at=SEVEN)
    (file,) = bring(v=[person()])
    assert file.patient != ours
    assert ours.number in file.problems[0]["reason"]


def test_a_number_used_for_two_people_is_refused(bring):
    bring(v=[person()])
    other = person(name=[{"family": "Wood", "given": ["Will"]}], birthDate="1950-01-01")
    (file,) = bring(w=[other])
    assert file.state == ImportState.FAILED and "belongs to another person" in file.reason


def test_two_people_in_one_file_keep_their_rows_apart(bring):
    will = person(number="MR-2", id="will", name=[{"family": "Wood", "given": ["Will"]}])
    his = {**fact("Condition", "Diabetes mellitus", key="his"), "subject": {"reference": "Patient/will"}}
    (file,) = bring(v=[person(), will, fact("Condition", "Migraine"), his])
    assert file.patient is None and file.counts["Patient"] == {"created": 2}
    tags = {row.patient.given_name: row.tag for row in _conditions()}
    assert tags == {"Vera": "migraine", "Will": "diabetes"}


def _conditions():
    from patients.models import Condition

    return Condition.objects.select_related("patient")


def test_entered_in_error_is_never_made_and_strikes_out_what_is_here(bring):
    wrong = {"verificationStatus": {"coding": [{"code": "entered-in-error"}]}}
    bad = {
        key: value for key, value in fact("Condition", "Migraine").items() if key != "clinicalStatus"
    } | wrong
    (file,) = bring(v=[person(), bad])
    assert not file.patient.condition_list.exists()
    bring(v=[person(), fact("Condition", "Migraine")])
    bring(v=[person(), bad])
    assert file.patient.condition_list.get().state == Life.ENTERED_IN_ERROR


def test_an_active_pregnancy_in_a_file_is_shown_to_a_person_and_a_past_one_is_not(bring):
    (file,) = bring(
        v=[person(), fact("Condition", "Normal pregnancy"), fact("Condition", "Pregnancy", "f2", "resolved")]
    )
    states = dict(file.patient.condition_list.values_list("state", "unmapped"))
    assert states == {"active": True, "ended": False}


def test_language_interpreter_death_and_gender_are_read(bring):
    base = "http://hl7.org/fhir/"
    (file,) = bring(
        v=[
            person(
                gender="male",
                deceasedDateTime="2026-03-04T23:30:00-06:00",
                communication=[{"language": {"coding": [{"code": "es-MX"}]}, "preferred": True}],
                telecom=[
                    {"system": "email", "value": "vera@example.org"},
                    {"system": "phone", "value": "12"},
                ],
                extension=[
                    {"url": f"{base}us/core/StructureDefinition/us-core-birthsex", "valueCode": "F"},
                    {"url": f"{base}StructureDefinition/patient-interpreterRequired", "valueBoolean": True},
                ],
            )
        ]
    )
    vera = file.patient
    assert (vera.sex_at_birth, vera.gender, vera.language, vera.interpreter) == (
        "female",
        "male",
        "es",
        "yes",
    )
    assert (vera.died_on, vera.email) == (date(2026, 3, 4), "vera@example.org")
    assert "phone number is left out" in file.problems[0]["reason"]


def test_an_unreadable_email_costs_the_email_and_not_the_person(bring):
    (file,) = bring(v=[person(telecom=[{"system": "email", "value": "not an address"}])])
    assert file.patient.email == "" and "Left out" in file.problems[0]["reason"]


def test_every_row_of_history_says_that_it_was_imported(bring, felix):
    (file,) = bring(v=[person(), fact("Condition", "Migraine")])
    events = file.patient.history.all() | file.patient.history.none()
    assert {(event.pgh_context.metadata["verb"], event.pgh_context.metadata["user"]) for event in events} == {
        ("patient.imported", felix.pk)
    }
