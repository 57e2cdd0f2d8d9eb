"""Series for programs: the due list, starts, booking, and edits that are looked at first."""

import pytest

from tests.clock import FRIDAY, at
from tests.people import signed_in
from tests.places import open_site
from tests.visits.series_scenes import DAY, dose, somebody_works
from visits.models import Series, Visit

NOW = at(8, day=FRIDAY - 2 * DAY)


@pytest.fixture(autouse=True)
def wednesday(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def running(epti, pia):
    somebody_works(epti.nurse, epti.site, FRIDAY, FRIDAY + 3 * DAY)
    return epti.start(pia)


@pytest.fixture
def desk(felix):
    return signed_in(felix)


def post(client, path, body):
    return client.post(f"/api/v1/{path}", body, content_type="application/json")


def test_the_due_list_says_what_the_page_says(desk, running, pia):
    (line,) = desk.get("/api/v1/series/due").json()
    assert (line["patient"], line["regimen"], line["number"]) == (str(pia.key), "eptinezumab_100", 1)
    assert line["window"] == {"due": "2026-11-20", "opens": "2026-11-20", "closes": "2026-12-04"}
    assert (line["look"], line["authorization"], line["last_given_on"]) == ("proposed", None, None)


def test_a_series_is_started_and_a_refusal_names_its_field(desk, epti, pia):
    body = {"patient": str(pia.key), "regimen": "eptinezumab_100"}
    refused = post(desk, "series", body)
    assert refused.status_code == 422
    assert "first_due_on" in refused.json()["errors"]
    started = post(desk, "series", body | {"first_due_on": "2026-11-30", "weekday": 0, "start_from": "09:00"})
    assert started.status_code == 422  # half a wish
    wish = {"weekday": 0, "start_from": "09:00", "start_until": "10:30"}
    started = post(desk, "series", body | {"first_due_on": "2026-11-30"} | wish)
    assert started.status_code == 201
    assert started.json()["every_days"] == 84
    assert Series.objects.get().start_until == 630


def test_a_dose_is_booked_at_a_start_that_was_offered(desk, running):
    one = dose(running, 1)
    offered = desk.get(f"/api/v1/doses/{one.key}/starts").json()
    assert offered["days"][0]["day"] == "2026-11-20"
    start = offered["days"][0]["starts"][0]["at"]
    booked = post(desk, f"doses/{one.key}/confirm", {"starts_at": start})
    assert booked.status_code == 201
    assert dose(running, 1).visit == Visit.objects.get(key=booked.json()["key"])
    again = post(desk, f"doses/{one.key}/confirm", {"starts_at": start})
    assert again.status_code == 409


def test_no_place_is_a_problem_with_other_times(desk, running):
    one = dose(running, 1)
    answer = post(desk, f"doses/{one.key}/confirm", {"starts_at": "2026-11-24T09:00:00-06:00"})
    assert answer.status_code == 409
    assert "starts" in answer.json()


def test_a_promised_time_is_touched_only_after_its_consequences_were_agreed_to(desk, epti, running):
    epti.book(dose(running, 1), FRIDAY, when=NOW)
    path, body = f"doses/{dose(running, 1).key}/change", {"scope": "all", "day": "2026-12-20"}
    look = post(desk, path, body)
    assert look.status_code == 409
    first = look.json()["consequences"][0]
    assert (first["number"], first["becomes"], first["fate"]) == (1, "2026-12-20", "outside")
    done = post(desk, path, body | {"agreed": look.json()["mark"]})
    assert (done.status_code, done.json()["look"]) == (200, "outside")


def test_a_dose_is_skipped_with_a_reason(desk, running):
    path = f"doses/{dose(running, 1).key}/skip"
    assert post(desk, path, {}).status_code == 400
    assert post(desk, path, {"reason": "On holiday"}).json()["state"] == "skipped"


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_out_of_this_world_is_refused(desk, running, day):
    assert desk.get(f"/api/v1/doses/{dose(running, 1).key}/starts", {"day": day}).status_code == 400


def test_another_site_finds_none_of_it(running, felix):
    felix.sites.set([open_site(slug="other", name="Other")])
    assert signed_in(felix).get("/api/v1/series/due").json() == []
    assert signed_in(felix).get(f"/api/v1/doses/{dose(running, 1).key}/starts").status_code == 404
