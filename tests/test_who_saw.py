"""The administrator's page: who saw or changed this patient, and when."""

import pytest
from django.urls import reverse

from patients.services import registration
from tests.clock import NINE
from tests.people import enroll, signed_in

pytestmark = pytest.mark.django_db


def test_openings_and_changes_stand_on_one_line_of_time(pia, felix, ada):
    signed_in(felix).get(reverse("patients:patient", args=[pia.key]))
    registration.correct(patient=pia, pronouns="she/her", by=felix, at=NINE)
    page = signed_in(ada).get(reverse("who_saw_patient", args=[pia.key])).content.decode()
    assert "opened" in page
    assert "patient.corrected" in page
    assert "she/her" in page
    assert "felix" in page


def test_a_merged_record_is_part_of_the_life_of_the_kept_one(pia, felix, max, ada):
    twin = enroll(by=felix, given_name="Pia", family_name="Pelle")
    registration.merge(duplicate=twin, into=pia, by=max, at=NINE)
    page = signed_in(ada).get(reverse("who_saw_patient", args=[pia.key])).content.decode()
    assert page.count("patient.registered") == 2
    assert "patient.merged" in page


def test_the_search_is_a_post_and_finds(pia, ada):
    page = signed_in(ada).post(reverse("who_saw"), {"text": "pell"}, headers={"HX-Request": "true"})
    assert str(pia.key) in page.content.decode()


def test_it_is_not_for_the_desk(pia, felix):
    assert signed_in(felix).get(reverse("who_saw_patient", args=[pia.key])).status_code == 403
