"""Squeeze in: proposed by a worker, agreed on the phone, written at once or not at all."""

from datetime import timedelta
from functools import partial

import pytest

from infusion_center.outbox.models import Message
from tests.clock import EIGHT, FRIDAY, MINUTE, at
from tests.people import enroll
from visits.models import Visit
from visits.rules import cp_sat
from visits.rules.retiming import Found
from visits.selectors import squeezing as squeezes
from visits.services import booking, flow, squeezing

solve = partial(cp_sat.solve, seconds=60)  # however busy the machine is

SIX = EIGHT - timedelta(hours=2)
PROMISED, MOVED = at(9, 30), at(9, 45)
BED = {"minutes": 90, "load": 3, "chair_kind": "bed"}


@pytest.fixture
def booked(site, chairs, nurses, paul, felix):
    """Paul has the only bed from half past nine."""
    facts = {"site": site, "patient": paul, "starts_at": PROMISED, "by": felix, "at": SIX}
    return booking.book_visit(**facts | BED | {"minutes": 60})


@pytest.fixture
def ask(site, pia, felix):
    """Pia needs the bed for an hour and a half, and has to leave by ten."""

    def ask(**facts):
        limits = {"earliest_at": EIGHT, "must_leave_by": at(10)}
        request = {"site": site, "day": FRIDAY, "patient": pia, **BED, **limits} | facts
        return squeezing.ask(**request, by=felix, at=SIX)

    return ask


@pytest.fixture
def solved(booked, ask):
    return work(ask())


@pytest.fixture
def agree(felix):
    def agree(squeeze, *, when=SIX + 5 * MINUTE, **facts):
        return squeezing.confirm(squeeze=squeeze, by=felix, at=when, **facts)

    return agree


def work(squeeze, *, solve=solve, when=SIX):
    assert squeezing.solve_next(solve=solve, at=when)
    squeeze.refresh_from_db()
    return squeeze


def proposed(squeeze):
    return [(row.visit_id, row.was_at, row.will_be_at) for row in squeeze.retimings.order_by("pk")]


def test_a_way_is_proposed_and_nobody_has_moved(solved, booked):
    assert (solved.state, solved.starts_at) == ("solved", EIGHT)
    assert proposed(solved) == [(booked.pk, PROMISED, MOVED)]
    booked.refresh_from_db()
    assert booked.starts_at == PROMISED


def test_when_all_agree_they_move_and_the_new_visit_is_booked(solved, booked, agree, pia):
    visit = agree(solved)
    booked.refresh_from_db()
    assert (booked.starts_at, booked.ends_at, booked.chair_time.upper) == (MOVED, at(10, 45), at(11))
    assert (visit.patient, visit.starts_at, visit.chair_kind) == (pia, EIGHT, "bed")
    assert visit.chair == booked.chair
    solved.refresh_from_db()
    assert (solved.state, solved.visit) == ("confirmed", visit)


def test_who_moved_has_it_in_their_history_and_gets_a_message_that_says_nothing(
    solved, booked, agree, paul, felix
):
    paul.email = "paul@example.org"
    paul.save()
    agree(solved)
    move = booked.moves.order_by("pk").last()
    assert (move.reason, move.moved_by) == ("Start moved from 09:30 to 09:45, as agreed", felix)
    message = Message.objects.get(kind="time_changed")
    assert message.to == "paul@example.org"
    assert "09:45" not in message.text


def test_the_plan_of_what_is_given_moves_along(site, chairs, nurses, pia, felix, order, ask, agree, paul):
    """Pia's order hangs on a bed visit; Paul is squeezed in before her."""
    facts = {"site": site, "patient": pia, "starts_at": PROMISED, "orders": [order]}
    visit = booking.book_visit(**facts, **BED | {"minutes": 60}, by=felix, at=SIX)
    before = [line.scheduled_at for line in visit.administrations.order_by("pk")]
    agree(work(ask(patient=paul)))
    after = [line.scheduled_at for line in visit.administrations.order_by("pk")]
    assert after == [moment + (MOVED - PROMISED) for moment in before] != []


class TestWhatChangedMeanwhile:
    def test_who_has_come_is_not_moved(self, solved, booked, agree, felix):
        flow.check_in(visit=booked, by=felix, at=SIX)
        self.nothing_moves(solved, booked, agree, "has come, or was moved or cancelled")

    def test_who_was_cancelled_is_not_moved(self, solved, booked, agree, felix):
        flow.cancel(visit=booked, reason="Better", by=felix, at=SIX)
        self.nothing_moves(solved, booked, agree, "cancelled")

    def test_a_place_that_was_given_away_is_not_taken_from_anybody(
        self, solved, booked, agree, site, chairs, felix
    ):
        other = enroll(by=felix, given_name="Olga", family_name="Other")
        facts = {"site": site, "patient": other, "starts_at": at(10, 45), "by": felix, "at": SIX}
        booking.book_visit(**facts | BED | {"minutes": 30})
        self.nothing_moves(solved, booked, agree, "taken by now")

    def test_nurses_who_went_home_are_missed(self, solved, booked, agree, site):
        site.shifts.all().delete()
        self.nothing_moves(solved, booked, agree, "nurses are taken")

    def test_who_was_moved_for_somebody_else_is_not_moved_again(self, solved, ask, agree, felix):
        tia = enroll(by=felix, given_name="Tia", family_name="Tell")
        other = work(ask(patient=tia))
        agree(solved)
        with pytest.raises(squeezing.CannotSqueeze, match="was moved"):
            agree(other)
        assert not Visit.objects.filter(patient=tia).exists()

    def test_it_is_confirmed_once(self, solved, agree):
        agree(solved)
        with pytest.raises(squeezing.CannotSqueeze, match="“Confirmed” already"):
            agree(solved)
        assert Visit.objects.count() == 2

    def test_what_it_is_for_stays_what_was_solved(self, solved, booked, agree):
        self.nothing_moves(solved, booked, agree, "has changed since", minutes=120)

    def test_after_ten_minutes_it_is_too_old(self, solved, booked, agree):
        self.nothing_moves(solved, booked, agree, "older than ten minutes", when=SIX + 10 * MINUTE)
        assert squeezing.expire_old(at=SIX + 10 * MINUTE) == 1
        assert squeezing.expire_old(at=SIX + 10 * MINUTE) == 0

    def test_the_new_patient_is_somewhere_else(self, solved, booked, agree, site, pia, felix):
        facts = {"site": site, "patient": pia, "starts_at": EIGHT, "minutes": 30, "load": 3}
        booking.book_visit(**facts, by=felix, at=SIX)
        self.nothing_moves(solved, booked, agree, "has a visit", error=booking.PatientIsBusy)

    def nothing_moves(
        self, squeeze, booked, agree, why, *, error=squeezing.CannotSqueeze, visits=None, **facts
    ):
        visits = Visit.objects.count()
        with pytest.raises(error, match=why):
            agree(squeeze, **facts)
        booked.refresh_from_db()
        squeeze.refresh_from_db()
        assert (booked.starts_at, squeeze.state, Visit.objects.count()) == (PROMISED, "solved", visits)


class TestWhyNot:
    def test_nobody_may_be_moved(self, booked, site, ask):
        site.may_move_minutes = 0
        site.save()
        squeeze = work(ask())
        assert squeeze.state == "none"
        assert "Nobody who is booked that day may be moved" in squeeze.why_none

    def test_moving_does_not_help(self, booked, ask):
        squeeze = work(ask(minutes=240, must_leave_by=at(12)))
        assert squeeze.why_none == "Not even moving others by up to 60 minutes makes room for this visit."

    def test_the_time_ran_out(self, booked, ask):
        squeeze = work(ask(), solve=lambda puzzle: Found(None, proved=False))
        assert squeeze.why_none == "No way was found in the time there is for looking."

    def test_a_closed_day_has_no_room(self, site, chairs, ask):
        assert work(ask(day=FRIDAY + timedelta(days=1), earliest_at=None, must_leave_by=None)).state == "none"

    def test_a_question_nobody_looked_at_in_time_is_dropped(self, booked, ask):
        assert work(ask(), when=SIX + 10 * MINUTE).state == "expired"


def test_solving_again_changes_nothing(solved):
    assert not squeezing.solve_next(solve=solve, at=SIX)


def test_two_workers_answer_one_question_once(booked, ask):
    squeeze = ask()

    def slow(puzzle):
        squeezing.solve_next(solve=solve, at=SIX)
        return solve(puzzle)

    work(squeeze, solve=slow)
    assert len(proposed(squeeze)) == 1


def test_dropping_it_moves_nobody_and_is_final(solved, booked, agree, felix):
    squeezing.drop(squeeze=solved, by=felix, at=SIX)
    with pytest.raises(squeezing.CannotSqueeze, match="Dropped"):
        agree(solved)
    with pytest.raises(squeezing.CannotSqueeze, match="Dropped"):
        squeezing.drop(squeeze=solved, by=felix, at=SIX)


def test_it_is_shown_who_is_to_be_called(solved, paul, django_assert_num_queries):
    with django_assert_num_queries(2):
        shown = squeezes.shown(solved, at=SIX)
    assert [(one.person, one.was_at, one.shift) for one in shown.movers] == [(paul, PROMISED, "15 min later")]
    assert squeezes.shown(solved, at=SIX + 10 * MINUTE).state == "expired"
