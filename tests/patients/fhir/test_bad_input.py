"""What cannot be read is kept, with one clear sentence; one bad resource does not take the others along."""

import gzip
import json
import re

import pytest

from patients.models import HomeMedication, Measurement, Patient
from patients.states import ImportState
from tests.clock import SEVEN
from tests.patients.fhir.conftest import BUNDLES, bundle, fact, person, weight

pytestmark = pytest.mark.django_db
SOME = next(BUNDLES.glob("Jacob_Larson*")).read_bytes()


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "The file is empty."),
        (b"Dear colleague", "not JSON"),
        (b"\xff\xfe\x00binary", "no text file"),
        (b'{"resourceType": "Bundle", "entry": [', "cut off"),
        (SOME[: len(SOME) // 2], "cut off: its end is missing"),
        (SOME[:50] + b"\x00" * 40 + SOME[90:], "damaged|cut off|not JSON"),
        (b"[1, 2]", "no resourceType"),
        (b'{"hello": 1}', "no resourceType"),
        (b'{"resourceType": "Bundle", "type": "batch"}', "no Patient"),
        (b'{"resourceType": "Bundle", "entry": "x"}', "not a list"),
        (b'{"resourceType": "Practitioner", "id": "p"}', "no Patient"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_a_bad_file_is_kept_with_one_sentence(bring, raw, sentence, uploads):
    (file,) = bring(**{"bad.json": raw})
    assert file.state == ImportState.FAILED
    assert re.search(sentence, file.reason), file.reason
    assert (uploads / file.stored_as).read_bytes() == raw
    assert Patient.objects.count() == 0


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"birthDate": None}, "no birth date"),
        ({"birthDate": "1980"}, "not a whole date"),
        ({"birthDate": "1980-13-40"}, "birthDate"),
        ({"birthDate": "2080-01-01"}, "in the future"),
        ({"name": []}, "no given name and family name"),
        ({"name": [{"family": "Vale"}]}, "no given name and family name"),
    ],
)
def test_a_patient_nobody_could_tell_apart_is_refused(bring, facts, sentence):
    (file,) = bring(v=[person(**facts)])
    assert file.state == ImportState.FAILED
    assert sentence in file.reason


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused(bring, monkeypatch):
    monkeypatch.setattr("patients.fhir.files.MOST_BYTES", 1000)
    (file,) = bring(v=gzip.compress(b" " * 2000))
    assert "Unpacked, the file is over" in file.reason


def test_bad_resources_are_listed_and_the_others_go_in(bring):
    (file,) = bring(
        v=[
            person(),
            fact("MedicationRequest", "sumatriptan 50 MG Oral Tablet", key="good"),
            {**fact("Condition", "Migraine", key="no-date"), "onsetDateTime": "yesterday"},
            {**fact("Condition", "Migraine", key="stranger"), "subject": {"reference": "Patient/nobody"}},
            {**fact("AllergyIntolerance", "x", key="wordless"), "code": {}},
            fact("MedicationRequest", "aspirin", key="draft", status="draft"),
            weight(700, key="heavy"),
            weight(17, key="light"),
            weight(70, unit="stone", key="stones"),
            weight(70, key="before", at="1970-01-01"),
            weight(70, key="ahead", at="2999-01-01"),
            {k: v for k, v in weight(70, key="empty").items() if k != "valueQuantity"},
        ]
    )
    assert file.state == ImportState.DONE
    reasons = {problem["resource"]: problem["reason"] for problem in file.problems}
    assert set(reasons) == {
        "Condition/no-date", "Condition/stranger", "AllergyIntolerance/wordless", "MedicationRequest/draft",
        "Observation/heavy", "Observation/light", "Observation/stones", "Observation/before",
        "Observation/ahead", "Observation/empty",
    }  # fmt: skip
    assert "onsetDateTime" in reasons["Condition/no-date"]
    assert "not in this file" in reasons["Condition/stranger"]
    assert "700" in reasons["Observation/heavy"]
    assert HomeMedication.objects.get().groups == ["triptan"]
    assert not Measurement.objects.exists()
    assert file.counts["Condition"]["left out"] == 2


def test_reasons_do_not_repeat_what_is_written_about_the_person(bring):
    (file,) = bring(v=[person(), {**fact("Condition", "Migraine"), "onsetDateTime": "my secret"}])
    assert "secret" not in json.dumps(file.problems)


def test_a_bug_of_ours_fails_one_file_and_not_those_behind_it(bring, monkeypatch):
    from patients.services import intake

    real = intake.take_in

    def stumbles(*, contents, by, at):
        if contents.people[0].facts["given_name"] == "Vera":
            raise ZeroDivisionError
        return real(contents=contents, by=by, at=at)

    monkeypatch.setattr(intake, "take_in", stumbles)
    other = person(number="MR-2", name=[{"family": "Wood", "given": ["Will"]}])
    first, second = bring(a=[person()], b=[other])
    assert (first.state, second.state) == (ImportState.FAILED, ImportState.DONE)
    assert "Something in this file stopped the reading" in first.reason
    assert Patient.objects.get().given_name == "Will"


def test_what_senders_are_known_to_write_otherwise_is_set_right(bring):
    (file,) = bring(
        v=[
            person(madeUp="x", maritalStatus={}, telecom=[{"system": "phone", "value": ""}]),
            {
                **fact("Condition", "Migraine", key="stu3"),
                "clinicalStatus": "resolved",
                "onsetDateTime": "2020-01-02T03:04:05",
            },
        ]
    )
    assert (file.state, file.problems) == (ImportState.DONE, [])
    condition = file.patient.condition_list.get()
    assert (condition.state, str(condition.began_on), condition.tag) == ("ended", "2020-01-02", "migraine")


@pytest.mark.parametrize("kind", ["batch", "transaction", "collection", "searchset"])
def test_every_kind_of_bundle_is_read(bring, kind):
    (file,) = bring(v=bundle(person(), fact("Condition", "Migraine"), kind=kind))
    assert file.state == ImportState.DONE and file.patient.condition_list.count() == 1


def test_a_single_patient_is_read_and_found_again_without_any_number(bring):
    alone = person(identifier=[])
    first, second = bring(a=alone, b=alone)
    assert first.patient == second.patient and first.patient.birth_date.year == 1980


def test_nothing_from_after_the_import_is_believed(bring):
    (file,) = bring(at=SEVEN, v=[person(), weight(70, at="2026-12-01")])
    assert "in the future" in file.problems[0]["reason"]
