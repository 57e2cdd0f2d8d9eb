import pytest

from infusion_center.audit.models import ChartRead
from patients.models import Patient
from patients.services import registration
from tests.clock import EIGHT
from tests.people import enroll, signed_in

BASE = "/api/v1/patients"
NEW = {"given_name": "Maria", "family_name": "Garcia", "birth_date": "1980-03-12"}


class Program:
    """A client that speaks JSON."""

    def __init__(self, user):
        self.client = signed_in(user)

    def __call__(self, method, path, body=None):
        return getattr(self.client, method)(f"{BASE}{path}", body or {}, content_type="application/json")


@pytest.fixture
def desk(felix):
    return Program(felix)


@pytest.fixture
def nurse(nora):
    return Program(nora)


def test_a_program_registers_finds_reads_and_corrects(desk):
    phones = [{"written": "312 555 0142", "may_text": "yes"}]
    made = desk("post", "", NEW | {"phones": phones})
    assert made.status_code == 201
    key = made.json()["key"]
    (found,) = desk("post", "/find", {"text": "garcia 3/12/1980"}).json()
    assert (found["key"], found["same_name"], found["found_as"]) == (key, False, None)
    assert found["phones"][0]["written"] == "(312) 555-0142"
    corrected = desk("patch", f"/{key}", {"city": "Joliet"})
    assert (corrected.status_code, corrected.json()["city"]) == (200, "Joliet")
    assert desk.client.get(f"{BASE}/{key}").json()["given_name"] == "Maria"


def test_reading_one_patient_is_noted_in_the_access_log(desk, pia, felix):
    desk.client.get(f"{BASE}/{pia.key}")
    assert [(r.patient_key, r.person) for r in ChartRead.objects.all()] == [(pia.key, felix)]


def test_an_old_key_answers_with_the_kept_record(desk, max, felix, pia):
    twin = enroll(by=felix)
    registration.merge(duplicate=twin, into=pia, by=max, at=EIGHT)
    assert desk.client.get(f"{BASE}/{twin.key}").json()["number"] == pia.number
    assert desk("post", "/find", {"text": twin.number}).json()[0]["found_as"] == twin.number


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"birth_date": "2080-01-01"}, 422, "birth_date"),
        ({"birth_date": "soon"}, 400, "birth_date"),
        ({"given_name": ""}, 400, "given_name"),
        ({"given_name": "12"}, 422, "given_name"),
        ({"phones": [{"written": "12"}]}, 422, "written"),
    ],
)
def test_a_refusal_is_a_problem_with_its_field(desk, body, status, field):
    answer = desk("post", "", NEW | body)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert field in answer.json()["errors"]
    assert not Patient.objects.exists()


def test_facts_are_noted_and_lists_answered(nurse, pia):
    path = f"/{pia.key}"
    assert (
        nurse("post", f"{path}/answers", {"what": "allergies", "answer": "none"}).json()["allergies"]
        == "none"
    )
    assert nurse("post", f"{path}/allergies", {"text": "Latex", "severe": True}).json()["state"] == "active"
    refused = nurse("post", f"{path}/answers", {"what": "allergies", "answer": "none"})
    assert refused.status_code == 409 and "are listed" in refused.json()["detail"]
    reviewed = nurse("post", f"{path}/answers", {"what": "allergies", "answer": "reviewed"})
    assert reviewed.json()["allergies"] == "listed"
    assert nurse("post", f"{path}/conditions", {"text": "asthma", "tag": "asthma_sulfite"}).status_code == 201
    taken = {"text": "sumatriptan", "groups": ["triptan"], "last_taken_at": "2026-11-20T10:00:00Z"}
    assert nurse("post", f"{path}/medications", taken).json()["groups"] == ["triptan"]
    weighed = {"kind": "weight", "value": "180", "unit": "lb", "measured_at": "2026-11-20T10:00:00Z"}
    assert nurse("post", f"{path}/measurements", weighed).json() | {"id": 0} == {
        "id": 0,
        "kind": "weight",
        "value": "81.65",
        "unit": "kg",
        "measured_at": "2026-11-20T10:00:00Z",
    }
    assert nurse("post", f"{path}/pregnancy", {"status": "not_possible"}).status_code == 201


def test_an_unbelievable_weight_is_a_problem_at_its_value(nurse, pia):
    body = {"kind": "weight", "value": "700", "unit": "kg", "measured_at": "2026-11-20T10:00:00Z"}
    answer = nurse("post", f"/{pia.key}/measurements", body)
    assert answer.status_code == 422 and "value" in answer.json()["errors"]


def test_coverage_by_the_payers_id_and_each_place_once(desk, pia, payer):
    body = {"payer": payer.payer_id, "member_id": "abc1"}
    assert desk("post", f"/{pia.key}/coverages", body).json()["state"] == "unverified"
    taken = desk("post", f"/{pia.key}/coverages", body)
    assert taken.status_code == 409 and "rank" in taken.json()["errors"]


NOTED = ["allergies", "conditions", "medications", "measurements", "coverages", "pregnancy", "answers"]
DOORS = [("post", "/find"), ("post", ""), ("get", "/KEY"), ("patch", "/KEY")]
DOORS += [("post", f"/KEY/{name}") for name in NOTED]


@pytest.mark.parametrize(("method", "path"), DOORS)
def test_mallory_may_not(mallory, pia, method, path):
    assert Program(mallory)(method, path.replace("KEY", str(pia.key))).status_code == 403
