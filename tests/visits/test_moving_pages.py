"""Move a visit: the desk chooses or drags, reads what it means, and agrees."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from infusion_center.audit.models import ChartRead
from tests.clock import EIGHT, NINE, TEN, at
from tests.people import enroll, signed_in
from visits.services import booking, flow

HTMX = {"HX-Request": "true"}
BED = {"minutes": 60, "load": 3, "chair_kind": "bed"}


@pytest.fixture(autouse=True)
def eight_o_clock(time_machine):
    time_machine.move_to(EIGHT, tick=False)


@pytest.fixture
def desk(felix, chairs, nurses):
    return signed_in(felix)


@pytest.fixture
def booked(site, chairs, nurses, felix, pia):
    return booking.book_visit(site=site, patient=pia, starts_at=NINE, minutes=60, load=3, by=felix, at=EIGHT)


@pytest.fixture
def paul_in_bed(site, chairs, nurses, felix, paul):
    return booking.book_visit(site=site, patient=paul, starts_at=TEN, **BED, by=felix, at=EIGHT)


def said(response):
    return " ".join(response.content.decode().split())


def look(client, visit, **typed):
    return client.post(reverse("visits:move_look", args=[visit.key]), typed, headers=HTMX)


def agree(client, visit, starts_at, **typed):
    facts = {"starts_at": starts_at.isoformat(), "was_at": visit.starts_at.isoformat()}
    return client.post(reverse("visits:move", args=[visit.key]), facts | typed, headers=HTMX)


def test_the_visit_offers_it_until_the_patient_is_here(desk, booked, felix):
    address = reverse("visits:move", args=[booked.key])
    panel = reverse("visits:visit", args=[booked.key])
    assert address in said(desk.get(panel, headers=HTMX))
    flow.check_in(visit=booked, by=felix, at=EIGHT)
    assert address not in said(desk.get(panel, headers=HTMX))


def test_the_best_starts_stand_beside_the_form_and_opening_it_is_noted(desk, booked, felix, pia):
    shown = said(desk.get(reverse("visits:move", args=[booked.key]), headers=HTMX))
    assert "Best starts, Fri 20 Nov" in shown
    assert f'value="{at(8).isoformat()}"' in shown
    assert 'name="time" type="time" class="form-control form-control-sm" value="09:00"' in shown
    assert ChartRead.objects.filter(page="visits:move", person=felix, patient_key=pia.key).count() == 1


def test_what_it_means_is_shown_first_and_nothing_has_moved(desk, booked):
    shown = said(look(desk, booked, day="2026-11-20", time="10:15", chair=""))
    assert "Fri 20 Nov 2026 10:15 CST</strong> to 11:15" in shown
    assert "stay as they are" in shown
    booked.refresh_from_db()
    assert booked.starts_at == NINE


def test_who_would_change_chairs_is_named(desk, booked, site, felix, paul):
    facts = {"site": site, "patient": paul, "starts_at": TEN, "minutes": 60, "load": 3}
    other = booking.book_visit(**facts, by=felix, at=EIGHT)
    shown = said(look(desk, booked, starts_at=at(9, 30).isoformat(), chair=other.chair_id))
    assert "1 changes chair, at the same time" in shown
    assert f"{paul.called} {paul.family_name}, 10:00: Chair 2 → Chair" in shown


def test_agreed_it_is_moved_and_the_board_is_told(desk, booked):
    answer = agree(desk, booked, TEN, reason="driver is late")
    assert 'data-announce="Moved to 10:00, Chair 1"' in said(answer)
    assert "Start moved from 09:00 to 10:00, driver is late" in said(answer)
    assert "board-changed" in answer.headers["HX-Trigger"]
    booked.refresh_from_db()
    assert booked.starts_at == TEN


def test_a_clash_is_words_with_other_times_and_what_was_typed_stays(desk, booked, paul_in_bed):
    answer = look(desk, booked, starts_at=at(10, 30).isoformat(), chair=paul_in_bed.chair_id)
    assert answer.status_code == 409
    shown = said(answer)
    assert "Chairs are taken at 10:30; next: 11:15" in shown
    assert f'value="{at(11, 15).isoformat()}"' in shown
    assert 'value="10:30"' in shown
    assert f'<option value="{paul_in_bed.chair_id}" selected>' in shown
    assert "What it means" not in shown


def test_the_place_can_go_between_looking_and_agreeing(desk, booked, paul_in_bed):
    answer = agree(desk, booked, TEN, chair=paul_in_bed.chair_id)
    assert (answer.status_code, "Chairs are taken at 10:00" in said(answer)) == (409, True)


@pytest.mark.parametrize(
    "typed", [{}, {"day": "2026-11-20"}, {"day": "9999-12-31", "time": "09:00"}, {"time": "x"}]
)
def test_half_a_time_is_a_sentence(desk, booked, typed):
    answer = look(desk, booked, **typed)
    assert (answer.status_code, "Choose a day and a time." in said(answer)) == (422, True)


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_a_time_out_of_this_world_is_a_sentence(desk, booked, year):
    answer = look(desk, booked, starts_at=f"{year}-12-31T23:00:00Z")
    assert (answer.status_code, "Choose a day of this century." in said(answer)) == (422, True)


def test_a_form_that_does_not_stand_any_more_is_a_sentence(desk, booked):
    answer = desk.post(reverse("visits:move", args=[booked.key]), {}, headers=HTMX)
    assert (answer.status_code, "Choose a start again" in said(answer)) == (422, True)


def test_without_htmx_they_are_pages(desk, booked):
    address = reverse("visits:move", args=[booked.key])
    assert "<html" in said(desk.get(address))
    facts = {"starts_at": TEN.isoformat(), "was_at": NINE.isoformat()}
    assert desk.post(address, facts).headers["Location"] == reverse("visits:visit", args=[booked.key])


def test_the_board_says_from_where_a_cell_can_be_dragged_and_to_whom(desk, booked, paul_in_bed, felix, dana):
    board = said(desk.get(reverse("visits:board")))
    assert 'data-moves="America/Chicago"' in board
    assert f'data-starts="{NINE.isoformat()}"' in board
    assert f'data-chair="{booked.chair_id}" data-name="Chair 1"' in board
    flow.check_in(visit=booked, by=felix, at=EIGHT)
    assert NINE.isoformat() not in said(desk.get(reverse("visits:board")))


def test_who_may_not_book_moves_nobody(booked, bea, client):
    assert signed_in(bea).get(reverse("visits:move", args=[booked.key])).status_code == 403
    assert look(client, booked).status_code == 401  # a part of a page is told, not redirected


@pytest.mark.parametrize("count", [1, 9])
def test_looking_costs_the_same_however_full_the_day_is(desk, booked, site, felix, count):
    for n in range(count):
        one = enroll(by=felix, given_name="Ana", family_name=f"Other{'abcdefghi'[n]}")
        start = at(11 + n // 2, 15 * (n % 2))
        booking.book_visit(site=site, patient=one, starts_at=start, minutes=30, load=1, by=felix, at=EIGHT)
    with CaptureQueriesContext(connection) as queries:
        assert "What it means" in said(look(desk, booked, starts_at=TEN.isoformat()))
    assert len(queries) <= 24, len(queries)
