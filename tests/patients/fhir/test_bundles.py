"""All shared bundles: 19 people that Synthea wrote."""

from collections import Counter

import pytest

from patients.models import Allergy, Condition, HomeMedication, ImportFile, Measurement, Patient
from patients.states import Answer, ImportState, Life
from tests.patients.fhir.conftest import BUNDLES

pytestmark = pytest.mark.django_db
MODELS = (Patient, Condition, Allergy, HomeMedication, Measurement)


def all_bundles():
    return {path.name: path.read_bytes() for path in sorted(BUNDLES.glob("*.json.gz"))}


def rows():
    return {model.__name__: model.objects.count() for model in MODELS}


def test_all_nineteen_import_and_a_second_time_adds_and_changes_nothing(bring, django_assert_max_num_queries):
    with django_assert_max_num_queries(19 * 75):
        files = bring(**all_bundles())
    assert Counter(file.state for file in files) == {ImportState.DONE: 19}
    assert [file.problems for file in files] == [[]] * 19
    first = rows()
    # 139 conditions and one that a drug implies; a blood pressure is two measurements
    assert first == {
        "Patient": 19,
        "Condition": 140,
        "Allergy": 30,
        "HomeMedication": 149,
        "Measurement": 839,
    }
    events = Condition._meta.get_field("history").related_model.objects.count()

    again = bring(**all_bundles())
    assert Counter(file.state for file in again) == {ImportState.DONE: 19}
    assert rows() == first
    assert Condition._meta.get_field("history").related_model.objects.count() == events
    assert all(
        "created" not in did and "updated" not in did for file in again for did in file.counts.values()
    )


def test_what_of_them_is_not_understood_is_known_by_name(bring):
    bring(**all_bundles())
    assert not Allergy.objects.filter(unmapped=True).exists()
    assert not HomeMedication.objects.filter(unmapped=True).exists()
    unmapped = Condition.objects.filter(unmapped=True).values_list("text", "state").distinct()
    assert set(unmapped) == {("Drug overdose", Life.ACTIVE), ("Acute allergic reaction", Life.ENDED)}


def test_drugs_and_allergies_that_matter_reach_their_groups(bring):
    bring(**all_bundles())
    active = HomeMedication.objects.filter(state=Life.ACTIVE)
    groups = {row.ingredient: row.groups for row in active}
    assert groups["warfarin"] == ["anticoagulant"]
    assert groups["hydrochlorothiazide"] == ["diuretic"]
    assert groups["verapamil"] == ["calcium_channel_blocker", "moderate_cyp3a4_inhibitor"]
    assert groups["epinephrine"] == []  # an auto-injector is for emergencies
    assert Condition.objects.get(tag="digoxin_therapy").state == Life.ACTIVE
    assert set(Allergy.objects.values_list("group", flat=True)) >= {"egg", "milk_protein", "other:latex"}
    assert active.filter(last_taken_at__isnull=False).count() == 0


def test_a_person_arrives_whole(bring):
    (file,) = bring(**{"v.json.gz": next(BUNDLES.glob("Elsa_Vargas*")).read_bytes()})
    elsa = file.patient
    assert (elsa.given_name, elsa.family_name, elsa.former_name) == ("Elsa", "Vargas", "Concepción")
    assert (elsa.sex_at_birth, elsa.language, elsa.interpreter) == ("female", "es", "unknown")
    assert len(elsa.state) == 2 and elsa.postal_code and elsa.phones.count() == 1
    assert set(elsa.identifiers.values_list("system", flat=True)) == {
        "https://github.com/synthetichealth/synthea",
        "http://hospital.smarthealthit.org",
    }
    assert (elsa.allergies, elsa.medications, elsa.conditions) == (Answer.LISTED,) * 3
    assert elsa.allergies_reviewed_at is None


def test_who_has_no_allergy_in_the_file_was_never_asked(bring):
    (file,) = bring(**{"c.json.gz": next(BUNDLES.glob("Alda_Carter*")).read_bytes()})
    assert (file.patient.allergies, file.patient.medications) == (Answer.NOT_ASKED, Answer.NOT_ASKED)


def test_no_social_security_number_is_anywhere(bring):
    raw = all_bundles()
    bring(**raw)
    from django.db import connection

    with connection.cursor() as cursor:
        for table in ("patients_identifier", "patients_identifierevent", "patients_importfile"):
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text ~ '999-[0-9]{{2}}-[0-9]{{4}}'")
            assert cursor.fetchone()[0] == 0, table
    assert ImportFile.objects.count() == 19
