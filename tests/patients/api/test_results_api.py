import pytest
import time_machine

from infusion_center.audit.models import ChartRead
from tests.clock import NINE
from tests.people import signed_in

EIGHT_WRITTEN = "2026-11-20T08:00:00-06:00"


@pytest.fixture
def nurse(nora, settings):
    settings.IDLE_LOCK_MINUTES = 600
    with time_machine.travel(NINE, tick=False):
        yield signed_in(nora)


def call(client, method, patient, path, body=None):
    address = f"/api/v1/patients/{patient.key}/{path}"
    return getattr(client, method)(address, body or {}, content_type="application/json")


def test_results_are_written_read_and_struck_out(nurse, pia):
    made = call(nurse, "post", pia, "results", {"kind": "ecg", "number": "412", "taken_at": EIGHT_WRITTEN})
    assert (made.status_code, made.json()["unit"], made.json()["method"]) == (201, "ms", "twelve_lead")
    key = made.json()["key"]
    struck = call(nurse, "post", pia, f"results/{key}/error", {"reason": "Wrong strip"})
    assert struck.json()["in_error_reason"] == "Wrong strip"
    (listed,) = call(nurse, "get", pia, "results").json()
    assert listed["in_error_at"] is not None
    assert ChartRead.objects.filter(page="api:patient_results").exists()


def test_answers_and_doses_at_home(nurse, pia):
    said = {"question": "nerve_block", "answer": "yes", "block_drug": "lidocaine", "block_mg": "60"}
    assert call(nurse, "post", pia, "screening", said).status_code == 201
    (answer,) = call(nurse, "get", pia, "screening").json()
    assert (answer["answer"], answer["block_mg"], answer["asked_during"]) == ("yes", "60.0", "record")
    dose = {"drug": "methylprednisolone", "amount": None, "taken_at": EIGHT_WRITTEN}
    made = call(nurse, "post", pia, "home-doses", dose)
    assert made.status_code == 201
    assert call(nurse, "post", pia, "home-doses", dose).status_code == 409
    assert [row["amount"] for row in call(nurse, "get", pia, "home-doses").json()] == [None]
    assert (
        call(nurse, "post", pia, f"home-doses/{made.json()['key']}/error", {"reason": "x"}).status_code == 200
    )


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("results", {"kind": "ecg", "number": "12", "taken_at": EIGHT_WRITTEN}),
        ("results", {"kind": "ecg", "taken_at": EIGHT_WRITTEN}),
        ("results", {"kind": "hcg", "outcome": "negative", "taken_at": "2026-11-20T10:00:00-06:00"}),
        ("results", {"kind": "hcg", "outcome": "negative"}),
        ("results", {"kind": "tea", "outcome": "negative", "taken_at": EIGHT_WRITTEN}),
        ("screening", {"question": "tea", "answer": "yes"}),
        ("screening", {"question": "infusion_number", "answer": "yes"}),
        ("screening", {"question": "fasted", "answer": "yes", "number": 3}),
        ("home-doses", {"drug": "tea", "amount": "3", "taken_at": EIGHT_WRITTEN}),
        ("home-doses", {"drug": "ketorolac", "amount": "0", "taken_at": EIGHT_WRITTEN}),
    ],
)
def test_what_cannot_be_is_words(nurse, pia, path, body):
    assert call(nurse, "post", pia, path, body).status_code in (400, 422)


def test_a_biller_reads_and_does_not_write(nurse, bea, pia):
    biller = signed_in(bea)
    assert call(biller, "get", pia, "results").status_code == 200
    body = {"kind": "hcg", "outcome": "negative", "taken_at": EIGHT_WRITTEN}
    assert call(biller, "post", pia, "results", body).status_code == 403
