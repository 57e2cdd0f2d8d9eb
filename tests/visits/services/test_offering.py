"""The waitlist, a time that falls free, and to whom it is offered. One bed, so that one booking fills it."""

from datetime import timedelta

import pytest

from infusion_center.errors import DomainError
from tests.clock import EIGHT, FRIDAY, MINUTE, NINE, NOON, TEN, at
from tests.people import enroll
from tests.places import on_shift
from tests.visits import scenes
from visits.models import FreedTime, Offer, Visit, Waiting
from visits.selectors.waitlist import fits_of, waitlist_of
from visits.services import booking, calls, days, discharge, flow, freed, moving, offering, triage, waitlist
from visits.tasks import expire_holds

HALF_PAST_TEN = at(10, 30)


def wait(patient, site, by, *, since=EIGHT, minutes=90, **facts):
    usual = {"chair_kind": "bed", "must_leave_by": at(11), "travel_minutes": 20}
    return waitlist.join(
        site=site, day=FRIDAY, patient=patient, minutes=minutes, load=3, **(usual | facts), by=by, at=since
    )


@pytest.fixture
def in_bed(site, chairs, nurses, felix, paul):
    """Paul has the bed from nine to half past ten."""
    return scenes.booked(patient=paul, site=site, by=felix, chair_kind="bed")


@pytest.fixture
def waiting(in_bed, pia, site, felix):
    return wait(pia, site, felix)


@pytest.fixture
def theo(felix):
    return enroll(by=felix, given_name="Theo", family_name="Thorn")


@pytest.fixture
def task(in_bed, waiting, felix):
    flow.cancel(visit=in_bed, reason="Better", by=felix, at=EIGHT)
    return FreedTime.objects.get()


def shown(site, moment=EIGHT):
    return waitlist_of(site=site, day=FRIDAY, at=moment)


class TestTheList:
    def test_without_a_place_it_says_when_they_would_fit(self, site, waiting):
        [waiter] = shown(site).waiting
        assert waiter.next_at is None
        assert waiter.would_fit == "Would fit 08:20 to 09:30 when a bed is free."

    def test_with_a_place_it_says_when(self, in_bed, site, felix, pia):
        wait(pia, site, felix, must_leave_by=None)
        assert shown(site).waiting[0].next_at == at(10, 45)  # Paul, and the turnover

    def test_nobody_is_on_it_twice(self, waiting, pia, site, felix):
        with pytest.raises(days.PromiseKept, match="on the waitlist of that day already"):
            wait(pia, site, felix)

    @pytest.mark.parametrize("days_later", [1, -1])
    def test_another_day_has_no_list(self, pia, site, felix, days_later):
        with pytest.raises(waitlist.CannotWait, match="book another day"):
            wait(pia, site, felix, since=EIGHT + timedelta(days=days_later))

    def test_off_the_list_takes_the_call_with_it(self, in_bed, pia, site, felix):
        call = calls.take_call(site=site, day=FRIDAY, caller="Pia", by=felix, at=EIGHT)
        entry = wait(pia, site, felix, call=call)
        with pytest.raises(DomainError, match="Say why"):
            calls.off_the_list(waiting=entry, reason="", by=felix, at=NINE)
        calls.off_the_list(waiting=entry, reason="No bed", refused=True, by=felix, at=NINE)
        call.refresh_from_db()
        assert (entry.state, call.state, call.closed_reason) == ("withdrawn", "refused", "No bed")

    def test_who_is_booked_otherwise_waits_no_longer_and_the_call_is_served(self, in_bed, pia, site, felix):
        call = calls.take_call(site=site, day=FRIDAY, caller="Pia", by=felix, at=EIGHT)
        entry = wait(pia, site, felix, call=call)
        visit = scenes.booked(patient=pia, site=site, by=felix, starts_at=NOON)
        entry.refresh_from_db()
        call.refresh_from_db()
        assert (entry.state, call.state, call.visit) == ("booked", "booked", visit)


class TestFreedTime:
    def test_a_cancellation_makes_one_task_with_the_best_fits(self, task, site, waiting):
        assert (task.span.lower, task.span.upper, task.state) == (NINE, HALF_PAST_TEN, "open")
        [one] = shown(site).freed
        assert [(fit.waiter.waiting, fit.starts_at) for fit in one.fits] == [(waiting, NINE)]

    def test_a_visit_that_is_moved_leaves_its_old_time_to_who_waits(self, in_bed, waiting, felix):
        moving.move(visit=in_bed, starts_at=NOON, by=felix, at=EIGHT)
        task = FreedTime.objects.get()
        assert (task.span.lower, task.span.upper, task.state) == (NINE, HALF_PAST_TEN, "open")
        moving.move(visit=Visit.objects.get(pk=in_bed.pk), starts_at=NINE, by=felix, at=EIGHT)
        task.refresh_from_db()
        assert task.state == "gone"

    def test_moved_by_less_than_its_length_it_leaves_the_rest(self, in_bed, pia, site, felix):
        wait(pia, site, felix, minutes=30)
        moving.move(visit=in_bed, starts_at=TEN, by=felix, at=EIGHT)
        span = FreedTime.objects.get().span
        assert (span.lower, span.upper) == (NINE, at(9, 45))  # the turnover

    def test_a_time_that_is_offered_is_not_moved(self, task, waiting, felix):
        offer = offering.offer(task=task, waiting=waiting, by=felix, at=EIGHT)
        with pytest.raises(flow.CannotMove, match="offered from the waitlist"):
            moving.move(visit=offer.visit, starts_at=NOON, by=felix, at=EIGHT)

    def test_nobody_waits_no_task(self, in_bed, felix):
        flow.cancel(visit=in_bed, reason="Better", by=felix, at=EIGHT)
        assert not FreedTime.objects.exists()

    def test_who_does_not_fit_makes_no_task(self, in_bed, pia, site, felix):
        wait(pia, site, felix, must_leave_by=at(9, 45))
        flow.cancel(visit=in_bed, reason="Better", by=felix, at=EIGHT)
        assert not FreedTime.objects.exists()

    def test_who_cannot_be_here_in_time_does_not_fit(self, in_bed, pia, site, felix):
        wait(pia, site, felix, travel_minutes=100)
        flow.cancel(visit=in_bed, reason="Better", by=felix, at=EIGHT)
        assert not FreedTime.objects.exists()

    def test_who_has_a_red_flag_by_now_is_not_called(self, in_bed, pia, site, felix):
        call = calls.take_call(site=site, day=FRIDAY, caller="Pia", by=felix, at=EIGHT)
        entry = wait(pia, site, felix, call=call)
        flow.cancel(visit=in_bed, reason="Better", by=felix, at=EIGHT)
        task = FreedTime.objects.get()
        triage.ask(call=call, answers={"fever": "yes"}, by=felix, at=EIGHT)
        assert shown(site).freed == []
        with pytest.raises(triage.NotForAChair):
            offering.offer(task=task, waiting=entry, by=felix, at=EIGHT)

    def test_not_come_frees_what_is_left(self, in_bed, pia, site, felix):
        wait(pia, site, felix, minutes=30)
        flow.no_show(visit=in_bed, by=felix, at=at(9, 15))
        assert FreedTime.objects.get().span.lower == at(9, 15)

    def test_leaving_early_frees_what_is_left(self, in_bed, pia, site, felix, nora):
        wait(pia, site, felix, minutes=30, must_leave_by=at(11))
        scenes.seated(in_bed, by=nora)
        discharge.left_early(visit=in_bed, reason="Wants home", by=nora, at=at(9, 30))
        task = FreedTime.objects.get()
        assert (task.span.lower, task.span.upper) == (at(9, 30), HALF_PAST_TEN)

    def test_a_few_minutes_are_not_called_about(self, in_bed, pia, site, felix, nora):
        wait(pia, site, felix, minutes=30, must_leave_by=None)
        scenes.seated(in_bed, by=nora)
        discharge.left_early(visit=in_bed, reason="Wants home", by=nora, at=at(10, 20))
        assert not FreedTime.objects.exists()

    def test_a_wrong_discharge_taken_back_takes_the_task_back(self, in_bed, pia, site, felix, nora):
        wait(pia, site, felix, minutes=30)
        scenes.seated(in_bed, by=nora)
        discharge.discharge(
            visit=in_bed, pain=2, back_to_activity="yes", left_with="", iv_out="yes",
            vitals={"systolic": 120, "diastolic": 80}, by=nora, at=at(9, 30),
        )  # fmt: skip
        flow.undo(visit=in_bed, reason="Wrong patient", by=nora, at=at(9, 31))
        assert FreedTime.objects.get().state == "gone"

    def test_the_longest_wait_comes_first_among_equals_and_waste_last(self, in_bed, site, felix, theo, pia):
        short = wait(theo, site, felix, since=at(7, 30), minutes=45)
        late = wait(pia, site, felix, since=EIGHT)
        early = wait(enroll(by=felix, given_name="Uma"), site, felix, since=at(7, 45))
        flow.cancel(visit=in_bed, reason="Better", by=felix, at=EIGHT)
        found = fits_of(FreedTime.objects.get(), at=EIGHT)
        assert [fit.waiter.waiting for fit in found] == [early, late, short]

    def test_it_passes_with_its_time(self, task, site, time_machine):
        time_machine.move_to(at(10, 31), tick=False)
        assert shown(site, at(10, 31)).freed == []
        for _ in range(2):
            expire_holds()
            task.refresh_from_db()
            assert task.state == "passed"


class TestAnOffer:
    @pytest.fixture
    def offer(self, task, waiting, felix):
        return offering.offer(task=task, waiting=waiting, by=felix, at=EIGHT)

    def test_it_is_a_hold_that_runs_out(self, offer, task, pia):
        hold = offer.visit
        assert (hold.status, hold.patient, hold.starts_at) == ("held", pia, NINE)
        assert hold.held_until == EIGHT + offering.OFFER_LASTS
        assert task.state == "offered"

    def test_accepted_it_is_booked_and_the_wait_and_the_call_are_over(self, task, waiting, felix, site):
        call = calls.take_call(site=site, day=FRIDAY, caller="Pia", by=felix, at=EIGHT)
        Waiting.objects.filter(pk=waiting.pk).update(call=call)
        offer = offering.offer(task=task, waiting=waiting, by=felix, at=EIGHT)
        visit = offering.accept(offer=offer, by=felix, at=EIGHT + MINUTE)
        for row in (offer, task, waiting, call):
            row.refresh_from_db()
        assert (visit.status, offer.state, task.state, waiting.state) == (
            "booked", "accepted", "taken", "booked",
        )  # fmt: skip
        assert (call.state, call.visit) == ("booked", visit)
        assert shown(site) == waitlist_of(site=site, day=FRIDAY, at=EIGHT)
        assert shown(site).freed == []

    def test_declined_the_next_best_is_called_and_they_stay_on_the_list(
        self, in_bed, waiting, felix, site, theo
    ):
        other = wait(theo, site, felix, since=EIGHT + MINUTE)
        flow.cancel(visit=in_bed, reason="Better", by=felix, at=EIGHT + MINUTE)
        task = FreedTime.objects.get()
        offer = offering.offer(task=task, waiting=waiting, by=felix, at=EIGHT + MINUTE)
        offering.decline(offer=offer, by=felix, at=EIGHT + 2 * MINUTE)
        [one] = shown(site, EIGHT + 2 * MINUTE).freed
        assert [fit.waiter.waiting for fit in one.fits] == [other]
        waiting.refresh_from_db()
        assert waiting.state == "waiting"
        with pytest.raises(offering.DoesNotFit):
            offering.offer(task=task, waiting=waiting, by=felix, at=EIGHT + 3 * MINUTE)

    def test_run_out_it_is_free_again_before_and_after_the_sweep(self, offer, task, site, time_machine):
        later = EIGHT + offering.OFFER_LASTS
        assert shown(site, later).freed == []  # nobody else waits
        time_machine.move_to(later, tick=False)
        expire_holds()
        offer.refresh_from_db()
        task.refresh_from_db()
        assert (offer.state, task.state) == ("expired", "open")
        with pytest.raises(flow.CannotMove, match="Hold expired"):
            offering.accept(offer=offer, by=offer.offered_by, at=later)

    def test_the_second_desk_is_told_who_offers_it_to_whom(self, offer, task, felix, nora, site, theo):
        other = wait(theo, site, felix, since=EIGHT)
        with pytest.raises(freed.FreedTimeMoved, match="Felix is offering this time to Pia just now"):
            offering.offer(task=task, waiting=other, by=nora, at=EIGHT)
        assert Offer.objects.count() == 1

    def test_who_is_being_offered_a_time_is_not_taken_off_the_list(self, offer, waiting, felix):
        with pytest.raises(waitlist.NotWaiting, match="say whether they take it"):
            waitlist.withdraw(waiting=waiting, reason="Home", by=felix, at=EIGHT)

    def test_what_is_left_of_a_long_time_is_a_task_again(self, in_bed, site, felix, theo, pia):
        for person in (pia, theo):
            wait(person, site, felix, minutes=30)
        flow.cancel(visit=in_bed, reason="Better", by=felix, at=EIGHT)
        task = FreedTime.objects.get()
        entry = Waiting.objects.get(patient=pia)
        offering.accept(
            offer=offering.offer(task=task, waiting=entry, by=felix, at=EIGHT), by=felix, at=EIGHT
        )
        rest = FreedTime.objects.get(state="open")
        assert (rest.span.lower, rest.span.upper) == (at(9, 45), HALF_PAST_TEN)
        assert fits_of(rest, at=EIGHT)[0].waiter.person == theo

    def test_a_confirmed_hold_from_the_board_answers_the_offer(self, offer, task, felix):
        booking.confirm_hold(visit=offer.visit, by=felix, at=EIGHT)
        task.refresh_from_db()
        assert task.state == "taken"


class TestEarlier:
    def test_the_later_visit_is_given_up_and_its_order_comes_along(self, in_bed, site, felix, order, nora):
        monday = FRIDAY + timedelta(days=3)
        on_shift(nora, site, starts=at(7, 30, day=monday), ends=at(17, 30, day=monday))
        start = at(9, day=monday)
        later = scenes.booked(
            patient=order.patient, site=site, orders=[order], by=felix, starts_at=start, chair_kind="bed"
        )
        entry = waitlist.wants_earlier(visit=later, travel_minutes=10, by=felix, at=EIGHT)
        assert (entry.day, entry.minutes) == (FRIDAY, 90)
        flow.cancel(visit=in_bed, reason="Better", by=felix, at=EIGHT)
        offer = offering.offer(task=FreedTime.objects.get(), waiting=entry, by=felix, at=EIGHT)
        visit = offering.accept(offer=offer, by=felix, at=EIGHT)
        later.refresh_from_db()
        assert (later.status, visit.status) == ("cancelled", "booked")
        assert list(visit.orders.all()) == [order]
        assert visit.administrations.count() == 3

    def test_who_comes_at_their_own_time_waits_no_longer(self, in_bed, felix):
        entry = waitlist.wants_earlier(visit=in_bed, travel_minutes=10, by=felix, at=EIGHT)
        flow.check_in(visit=in_bed, by=felix, at=at(8, 50))
        entry.refresh_from_db()
        assert (entry.state, entry.closed_reason) == ("withdrawn", "Their visit is “Arrived”")

    def test_only_a_time_that_ends_before_theirs(self, in_bed, site, felix, pia):
        later = scenes.booked(patient=pia, site=site, by=felix, starts_at=TEN)
        waitlist.wants_earlier(visit=later, travel_minutes=None, by=felix, at=EIGHT)
        [waiter] = shown(site).waiting
        assert max(waiter.starts) + 90 <= 10 * 60
        assert Visit.objects.count() == 2
