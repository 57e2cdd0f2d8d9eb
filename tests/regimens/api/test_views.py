from decimal import Decimal

import pytest
import time_machine

from infusion_center.accounts.models import User
from infusion_center.audit.models import ChartRead
from infusion_center.shared import clock
from regimens.models import Lot, Order
from tests.clock import NINE
from tests.people import signed_in
from tests.regimens.conftest import sign, weigh
from tests.visits import scenes

COCKTAIL = "standard_migraine_cocktail"
GTIN = "00304093795011"


@pytest.fixture(autouse=True)
def at_nine():
    with time_machine.travel(NINE, tick=False):
        yield


@pytest.fixture
def dana_asks(dana, recipes):
    return signed_in(dana)


@pytest.fixture
def nora_asks(nora, recipes):
    return signed_in(nora)


def post(browser, path, **body):
    return browser.post(f"/api/v1/{path}", body, content_type="application/json")


def test_the_formulary_and_the_recipes_are_read(dana_asks):
    drugs = dana_asks.get("/api/v1/drugs").json()
    assert drugs["count"] == 32 and drugs["results"][0]["name"] < drugs["results"][-1]["name"]
    valproate = dana_asks.get("/api/v1/drugs/valproate_sodium").json()
    assert {code["code"] for code in valproate["hcpcs_codes"]} == {"J3379", "J3490"}
    assert valproate["row"]["provenance"]["sedation"]["confidence"] == "recalled"
    assert dana_asks.get("/api/v1/regimens").json()["count"] == 10
    dhe = dana_asks.get("/api/v1/regimens/status_migrainosus_dhe").json()
    assert dhe["chair_minutes"] == 235
    assert [(step["drug"], step["dose"], step["gap_minutes"]) for step in dhe["steps"]] == [
        ("metoclopramide", "10.000", 0),
        ("dihydroergotamine", "0.500", 15),
        ("dihydroergotamine", "0.500", 60),
    ]


@pytest.mark.parametrize("path", ["drugs/aspirin", "regimens/aspirin"])
def test_what_is_not_there_is_not_found(dana_asks, path):
    assert dana_asks.get(f"/api/v1/{path}").status_code == 404


def test_an_order_is_written_signed_and_withdrawn(dana_asks, pia):
    written = post(dana_asks, "orders", patient=str(pia.key), regimen=COCKTAIL, without=[5])
    assert written.status_code == 201
    order = written.json()
    assert (order["state"], order["chair_minutes"], order["load"]) == ("draft", 85, 3)
    assert [step["position"] for step in order["steps"]] == [1, 2, 3, 4]
    asked = post(dana_asks, f"orders/{order['key']}/sign")
    assert asked.status_code == 409 and "nobody knows" in asked.json()["detail"].lower()
    scenes.asked(pia, by=User.objects.get(username="dana"))
    weigh(pia, "61.2", by=User.objects.get(username="dana"))
    scenes.answered(Order.objects.get(key=order["key"]), by=User.objects.get(username="dana"), at=clock.now())
    assert post(dana_asks, f"orders/{order['key']}/sign").json()["state"] == "signed"
    late = post(dana_asks, f"orders/{order['key']}/sign")
    assert (late.status_code, late.json()["detail"]) == (409, "This order is signed already.")
    assert late["Content-Type"] == "application/problem+json"
    gone = post(dana_asks, f"orders/{order['key']}/withdraw", reason="Pain free").json()
    assert (gone["state"], gone["withdrawn_at"] is not None) == ("withdrawn", True)


def test_a_missing_weight_is_a_problem_at_the_weight(dana_asks, pia, nora):
    refused = post(dana_asks, "orders", patient=str(pia.key), regimen="valproate_load")
    assert refused.status_code == 422
    assert list(refused.json()["errors"]) == ["weight_kg"]
    weigh(pia, "61.2", by=nora)
    made = post(dana_asks, "orders", patient=str(pia.key), regimen="valproate_load").json()
    assert made["steps"][1]["dose"] == "920.000" and made["weight_kg"] == "61.2"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"regimen": "aspirin"}, 422),
        ({"regimen": COCKTAIL, "without": [3]}, 422),
        ({"regimen": COCKTAIL, "without": ["x"]}, 400),
        ({"regimen": COCKTAIL, "patient": "x"}, 400),
        ({}, 400),
    ],
)
def test_an_order_that_cannot_be_is_refused_and_not_written(dana_asks, pia, body, code):
    assert post(dana_asks, "orders", **{"patient": str(pia.key), **body}).status_code == code
    assert not Order.objects.exists()


STEP = {"drug": "ketorolac", "dose": "30", "unit": "mg", "method": "iv_push", "minutes": 2}


def test_an_order_is_written_step_by_step(dana_asks, pia):
    second = STEP | {"drug": "ondansetron", "dose": "4", "starts": "alongside", "indication": "nausea"}
    steps = [STEP, second | {"only_if_pain_over": 4}]
    answer = post(dana_asks, "orders", patient=str(pia.key), steps=steps, title="Trial")
    assert answer.status_code == 201
    order = answer.json()
    assert (order["title"], order["regimen"], order["state"]) == ("Trial", None, "draft")
    assert [(one["drug"], one["start_after"], one["mode"]) for one in order["steps"]] == [
        ("ketorolac", [], "sequential"),
        ("ondansetron", [], "concurrent"),
    ]
    assert (order["steps"][1]["indication"], order["steps"][1]["only_if_pain_over"]) == ("nausea", 4)


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ([], 422),
        ([STEP | {"drug": "aspirin"}], 422),
        ([STEP | {"dose": "0"}], 422),
        ([STEP | {"unit": "mL"}], 422),
        ([STEP | {"minutes": 0}], 422),
        ([STEP | {"dose": "lots"}], 400),
        ([STEP | {"method": "by_drone"}], 400),
        (["x"], 400),
        ([STEP] * 21, 422),
    ],
)
def test_steps_that_cannot_be_are_refused_and_not_written(dana_asks, pia, steps, code):
    assert post(dana_asks, "orders", patient=str(pia.key), steps=steps).status_code == code
    assert not Order.objects.exists()


def test_an_answer_about_a_patient_is_a_reading_of_the_chart(dana_asks, dana, pia):
    post(dana_asks, "orders", patient=str(pia.key), regimen=COCKTAIL)
    assert ChartRead.objects.get().patient_key == pia.key


def test_a_nurse_writes_an_order_and_may_not_sign_it(nora_asks, draft):
    assert post(nora_asks, f"orders/{draft.key}/sign").status_code == 403
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_withdrawal_without_a_reason_is_refused(dana_asks, draft, dana):
    sign(draft, by=dana, at=NINE)
    assert post(dana_asks, f"orders/{draft.key}/withdraw").status_code == 400
    draft.refresh_from_db()
    assert draft.state == "signed"


def test_a_delivery_is_received_by_scan_and_listed(nora_asks, vial):
    code = f"01{GTIN}1727063010K77"
    received = post(nora_asks, "stock/lots", code=code, vials=4, cost_per_vial="1.10")
    assert received.status_code == 201
    assert (received.json()["number"], received.json()["expires_on"]) == ("K77", "2027-06-30")
    listed = nora_asks.get("/api/v1/stock/lots").json()
    assert [(lot["drug"], lot["amount_on_hand"], lot["vials_on_hand"]) for lot in listed] == [
        ("ketorolac", "120.000", "4.00")
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"code": "0409379501"}, "code"),
        ({"vials": 0}, "vials"),
        ({"cost_per_vial": "-1"}, "cost_per_vial"),
        ({"expires_on": "2026-11-19"}, "expires_on"),
        ({"expires_on": "soon"}, "expires_on"),
    ],
)
def test_a_delivery_that_cannot_be_is_a_problem_at_its_field(nora_asks, vial, body, field):
    good = {
        "code": "0409-3795-01",
        "number": "K1",
        "expires_on": "2027-06-30",
        "vials": 1,
        "cost_per_vial": "1",
    }
    refused = post(nora_asks, "stock/lots", **(good | body))
    assert refused.status_code in (400, 422) and list(refused.json()["errors"]) == [field]
    assert not Lot.objects.exists()


def test_without_an_expiry_typed_or_scanned_no_delivery(nora_asks, vial):
    refused = post(nora_asks, "stock/lots", code="0409-3795-01", number="K1", vials=1, cost_per_vial="1")
    assert list(refused.json()["errors"]) == ["expires_on"]


def test_a_white_bagged_lot_names_its_patient(nora_asks, vial, pia):
    facts = {"number": "K1", "expires_on": "2027-06-30", "vials": 1, "cost_per_vial": "0"}
    made = post(
        nora_asks, "stock/lots", code="0409-3795-01", source="white_bag", patient=str(pia.key), **facts
    )
    assert made.json()["patient"] == str(pia.key)
    assert Lot.objects.get().cost_per_vial == Decimal(0)


@pytest.mark.parametrize(
    ("who", "method", "path", "code"),
    [
        ("felix", "get", "drugs", 200),
        ("felix", "post", "orders", 403),
        ("felix", "get", "stock/lots", 403),
        ("dana", "post", "stock/lots", 403),
        ("mallory", "get", "drugs", 403),
        ("mallory", "get", "regimens", 403),
    ],
)
def test_the_same_abilities_as_on_the_pages(request, loaded, who, method, path, code):
    browser = signed_in(request.getfixturevalue(who))
    assert getattr(browser, method)(f"/api/v1/{path}").status_code == code


def test_a_stranger_is_not_let_in(client, loaded):
    assert client.get("/api/v1/drugs").status_code == 403
