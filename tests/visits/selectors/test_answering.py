"""Every gap leads to a field that is there."""

import re

import pytest
import time_machine
from django.urls import reverse

from patients.services import history
from tests.clock import NINE
from tests.people import signed_in
from visits.selectors.answering import where_to_answer

WHATS = [
    "weight_kg",
    "crcl_ml_min",
    "last_taken_at",
    "pregnancy",
    "weeks",
    "contraception",
    "vitals",
    "iv_site",
    "volume_ml",
    "minutes",
    "nerve_block",
    "infusion_number",
    "conditions",
    "allergies",
    "home_medications",
    "sex_at_birth",
    "home_dose",
    "new_headache_type",
    "hcg",
    "ecg",
    "driver",
    "last_mri_at",
]
RULES = [
    "dhe_hcg_missing",
    "valproate_hcg_missing",
    "droperidol_no_ecg",
    "haloperidol_no_ecg",
    "dhe_cv_risk_no_ecg",
    "no_driver",
    "no_weight_weight_based",
    "biologic_screen",
    "amyloid_mri_gate",
    "ketamine_staffing",
]
ASKED = [*(f"missing:{what}" for what in WHATS), *RULES]


def field_is_there(browser, address):
    path, _, fragment = address.partition("#")
    with time_machine.travel(NINE, tick=False):
        page = browser.get(path)
    return page.status_code == 200 and f'id="{fragment}"' in page.text


@pytest.fixture
def nurse(nora, settings):
    settings.IDLE_LOCK_MINUTES = 600
    nora.roles = ["nurse", "provider"]
    nora.save(update_fields=["roles"])
    return signed_in(nora)


@pytest.mark.parametrize("asks", ASKED)
def test_at_a_visit_every_gap_leads_to_a_field_that_is_there(in_chair, nurse, asks):
    address = where_to_answer(asks, patient=in_chair.patient, visit=in_chair)
    assert field_is_there(nurse, address), address


@pytest.mark.parametrize("asks", ASKED)
def test_without_a_visit_too(pia, nurse, asks):
    assert field_is_there(nurse, where_to_answer(asks, patient=pia, visit=None))


@pytest.mark.parametrize("visit_there", [True, False])
def test_an_address_holds_keys_and_nothing_about_anybody(in_chair, pia, visit_there):
    for asks in ASKED:
        address = where_to_answer(asks, patient=pia, visit=in_chair if visit_there else None)
        assert pia.number not in address and "?" not in address
        assert re.search(r"[0-9a-f-]{36}", address)


def test_what_no_field_holds_leads_to_the_chart(in_chair, pia):
    chart = reverse("visits:chart", args=[in_chair.key])
    assert where_to_answer("something_new", patient=pia, visit=in_chair).startswith(chart)


def test_the_last_dose_of_any_listed_medication_can_be_answered_at_the_visit(in_chair, pia, nurse, nora):
    row = history.add_medication(patient=pia, text="selegiline", groups=["maoi"], by=nora, at=NINE)
    path, _, _ = where_to_answer("missing:last_taken_at", patient=pia, visit=in_chair).partition("#")
    with time_machine.travel(NINE, tick=False):
        assert f'name="last_{row.pk}"' in nurse.get(path).text
