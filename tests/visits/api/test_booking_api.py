"""The front desk for programs: the pages' services, answers and refusals."""

import pytest

from infusion_center.accounts.permissions import Role
from tests.clock import EIGHT, FRIDAY, NINE, at
from tests.people import enroll, member_of_staff, signed_in
from tests.places import open_site
from visits.models import CallRequest, Visit
from visits.services import booking, loads


@pytest.fixture(autouse=True)
def eight_o_clock(time_machine):
    time_machine.move_to(EIGHT, tick=False)


@pytest.fixture
def desk(felix, chairs, nurses):
    return signed_in(felix)


def post(client, path, body=None):
    return client.post(f"/api/v1/{path}", body or {}, content_type="application/json")


def request(patient, **facts):
    return {
        "patient": str(patient.key),
        "starts_at": "2026-11-20T09:00:00-06:00",
        "minutes": 90,
        "load": 3,
    } | facts


@pytest.fixture
def booked(desk, pia):
    return post(desk, "visits", request(pia)).json()


def test_times_are_offered_with_reasons(desk):
    answer = post(desk, "availability", {"day": "2026-11-20", "minutes": 601})
    assert answer.json()["starts"] == []
    assert answer.json()["why_not"] == ["Would end after closing at 17:30."]
    starts = post(desk, "availability", {"day": "2026-11-20", "minutes": 60}).json()["starts"]
    assert [start["at"] for start in starts][0] == "2026-11-20T14:00:00Z"
    assert "Chair 1" in starts[0]["chairs"]


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_out_of_this_world_is_refused(desk, day):
    assert post(desk, "availability", {"day": day, "minutes": 60}).status_code == 400
    assert desk.get("/api/v1/today", {"day": day}).status_code == 400


def test_as_many_starts_as_are_asked_for(desk):
    answer = post(desk, "availability", {"day": "2026-11-20", "minutes": 60, "limit": 500})
    assert len(answer.json()["starts"]) == 103  # every five minutes from 8:00 to 16:30


def test_a_visit_is_booked(booked, desk, pia):
    visit = Visit.objects.get()
    assert booked["key"] == str(visit.key)
    assert (booked["status"], booked["chair"], booked["patient"]) == ("booked", "Chair 1", str(pia.key))
    assert (visit.starts_at, visit.minutes) == (NINE, 90)


def test_an_order_or_a_regimen_brings_its_length(desk, pia, paul, order, recipe):
    for facts in ({"orders": [str(order.key)]}, {"regimen": recipe.code}):
        whom = pia if "orders" in facts else paul
        body = {"patient": str(whom.key), "starts_at": "2026-11-20T09:00:00-06:00"} | facts
        assert post(desk, "visits", body).status_code == 201
    ordered, planned = Visit.objects.order_by("pk")
    assert (ordered.minutes, ordered.load) == (order.chair_minutes, order.load)
    assert (planned.minutes, planned.load, planned.regimen) == (recipe.chair_minutes, recipe.load, recipe)


def test_no_place_is_a_problem_with_other_times(desk, pia, paul, site, felix):
    for patient in (paul, enroll(by=felix, given_name="Tia")):
        booking.book_visit(site=site, patient=patient, starts_at=NINE, minutes=60, load=3, by=felix, at=EIGHT)
    answer = post(desk, "visits", request(pia))
    assert answer.status_code == 409
    assert answer.json()["detail"] == "Nurses are taken at 09:00; next: 09:15, 09:45, 10:15."
    assert answer.json()["starts"][0]["at"] == "2026-11-20T15:15:00Z"


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"starts_at": "2026-11-20T03:00:00-06:00"}, 422),
        ({"starts_at": "soon"}, 400),
        ({"starts_at": "9999-12-31T23:59:00Z"}, 422),
        ({"starts_at": "0001-01-01T00:00:00Z"}, 422),
        ({"minutes": 0}, 422),
        ({"minutes": None}, 400),
        ({"patient": "00000000-0000-0000-0000-000000000000"}, 404),
        ({"overbooked_reason": "Urgent"}, 403),
        ({"orders": ["00000000-0000-0000-0000-000000000000"]}, 404),
        ({"call": "00000000-0000-0000-0000-000000000000"}, 404),
    ],
)
def test_what_cannot_be_is_refused(desk, pia, facts, status):
    assert post(desk, "visits", request(pia) | facts).status_code == status
    assert not Visit.objects.exists()


def test_without_a_length_it_asks_what_for(desk, pia):
    body = request(pia)
    del body["minutes"]
    answer = post(desk, "visits", body)
    assert answer.status_code == 400
    assert "Say what for" in str(answer.json())


def test_a_visit_moves_and_a_second_press_is_409(booked, desk, nora):
    path = f"visits/{booked['key']}"
    assert post(desk, f"{path}/check-in").json()["status"] == "arrived"
    again = post(desk, f"{path}/check-in")
    assert (again.status_code, again.json()["detail"]) == (409, "This visit is “Arrived” now.")
    assert post(desk, f"{path}/seat").status_code == 403
    seated = post(signed_in(nora), f"{path}/seat", {"chair": "Chair 3"}).json()
    assert (seated["status"], seated["chair"]) == ("in_chair", "Chair 3")
    assert post(signed_in(nora), f"{path}/undo", {"reason": "Wrong chair"}).json()["status"] == "arrived"


def test_a_reason_is_needed_to_cancel(booked, desk):
    path = f"visits/{booked['key']}/cancel"
    assert post(desk, path).status_code == 400
    assert post(desk, path, {"reason": "Feels better"}).json()["status"] == "cancelled"


def test_no_show_not_before_the_start(booked, desk):
    assert post(desk, f"visits/{booked['key']}/no-show").status_code == 409


def test_the_board_and_its_version(booked, desk):
    board = desk.get("/api/v1/today").json()
    (line,) = board["visits"]
    assert (line["called"], line["group"], line["chair"], line["same_name"]) == (
        "Pia",
        "expected",
        "Chair 1",
        False,
    )
    assert board["counts"] == {"expected": 1}
    assert desk.get("/api/v1/today", {"version": board["version"]}).status_code == 304
    assert desk.get("/api/v1/today", {"day": "2026-11-21"}).json()["closed"] == "Closed on Saturdays."


def test_calls_are_noted_listed_and_answered(desk, pia):
    made = post(
        desk,
        "calls",
        {"caller": "Pia", "patient": str(pia.key), "must_leave_by": "2026-11-20T15:00:00-06:00"},
    )
    assert made.status_code == 201
    assert CallRequest.objects.get().must_leave_by == at(15)
    assert [call["key"] for call in desk.get("/api/v1/calls").json()] == [made.json()["key"]]
    refused = post(desk, f"calls/{made.json()['key']}/refuse", {"reason": "Full"})
    assert refused.json()["state"] == "refused"
    assert post(desk, f"calls/{made.json()['key']}/close", {"reason": "Full"}).status_code == 409
    assert desk.get("/api/v1/calls").json() == []


def test_another_site_finds_nothing_and_a_biller_may_nothing(booked, bea):
    stranger = signed_in(member_of_staff("fern", Role.FRONT_DESK, site=open_site(slug="north", name="North")))
    assert post(stranger, f"visits/{booked['key']}/check-in").status_code == 404
    assert stranger.get("/api/v1/today").json()["visits"] == []
    assert post(signed_in(bea), "visits").status_code == 403


def test_a_visit_is_extended_or_refused_in_words(desk, booked, paul):
    path = f"visits/{booked['key']}/extend"
    assert post(desk, path, {"minutes": 120}).json()["minutes"] == 120
    refused = post(desk, path, {"minutes": 600})
    assert refused.status_code == 409
    assert "after closing at 17:30" in refused.json()["detail"]
    assert post(desk, path, {"minutes": 721}).status_code == 400


def test_a_site_of_its_own_loads_is_reckoned_with(desk, site, pia, recipe, drugs, max):
    loads.set_load(
        site=site,
        drug=drugs.ketorolac,
        class_tag="",
        load=9,
        source="Meeting",
        valid_from=FRIDAY,
        by=max,
        at=EIGHT,
    )
    asked = {"patient": str(pia.key), "starts_at": "2026-11-20T09:00:00-06:00", "regimen": recipe.code}
    post(desk, "visits", asked)
    assert Visit.objects.get().load == 9


class TestMoving:
    def test_another_start_and_chair_by_name(self, desk, booked):
        typed = {"starts_at": "2026-11-20T10:00:00-06:00", "chair": "Chair 5", "was_at": booked["starts_at"]}
        answer = post(desk, f"visits/{booked['key']}/move", typed)
        assert (answer.status_code, answer.json()["chair"]) == (200, "Chair 5")
        assert answer.json()["starts_at"] == "2026-11-20T16:00:00Z"
        again = post(desk, f"visits/{booked['key']}/move", typed)
        assert (again.status_code, Visit.objects.get().moves.count()) == (200, 2)

    def test_a_full_time_is_a_problem_with_other_times(self, desk, booked, site, paul, felix):
        facts = {"site": site, "patient": paul, "minutes": 60, "load": 3, "chair_kind": "bed"}
        booking.book_visit(starts_at=at(13), **facts, by=felix, at=EIGHT)
        typed = {"starts_at": "2026-11-20T13:00:00-06:00", "chair": "Chair 11"}
        answer = post(desk, f"visits/{booked['key']}/move", typed)
        assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
        assert answer.json()["detail"].startswith("Chairs are taken at 13:00; next: ")
        assert answer.json()["starts"]

    def test_a_visit_that_was_moved_since_is_not_moved_again(self, desk, booked):
        typed = {"starts_at": "2026-11-20T10:00:00-06:00", "was_at": "2026-11-20T08:00:00-06:00"}
        answer = post(desk, f"visits/{booked['key']}/move", typed)
        assert (answer.status_code, "Look again" in answer.json()["detail"]) == (409, True)


def test_a_booking_sent_again_under_its_key_is_answered_and_not_made_twice(desk, pia, paul):
    key = {"Idempotency-Key": "0b6f9a1e-2f0c-4c6c-9d43-5d1f0a4f7a11"}

    def send(patient, **headers):
        return desk.post("/api/v1/visits", request(patient), content_type="application/json", headers=headers)

    first, again = send(pia, **key), send(pia, **key)
    assert first.status_code == again.status_code == 201 and first.json() == again.json()
    assert Visit.objects.count() == 1 and first.json()["key"] == key["Idempotency-Key"]
    other = send(paul, **key)
    assert other.status_code == 409 and other.json()["detail"] == "This key was used for another booking."
    assert send(paul).status_code == 201
    wrong = send(paul, **{"Idempotency-Key": "again"})
    assert wrong.status_code == 400 and "key" in wrong.json()["errors"]
