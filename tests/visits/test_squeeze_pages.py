"""No start fits: the desk has it looked at who could move, calls them, and confirms."""

import pytest
from django.urls import reverse

from infusion_center.audit.models import ChartRead
from patients.services import reaching
from tests.clock import MINUTE, SEVEN, at
from tests.people import signed_in
from visits.models import Squeeze, Visit
from visits.services import booking

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def seven_o_clock(time_machine):
    time_machine.move_to(SEVEN, tick=False)


@pytest.fixture
def desk(felix, chairs, nurses):
    return signed_in(felix)


@pytest.fixture
def booked(site, chairs, nurses, paul, felix):
    """Paul has the only bed from nine; two hours from half past seven do not fit before him."""
    reaching.add_phone(patient=paul, kind="mobile", written="312-555-0142", by=felix, at=SEVEN)
    facts = {"site": site, "patient": paul, "starts_at": at(9), "minutes": 60, "load": 3, "chair_kind": "bed"}
    return booking.book_visit(**facts, by=felix, at=SEVEN)


@pytest.fixture
def typed(pia):
    limits = {"earliest": "07:30", "leave_by": "09:45"}
    return {"patient": pia.key, "wanted": "undecided", "day": "2026-11-20", "chair_kind": "bed", **limits}


@pytest.fixture
def asked(desk, booked, typed, django_capture_on_commit_callbacks):
    """The bell rings when the question is written; its worker answers at once in tests."""
    with django_capture_on_commit_callbacks(execute=True):
        answer = desk.post(reverse("visits:squeeze_ask"), typed, headers=HTMX)
    assert "Looking who could move" in said(answer)
    return Squeeze.objects.get()


def said(response):
    return response.content.decode()


def act(desk, squeeze, what, typed=None):
    return desk.post(reverse(f"visits:squeeze_{what}", args=[squeeze.key]), typed, headers=HTMX)


def look(desk, squeeze):
    return said(desk.get(reverse("visits:squeeze", args=[squeeze.key]), headers=HTMX))


def test_it_is_offered_where_nothing_fits_and_only_there(desk, booked, typed):
    def offered(**facts):
        return said(desk.post(reverse("visits:book_offers"), typed | facts, headers=HTMX))

    assert "Squeeze in" in offered()
    assert "Squeeze in" not in offered(leave_by="")


def test_a_site_that_moves_nobody_does_not_offer_it(desk, booked, typed, site):
    site.may_move_minutes = 0
    site.save()
    assert "Squeeze in" not in said(desk.post(reverse("visits:book_offers"), typed, headers=HTMX))


def test_who_is_to_be_called_by_name_phone_and_minutes(desk, asked, paul):
    shown = look(desk, asked)
    assert "07:30 is possible if these agree" in shown
    for word in (
        paul.family_name,
        paul.phones.get().written,
        "09:00",
        "09:45",
        "45 min later",
        "Nothing has moved yet",
    ):
        assert word in shown


def test_they_agree(desk, asked, booked, typed, pia):
    done = act(desk, asked, "confirm", typed)
    assert "Booked" in said(done)
    assert done.headers["HX-Retarget"] == "#book"
    assert "board-changed" in done.headers["HX-Trigger"]
    booked.refresh_from_db()
    assert booked.starts_at == at(9, 45)
    assert Visit.objects.get(patient=pia).starts_at == at(7, 30)


def test_one_does_not(desk, asked, booked):
    assert "Nobody moves" in said(act(desk, asked, "drop"))
    assert act(desk, asked, "drop").status_code == 409
    booked.refresh_from_db()
    assert booked.starts_at == at(9)


def test_what_has_changed_is_a_sentence_and_it_can_be_asked_again(desk, asked, booked, typed):
    desk.post(reverse("visits:cancel", args=[booked.key]), {"reason": "Better"}, headers=HTMX)
    answer = act(desk, asked, "confirm", typed)
    assert answer.status_code == 409
    assert "Ask again" in said(answer)


def test_a_form_that_does_not_stand_any_more_is_a_sentence(desk, asked):
    answer = act(desk, asked, "confirm", {})
    assert answer.status_code == 422
    assert "Ask again" in said(answer)
    assert (
        desk.post(reverse("visits:squeeze_ask"), {"patient": asked.patient.key}, headers=HTMX).status_code
        == 422
    )


def test_after_ten_minutes_it_says_so(desk, asked, seven_o_clock, time_machine):
    time_machine.move_to(SEVEN + 10 * MINUTE, tick=False)
    assert "older than ten minutes" in look(desk, asked)


def test_it_says_why_not(desk, booked, site, typed, django_capture_on_commit_callbacks):
    site.may_move_minutes = 30
    site.save()
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(reverse("visits:squeeze_ask"), typed, headers=HTMX)
    shown = look(desk, Squeeze.objects.get())
    assert "Not even moving others by up to 30 minutes" in shown
    assert "Squeeze in" in shown


def test_names_seen_are_noted_and_strangers_see_none(desk, asked, felix, bea, client, site):
    assert ChartRead.objects.filter(page="visits:squeeze", person=felix).count() == 1
    address = reverse("visits:squeeze", args=[asked.key])
    assert signed_in(bea).get(address).status_code == 403
    assert client.get(address).status_code in (302, 403)


def test_without_htmx_it_is_a_page(desk, asked):
    assert "<html" in said(desk.get(reverse("visits:squeeze", args=[asked.key])))


class TestForPrograms:
    """The API speaks the same services."""

    @pytest.fixture
    def question(self, pia, booked):
        limits = {"earliest_at": at(7, 30).isoformat(), "must_leave_by": at(9, 45).isoformat()}
        return {"patient": str(pia.key), "day": "2026-11-20", "minutes": 120, "chair_kind": "bed", **limits}

    @pytest.fixture
    def asked(self, desk, question, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            answer = desk.post(reverse("api_squeezes"), question, content_type="application/json")
        assert (answer.status_code, answer.json()["state"]) == (201, "asked")
        return answer.json()["key"]

    def test_a_way_is_looked_at_and_confirmed(self, desk, asked, paul):
        shown = desk.get(reverse("api_squeeze", args=[asked])).json()
        assert (shown["state"], shown["starts_at"]) == ("solved", "2026-11-20T13:30:00Z")
        assert [(one["patient"], one["will_be_at"]) for one in shown["moves"]] == [
            (str(paul.key), "2026-11-20T15:45:00Z")
        ]
        done = desk.post(reverse("api_confirm_squeeze", args=[asked]), {}, content_type="application/json")
        assert (done.status_code, done.json()["starts_at"]) == (201, "2026-11-20T13:30:00Z")

    def test_dropped_it_moves_nobody_and_stays_dropped(self, desk, asked):
        assert desk.post(reverse("api_drop_squeeze", args=[asked])).json()["state"] == "dropped"
        again = desk.post(reverse("api_confirm_squeeze", args=[asked]), {}, content_type="application/json")
        assert again.status_code == 409
