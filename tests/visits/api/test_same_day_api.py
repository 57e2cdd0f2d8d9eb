"""The same-day flow for programs: the pages' services, answers and refusals."""

import pytest

from tests.clock import EIGHT, FRIDAY, at
from tests.people import signed_in
from tests.visits import scenes
from visits.models import CallRequest, FreedTime, Visit, Waiting
from visits.services import flow, waitlist


@pytest.fixture(autouse=True)
def eight_o_clock(time_machine):
    time_machine.move_to(EIGHT, tick=False)


@pytest.fixture
def desk(felix, chairs, nurses):
    return signed_in(felix)


def post(client, path, body=None):
    return client.post(f"/api/v1/{path}", body or {}, content_type="application/json")


def test_a_red_flag_is_asked_sent_on_and_never_booked(desk, pia):
    call = post(desk, "calls", {"caller": "Pia", "red_flags": {"fever": "no"}}).json()
    flags = {one["flag"]: one["answer"] for one in call["red_flags"]}
    assert (flags["fever"], flags["thunderclap"], call["red_flag"]) == ("no", "", False)
    asked = post(desk, f"calls/{call['key']}/red-flags", {"answers": {"thunderclap": "yes"}}).json()
    assert asked["red_flag"]
    booked = post(
        desk,
        "visits",
        {
            "patient": str(pia.key),
            "starts_at": at(9).isoformat(),
            "minutes": 60,
            "load": 3,
            "call": call["key"],
        },
    )
    assert booked.status_code == 409
    sent = post(desk, f"calls/{call['key']}/send-on", {"where": "emergency"}).json()
    assert (sent["state"], sent["sent_to"]) == ("sent_on", "emergency")


def test_only_a_provider_clears_a_flag(desk, dana):
    call = post(desk, "calls", {"caller": "Pia", "red_flags": {"new_kind": "yes"}}).json()
    body = {"flag": "new_kind", "reason": "Known since May"}
    assert post(desk, f"calls/{call['key']}/clear-flag", body).status_code == 403
    cleared = post(signed_in(dana), f"calls/{call['key']}/clear-flag", body).json()
    assert not cleared["red_flag"]
    assert cleared["red_flags"][-1]["cleared"] == "Known since May"


def test_an_unknown_flag_is_422(desk):
    assert post(desk, "calls", {"caller": "Pia", "red_flags": {"toothache": "yes"}}).status_code == 422
    assert not CallRequest.objects.exists()


def test_waiting_offered_and_booked(desk, site, felix, pia, paul):
    visit = scenes.booked(patient=paul, site=site, by=felix, chair_kind="bed")
    body = {"patient": str(pia.key), "day": "2026-11-20", "chair_kind": "bed", "minutes": 90, "load": 3}
    entry = post(desk, "waitlist", body | {"must_leave_by": at(11).isoformat()})
    assert entry.status_code == 201
    flow.cancel(visit=visit, reason="Better", by=felix, at=EIGHT)
    listed = desk.get("/api/v1/waitlist").json()
    [task] = listed["freed"]
    assert task["fits"][0]["waiting"] == entry.json()["key"]
    offer = post(desk, f"freed/{task['key']}/offer", {"waiting": entry.json()["key"]})
    assert (offer.status_code, offer.json()["until"]) == (201, "2026-11-20T14:10:00Z")
    again = post(desk, f"freed/{task['key']}/offer", {"waiting": entry.json()["key"]})
    assert again.status_code == 409
    booked = post(desk, f"offers/{offer.json()['key']}/accept").json()
    assert (booked["status"], booked["patient"]) == ("booked", str(pia.key))


def test_declined_and_off_the_list(desk, site, felix, pia, paul):
    visit = scenes.booked(patient=paul, site=site, by=felix, chair_kind="bed")
    entry = waitlist.join(
        site=site, day=FRIDAY, patient=pia, minutes=90, load=3, chair_kind="bed", must_leave_by=at(11),
        by=felix, at=EIGHT,
    )  # fmt: skip
    flow.cancel(visit=visit, reason="Better", by=felix, at=EIGHT)
    offer = post(desk, f"freed/{FreedTime.objects.get().key}/offer", {"waiting": str(entry.key)}).json()
    assert post(desk, f"waitlist/{entry.key}/leave", {"reason": "Home"}).status_code == 409
    assert post(desk, f"offers/{offer['key']}/decline").json()["status"] == "cancelled"
    assert post(desk, f"waitlist/{entry.key}/leave", {"reason": "Home"}).json()["state"] == "withdrawn"


def test_a_walk_in_has_arrived(desk, pia):
    came = post(desk, "walk-ins", {"patient": str(pia.key)})
    assert came.status_code == 201
    assert came.json()["visit"] == str(Visit.objects.get(status="arrived").key)
    assert not Waiting.objects.exists()
    today = desk.get("/api/v1/seen-same-day").json()["today"]
    assert (today["asked"], today["booked"], today["seen"], today["percent"]) == (1, 1, 0, 0)
