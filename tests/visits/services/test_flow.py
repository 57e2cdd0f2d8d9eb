"""A visit's moves, and the way back from a wrong click."""

from datetime import timedelta

import pytest

from tests.clock import EIGHT, ELEVEN, MINUTE, NINE, TEN, at
from tests.people import enroll
from tests.places import open_site
from tests.visits import scenes
from visits.models import Chair, Visit
from visits.selectors.availability import offers
from visits.selectors.details import free_chairs
from visits.services import booking, charting, discharge, flow, giving
from visits.services.chairs import ChairTaken
from visits.services.flow import CannotMove
from visits.states import Status


def moves(visit):
    return list(visit.moves.order_by("pk").values_list("source", "target", "reason"))


@pytest.fixture
def arrived(visit, felix):
    return flow.check_in(visit=visit, by=felix, at=at(8, 40))


@pytest.fixture
def book(site, chairs, nurses, felix):
    def book(patient, starts_at, minutes=60, **facts):
        return booking.book_visit(
            site=site,
            patient=patient,
            starts_at=starts_at,
            minutes=minutes,
            load=3,
            by=felix,
            at=EIGHT,
            **facts,
        )

    return book


def test_through_the_day_with_who_and_when(visit, felix, nora):
    flow.check_in(visit=visit, by=felix, at=at(8, 50))
    flow.seat(visit=visit, by=nora, at=NINE)
    assert (visit.arrived_at, visit.arrived_by) == (at(8, 50), felix)
    assert (visit.seated_at, visit.seated_by, visit.nurse) == (NINE, nora, nora)
    assert moves(visit) == [("", "booked", ""), ("booked", "arrived", ""), ("arrived", "in_chair", "")]


def test_pressed_twice_the_second_is_told_and_changes_nothing(arrived, nora):
    with pytest.raises(CannotMove, match="“Arrived” now"):
        flow.check_in(visit=arrived, by=nora, at=NINE)
    arrived.refresh_from_db()
    assert arrived.arrived_at == at(8, 40)


def test_checking_in_somebody_who_sits_is_no_way_back(arrived, nora, felix):
    flow.seat(visit=arrived, by=nora, at=NINE)
    with pytest.raises(CannotMove, match="“In chair” now"):
        flow.check_in(visit=arrived, by=felix, at=NINE)


def test_an_old_copy_of_the_visit_decides_nothing(visit, felix, nora):
    old = Visit.objects.get(pk=visit.pk)
    flow.cancel(visit=visit, reason="Feels better", by=felix, at=EIGHT)
    with pytest.raises(CannotMove, match="“Cancelled” now"):
        flow.check_in(visit=old, by=felix, at=at(8, 50))


def test_a_visit_of_another_day_is_not_checked_in_today(visit, felix):
    with pytest.raises(CannotMove, match="planned for Fri 20 Nov 2026"):
        flow.check_in(visit=visit, by=felix, at=NINE - timedelta(days=1))


def test_a_cancelled_place_is_free_at_once(visit, book, paul, felix):
    flow.cancel(visit=visit, reason="Feels better", by=felix, at=EIGHT)
    assert book(paul, NINE).chair == visit.chair
    assert moves(visit)[-1] == ("booked", "cancelled", "Feels better")


def test_no_show_only_once_the_start_has_passed(visit, felix):
    with pytest.raises(CannotMove, match="still ahead"):
        flow.no_show(visit=visit, by=felix, at=NINE - MINUTE)
    assert flow.no_show(visit=visit, by=felix, at=TEN).status == Status.NO_SHOW


def test_leaving_the_waiting_room_needs_a_reason(arrived, felix):
    with pytest.raises(flow.DomainError, match="Say why") as no:
        flow.leave(visit=arrived, reason=" ", by=felix, at=NINE)
    assert no.value.field == "reason"
    left = flow.leave(visit=arrived, reason="Waited too long", by=felix, at=NINE)
    assert (left.status, left.left_at, left.left_by) == (Status.LEFT, NINE, felix)


class TestSeating:
    def test_in_the_planned_chair_or_another_free_one(self, arrived, chairs, nora):
        seated = flow.seat(visit=arrived, chair=chairs[4], by=nora, at=NINE)
        assert seated.chair == chairs[4]

    def test_a_chair_somebody_still_sits_in_is_refused_with_the_free_ones(
        self, arrived, book, paul, felix, nora, chairs
    ):
        flow.seat(visit=arrived, by=nora, at=NINE)
        second = book(paul, at(9, 15))
        flow.check_in(visit=second, by=felix, at=NINE)
        with pytest.raises(ChairTaken, match="Pia still sits in Chair 1. Free now: Chair 2, Chair 3") as no:
            flow.seat(visit=second, chair=arrived.chair, by=nora, at=at(9, 15))
        assert no.value.field == "chair"
        assert arrived.chair not in free_chairs(second)

    def test_whoever_was_planned_there_moves_to_another_chair_at_the_same_time(
        self, arrived, book, paul, nora, chairs
    ):
        later = book(paul, TEN)
        taken = Chair.objects.get(pk=later.chair_id)
        if taken == arrived.chair:
            pytest.fail("two visits that overlap are planned into different chairs")
        flow.seat(visit=arrived, chair=taken, by=nora, at=NINE)
        later.refresh_from_db()
        assert later.chair != taken
        assert later.starts_at == TEN

    def test_nobody_who_has_arrived_is_moved(self, arrived, book, paul, felix, nora, chairs):
        later = book(paul, TEN)
        flow.check_in(visit=later, by=felix, at=NINE)
        with pytest.raises(ChairTaken, match="promised to others"):
            flow.seat(visit=arrived, chair=later.chair, by=nora, at=NINE)

    def test_an_overbooked_patient_needs_a_chair_named(self, book, paul, felix, nora, chairs):
        visit = book(paul, NINE, overbooked_reason="Urgent")
        flow.check_in(visit=visit, by=felix, at=NINE)
        with pytest.raises(CannotMove, match="Choose a chair"):
            flow.seat(visit=visit, by=nora, at=NINE)
        assert flow.seat(visit=visit, chair=chairs[0], by=nora, at=NINE).chair == chairs[0]

    def test_another_sites_chair_is_refused(self, arrived, nora):
        elsewhere = Chair.objects.create(site=open_site(slug="north", name="North"), name="N1")
        with pytest.raises(CannotMove, match="Choose a chair"):
            flow.seat(visit=arrived, chair=elsewhere, by=nora, at=NINE)

    def test_a_patient_who_has_not_arrived_is_not_seated(self, visit, nora):
        with pytest.raises(CannotMove, match="“Booked” now"):
            flow.seat(visit=visit, by=nora, at=NINE)


class TestUndo:
    def test_a_wrong_check_in(self, arrived, felix):
        back = flow.undo(visit=arrived, reason="Wrong patient", by=felix, at=NINE)
        assert (back.status, back.arrived_at, back.arrived_by) == (Status.BOOKED, None, None)
        assert moves(back)[-1] == ("arrived", "booked", "Wrong patient")

    def test_a_wrong_seating(self, arrived, nora):
        flow.seat(visit=arrived, by=nora, at=NINE)
        back = flow.undo(visit=arrived, reason="Wrong chair", by=nora, at=NINE)
        assert (back.status, back.seated_at, back.nurse) == (Status.ARRIVED, None, None)

    def test_it_needs_a_reason(self, arrived, felix):
        with pytest.raises(flow.DomainError, match="Say why"):
            flow.undo(visit=arrived, reason="", by=felix, at=NINE)

    def test_not_after_a_score(self, in_chair, nora):
        charting.score(visit=in_chair, moment="baseline", pain=8, scored_at=NINE, by=nora, at=NINE)
        with pytest.raises(CannotMove, match="recorded since"):
            flow.undo(visit=in_chair, reason="Wrong chair", by=nora, at=NINE)

    def test_not_after_vitals(self, in_chair, nora):
        charting.record_vitals(visit=in_chair, taken_at=NINE, by=nora, at=NINE, pulse=70)
        with pytest.raises(CannotMove, match="recorded since"):
            flow.undo(visit=in_chair, reason="Wrong chair", by=nora, at=NINE)

    def test_not_after_a_drug_was_decided_on(self, magnesium, nora):
        giving.not_given(
            administration=magnesium, state="refused", reason="Does not want it", by=nora, at=NINE
        )
        with pytest.raises(CannotMove, match="given or decided"):
            flow.undo(visit=magnesium.visit, reason="Wrong chair", by=nora, at=NINE)

    @pytest.mark.parametrize("status", ["booked", "cancelled"])
    def test_there_is_nothing_to_undo_of_a_booking(self, visit, felix, status):
        if status == "cancelled":
            flow.cancel(visit=visit, reason="Feels better", by=felix, at=EIGHT)
        with pytest.raises(CannotMove, match="Nothing to undo"):
            flow.undo(visit=visit, reason="Wrong click", by=felix, at=NINE)


class TestUndoingADischarge:
    @pytest.fixture
    def done(self, in_chair, nora):
        for line in in_chair.administrations.all():
            giving.not_given(administration=line, state="refused", reason="Pain is gone", by=nora, at=NINE)
        discharge.discharge(
            visit=in_chair, pain=2, back_to_activity="yes", left_with="Ruth", iv_out="yes", by=nora, at=TEN,
            vitals={"pulse": 70},
        )  # fmt: skip
        in_chair.refresh_from_db()
        return in_chair

    def test_the_visit_and_its_order_are_open_again_and_the_outcome_stays(self, done, order, nora):
        back = flow.undo(visit=done, reason="Wrong patient discharged", by=nora, at=TEN + MINUTE)
        order.refresh_from_db()
        assert (back.status, back.left_at, order.state) == (Status.IN_CHAIR, None, "signed")
        assert back.outcome.pain_after == 2

    def test_it_can_be_discharged_again(self, done, nora):
        back = flow.undo(visit=done, reason="Wrong patient discharged", by=nora, at=TEN + MINUTE)
        discharge.discharge(
            visit=back, pain=1, back_to_activity="yes", left_with="Ruth", iv_out="yes", by=nora, at=ELEVEN
        )
        back.refresh_from_db()
        assert (back.status, back.outcome.pain_after) == (Status.DONE, 1)

    def test_not_into_a_chair_somebody_else_has_by_now(self, done, paul, book, felix, nora):
        other = book(paul, TEN)
        flow.check_in(visit=other, by=felix, at=TEN)
        flow.seat(visit=other, chair=done.chair, by=nora, at=TEN)
        with pytest.raises(ChairTaken, match="Paul still sits in"):
            flow.undo(visit=done, reason="Wrong patient discharged", by=nora, at=TEN + MINUTE)

    def test_who_was_booked_into_the_freed_chair_moves(self, done, paul, book, chairs, nora):
        Chair.objects.exclude(pk__in=[chairs[0].pk, chairs[1].pk]).update(active=False)
        other = book(paul, TEN)
        assert other.chair == done.chair
        flow.undo(visit=done, reason="Wrong patient discharged", by=nora, at=TEN + MINUTE)
        other.refresh_from_db()
        assert other.chair != done.chair


def test_somebody_who_sits_longer_than_planned_still_counts(in_chair, site, felix):
    """Pia (load 3) was to leave at 10:30 and sits there at 11:20, beside Tia (load 3): 18 of 24 are free."""
    tia = enroll(by=felix, given_name="Tia", family_name="Two")
    scenes.booked(patient=tia, site=site, by=felix, starts_at=ELEVEN)
    ask = {"site": site, "day": in_chair.day, "minutes": 60, "load": 18, "chair_kind": "recliner"}
    now = ELEVEN + 20 * MINUTE
    assert offers(**ask, at=now).starts[0].at == now
    more = offers(**(ask | {"load": 21}), at=now)
    assert (more.starts[0].at, more.why_not) == (now + 5 * MINUTE, ("Nurses full until 11:25.",))
