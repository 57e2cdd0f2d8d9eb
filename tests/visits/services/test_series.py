"""Series: anchored on the dose given, changed one, later or all; what was taken out never comes back."""

import pytest

from infusion_center.errors import DomainError
from patients.services import registration
from regimens.services import ordering
from tests.clock import FRIDAY, at
from tests.people import enroll
from tests.visits.conftest import line_of
from tests.visits.series_scenes import DAY, dose, due
from visits.models import Occurrence, Series, Visit
from visits.selectors.due import line_of as due_line
from visits.services import booking, discharge, flow, giving, rescheduling, series
from visits.services.consequences import LookFirst
from visits.services.occurrences import DoseIsPast
from visits.services.series_terms import SeriesRefused, Terms, Wish

ANY = Wish()
BEFORE = at(7, day=FRIDAY - 20 * DAY)


@pytest.fixture
def running(epti, pia):
    """The first dose is due on Friday."""
    return epti.start(pia)


def state(running, number):
    return dose(running, number).state


def outside(running, number):
    return due_line(dose(running, number), at=at(12)).outside


class TestStarting:
    def test_four_doses_are_proposed_an_interval_apart(self, running):
        assert due(running, "proposed") == {1: 0, 2: 84, 3: 168, 4: 252}

    def test_it_counts_from_a_dose_given_here_before(self, epti, pia):
        epti.gives(epti.book_otherwise(pia, FRIDAY))
        running = epti.start(pia, first=None, when=at(12))
        assert due(running) == {1: 84, 2: 168, 3: 252, 4: 336}

    def test_it_counts_from_a_dose_given_elsewhere(self, epti, pia):
        running = epti.start(pia, first=None, given_elsewhere_on=FRIDAY - 80 * DAY, when=at(7))
        assert due(running)[1] == 4

    def test_a_visit_that_is_booked_already_becomes_its_first_dose(self, epti, pia):
        visit = epti.book_otherwise(pia, FRIDAY, regimen=epti.recipe)
        running = epti.start(pia, first=None, when=at(8, day=FRIDAY - DAY))
        assert (dose(running, 1).visit, state(running, 1), due(running)[1]) == (visit, "confirmed", 0)

    @pytest.mark.parametrize(
        ("facts", "words"),
        [
            pytest.param({"first": None}, "Say when the first dose is due", id="nothing to count from"),
            pytest.param({"terms": Terms(every_days=0)}, "1 to 400", id="no interval"),
            pytest.param({"terms": Terms(late_days=84)}, "shorter than the interval", id="too wide a window"),
            pytest.param({"wish": Wish(start_from=600)}, "both times", id="half a wish"),
            pytest.param({"wish": Wish(None, 600, 540)}, "must not be before", id="a wish backwards"),
            pytest.param({"given_elsewhere_on": FRIDAY}, "still to come", id="a dose of tomorrow"),
            pytest.param(
                {"given_elsewhere_on": FRIDAY - 60 * DAY}, "the next is due on 14 Dec 2026", id="too early"
            ),
        ],
    )
    def test_what_cannot_be_is_refused_in_words(self, epti, pia, facts, words):
        with pytest.raises(SeriesRefused, match=words):
            epti.start(pia, **facts)

    def test_a_second_series_of_the_drug_is_refused(self, epti, pia, running):
        with pytest.raises(SeriesRefused, match="running for this patient already"):
            epti.start(pia)


class TestTheDoseGiven:
    @pytest.mark.parametrize("late", [-3, 0, 10])
    def test_the_next_due_day_counts_from_the_day_it_was_given(self, epti, running, late):
        epti.gives(epti.book(dose(running, 1), FRIDAY + late * DAY))
        assert state(running, 1) == "given"
        assert due(running) == {2: late + 84, 3: late + 168, 4: late + 252, 5: late + 336}

    def test_given_outside_the_series_it_is_the_dose_that_waited(self, epti, pia, running):
        visit = epti.gives(epti.book_otherwise(pia, FRIDAY + 3 * DAY))
        assert (state(running, 1), dose(running, 1).visit) == ("given", visit)
        assert due(running)[2] == 87

    def test_an_extra_dose_leaves_a_booked_time_and_says_it_is_outside(self, epti, pia, running):
        booked = epti.book(dose(running, 1), FRIDAY + 4 * DAY)
        epti.gives(epti.book_otherwise(pia, FRIDAY - 10 * DAY))
        booked.refresh_from_db()
        assert (booked.status, booked.starts_at) == ("booked", at(9, day=FRIDAY + 4 * DAY))
        assert (state(running, 1), due(running)[1]) == ("confirmed", 74)
        assert outside(running, 1)

    def test_a_late_dose_puts_the_next_booked_one_outside_its_window(self, epti, running):
        epti.book(dose(running, 2), FRIDAY + 84 * DAY)
        epti.gives(epti.book(dose(running, 1), FRIDAY + 11 * DAY))
        assert state(running, 2) == "confirmed"
        assert outside(running, 2)

    def test_a_dose_given_two_days_late_leaves_a_booked_time_that_still_fits(self, epti, running):
        epti.book(dose(running, 2), FRIDAY + 87 * DAY)
        epti.gives(epti.book(dose(running, 1), FRIDAY + 3 * DAY))
        assert not outside(running, 2)

    def test_left_early_with_the_drug_in_counts(self, epti, running):
        visit = epti.book(dose(running, 1), FRIDAY)
        epti.sits(visit)
        epti.infuses(visit)
        discharge.left_early(visit=visit, reason="Has to fetch her child", by=epti.nurse, at=at(10))
        assert state(running, 1) == "given"

    def test_a_visit_without_its_dose_puts_it_back_on_the_list(self, epti, running):
        visit = epti.book(dose(running, 1), FRIDAY)
        epti.sits(visit)
        giving.not_given(
            administration=line_of(visit, "epti"),
            state="refused",
            reason="Feels ill",
            by=epti.nurse,
            at=at(9, 5),
        )
        epti.goes_home(visit)
        one = dose(running, 1)
        assert (one.state, one.visit, due(running)[1]) == ("proposed", None, 0)
        assert one.reason == "20 Nov 2026: eptinezumab was not given"

    def test_an_undone_discharge_takes_the_dose_back_until_the_visit_ends_again(self, epti, running):
        visit = epti.gives(epti.book(dose(running, 1), FRIDAY + 10 * DAY))
        later = at(11, day=visit.day)
        flow.undo(visit=visit, reason="Wrong patient", by=epti.nurse, at=later)
        assert (state(running, 1), due(running)) == ("confirmed", {1: 0, 2: 84, 3: 168, 4: 252, 5: 336})
        giving.enter_in_error(
            administration=line_of(visit, "epti"), reason="Never hung", by=epti.nurse, at=later
        )
        giving.not_given(
            administration=line_of(visit, "epti"), state="not_given", reason="No IV", by=epti.nurse, at=later
        )
        epti.goes_home(visit)
        assert (state(running, 1), due(running)[2]) == ("proposed", 84)

    def test_a_dose_counts_for_the_record_that_was_kept(self, epti, pia, running, max):
        kept = enroll(by=epti.desk)
        registration.merge(duplicate=pia, into=kept, by=max, at=BEFORE)
        epti.gives(epti.book_otherwise(kept, FRIDAY))
        assert state(running, 1) == "given"


class TestBooking:
    def test_a_dose_is_booked_as_a_visit_of_the_series(self, epti, running):
        visit = epti.book(dose(running, 1), FRIDAY)
        assert (visit.kind, visit.regimen, visit.minutes) == ("scheduled", epti.recipe, 85)
        assert (dose(running, 1).visit, state(running, 1)) == (visit, "confirmed")

    def test_of_two_who_book_one_dose_the_second_is_told_and_books_nothing(self, epti, running):
        first, second = dose(running, 1), dose(running, 1)
        epti.book(first, FRIDAY)
        with pytest.raises(DoseIsPast, match="Dose 1 is “Booked” now"):
            epti.book(second, FRIDAY, hour=13)
        assert Visit.objects.count() == 1

    def test_booked_from_the_phone_it_is_the_next_dose(self, epti, pia, running):
        visit = epti.book_otherwise(pia, FRIDAY, regimen=epti.recipe)
        assert dose(running, 1).visit == visit

    def test_the_order_that_waits_goes_with_it(self, epti, pia, running, dana):
        order = ordering.order_from_regimen(patient=pia, regimen=epti.recipe, by=dana, at=BEFORE)
        assert list(epti.book(dose(running, 1), FRIDAY).orders.all()) == [order]

    @pytest.mark.parametrize("how", ["cancelled", "no_show"])
    def test_a_visit_that_came_to_nothing_leaves_the_dose_to_be_booked(self, epti, running, how):
        visit = epti.book(dose(running, 1), FRIDAY)
        if how == "cancelled":
            flow.cancel(visit=visit, reason="Has the flu", by=epti.desk, at=at(8))
        else:
            flow.no_show(visit=visit, by=epti.desk, at=at(10))
        one = dose(running, 1)
        assert (one.state, one.visit) == ("proposed", None)
        assert one.reason.startswith("20 Nov 2026: ")

    def test_nobody_answered_is_kept_until_it_is_booked(self, epti, running):
        one = series.tried(occurrence=dose(running, 1), by=epti.desk, at=BEFORE)
        assert (one.tried_at, one.tried_by) == (BEFORE, epti.desk)
        epti.book(dose(running, 1), FRIDAY)
        assert dose(running, 1).tried_at is None
        with pytest.raises(DoseIsPast):
            series.tried(occurrence=dose(running, 1), by=epti.desk, at=BEFORE)


def change(epti, occurrence, scope, **facts):
    return rescheduling.change(
        occurrence=occurrence, scope=scope, by=epti.desk, at=BEFORE, **({"wish": ANY} | facts)
    )


class TestChanging:
    def test_one_day_is_wished_for_one_dose_alone(self, epti, running):
        change(epti, dose(running, 2), "one", day=FRIDAY + 90 * DAY)
        assert dose(running, 2).wished_on == FRIDAY + 90 * DAY
        assert due(running) == {1: 0, 2: 84, 3: 168, 4: 252}

    def test_this_and_later_move_together_and_the_earlier_stays(self, epti, running):
        change(epti, dose(running, 2), "later", day=FRIDAY + 91 * DAY, wish=Wish(2, 540, 660))
        assert due(running) == {1: 0, 2: 91, 3: 175, 4: 259}
        assert [dose(running, n).weekday for n in (1, 2, 4)] == [None, 2, 2]
        assert Series.objects.get().weekday == 2

    def test_all_move_wherever_the_change_is_made(self, epti, running):
        change(epti, dose(running, 3), "all", day=FRIDAY + 170 * DAY)
        assert due(running) == {1: 2, 2: 86, 3: 170, 4: 254}

    @pytest.mark.parametrize(("day", "left"), [(None, FRIDAY + 90 * DAY), (FRIDAY + 7 * DAY, None)])
    def test_a_wished_day_stays_until_all_get_new_days(self, epti, running, day, left):
        change(epti, dose(running, 2), "one", day=FRIDAY + 90 * DAY)
        change(epti, dose(running, 1), "all", day=day, wish=Wish(weekday=3))
        assert dose(running, 2).wished_on == left

    def test_a_promised_time_is_shown_before_it_is_touched(self, epti, running):
        visit = epti.book(dose(running, 2), FRIDAY + 84 * DAY)
        facts = {"day": FRIDAY + 120 * DAY}
        with pytest.raises(LookFirst) as look:
            change(epti, dose(running, 2), "later", **facts)
        assert due(running)[2] == 84  # nothing has happened
        assert [one.fate for one in look.value.consequences] == ["outside", "redated", "redated"]
        with pytest.raises(LookFirst):
            change(epti, dose(running, 2), "later", **facts, agreed="something else")
        change(epti, dose(running, 2), "later", **facts, agreed=look.value.mark)
        visit.refresh_from_db()
        assert (due(running)[2], visit.status, outside(running, 2)) == (120, "booked", True)

    def test_given_back_on_demand_it_waits_for_a_time_again(self, epti, running):
        visit = epti.book(dose(running, 2), FRIDAY + 84 * DAY)
        facts = {"day": FRIDAY + 36 * DAY, "release": True}
        with pytest.raises(LookFirst) as look:
            change(epti, dose(running, 1), "all", **facts)
        change(epti, dose(running, 1), "all", **facts, agreed=look.value.mark)
        visit.refresh_from_db()
        assert (visit.status, state(running, 2), due(running)[2]) == ("cancelled", "proposed", 120)

    def test_one_booked_dose_gives_its_time_back_for_another_day(self, epti, running):
        epti.book(dose(running, 1), FRIDAY)
        with pytest.raises(LookFirst) as look:
            change(epti, dose(running, 1), "one", day=FRIDAY + 5 * DAY)
        assert [one.fate for one in look.value.consequences] == ["released"]
        change(epti, dose(running, 1), "one", day=FRIDAY + 5 * DAY, agreed=look.value.mark)
        assert (state(running, 1), dose(running, 1).wished_on) == ("proposed", FRIDAY + 5 * DAY)

    def test_another_interval_counts_from_the_last_dose(self, epti, running):
        epti.gives(epti.book(dose(running, 1), FRIDAY + 3 * DAY))
        rescheduling.change_terms(series=running, terms=Terms(every_days=90), by=epti.desk, at=at(12))
        assert due(running) == {2: 93, 3: 183, 4: 273, 5: 363}

    def test_a_narrower_window_says_which_booked_time_it_leaves_outside(self, epti, running):
        epti.book(dose(running, 1), FRIDAY + 10 * DAY)
        with pytest.raises(LookFirst) as look:
            rescheduling.change_terms(
                series=running, terms=Terms(every_days=84, late_days=3), by=epti.desk, at=BEFORE
            )
        assert [(one.number, one.fate) for one in look.value.consequences] == [(1, "outside")]

    def test_another_drug_is_another_series(self, epti, running, recipe):
        with pytest.raises(SeriesRefused, match="another drug"):
            rescheduling.change_terms(
                series=running, terms=Terms(every_days=84), regimen=recipe, by=epti.desk, at=BEFORE
            )


class TestNoGhosts:
    def test_what_was_taken_out_never_comes_back(self, epti, running):
        change(epti, dose(running, 2), "one", day=FRIDAY + 86 * DAY)
        change(epti, dose(running, 2), "later", day=FRIDAY + 91 * DAY)
        change(epti, dose(running, 1), "all", day=FRIDAY + 7 * DAY)
        series.skip(occurrence=dose(running, 3), reason="Away all spring", by=epti.desk, at=BEFORE)
        skipped = dose(running, 3)
        epti.gives(epti.book(dose(running, 1), FRIDAY + 12 * DAY))
        assert state(running, 3) == "skipped"
        assert (dose(running, 3).due_on, dose(running, 3).updated_at) == (skipped.due_on, skipped.updated_at)
        assert due(running) == {2: 96, 4: 264, 5: 348, 6: 432}
        numbers = [one.number for one in Occurrence.objects.filter(series=running).order_by("number")]
        assert numbers == [1, 2, 3, 4, 5, 6]

    def test_the_dose_after_a_skipped_one_keeps_its_distance(self, epti, running):
        series.skip(occurrence=dose(running, 2), reason="Away all spring", by=epti.desk, at=BEFORE)
        epti.gives(epti.book(dose(running, 1), FRIDAY + 3 * DAY))
        assert due(running) == {3: 171, 4: 255, 5: 339, 6: 423}

    def test_the_number_of_a_skipped_dose_is_not_used_again(self, epti, running):
        series.skip(occurrence=dose(running, 4), reason="Away all summer", by=epti.desk, at=BEFORE)
        assert due(running) == {1: 0, 2: 84, 3: 168, 5: 336}

    def test_a_skipped_dose_says_why_and_gives_its_time_back(self, epti, running):
        visit = epti.book(dose(running, 1), FRIDAY)
        with pytest.raises(DomainError, match="Say why"):
            series.skip(occurrence=dose(running, 1), reason=" ", by=epti.desk, at=BEFORE)
        facts = {"reason": "On holiday", "by": epti.desk, "at": BEFORE}
        with pytest.raises(LookFirst) as look:
            series.skip(occurrence=dose(running, 1), **facts)
        series.skip(occurrence=dose(running, 1), **facts, agreed=look.value.mark)
        visit.refresh_from_db()
        assert (visit.status, state(running, 1), dose(running, 1).reason) == (
            "cancelled",
            "skipped",
            "On holiday",
        )
        with pytest.raises(DoseIsPast):
            epti.book(dose(running, 1), FRIDAY, hour=13)

    def test_an_ended_series_gets_nothing_back(self, epti, pia, running):
        kept = epti.book(dose(running, 1), FRIDAY)
        with pytest.raises(LookFirst) as look:
            series.end(series=running, reason="No benefit", by=epti.desk, at=BEFORE)
        series.end(series=running, reason="No benefit", by=epti.desk, at=BEFORE, cancel_visits=False)
        assert [one.fate for one in look.value.consequences] == ["ended"] * 4
        assert (state(running, 1), due(running)) == ("confirmed", {1: 0})
        flow.cancel(visit=kept, reason="Comes no more", by=epti.desk, at=at(8))
        assert (state(running, 1), due(running)) == ("cancelled", {})
        with pytest.raises(SeriesRefused, match="This series ended"):
            series.skip(occurrence=dose(running, 1), reason="Again", by=epti.desk, at=at(9))
        assert epti.start(pia, when=at(9)).pk != running.pk

    def test_ended_with_its_visits_nothing_is_left(self, epti, running):
        visit = epti.book(dose(running, 2), FRIDAY + 84 * DAY)
        facts = {"series": running, "reason": "No benefit", "by": epti.desk, "at": BEFORE}
        with pytest.raises(LookFirst) as look:
            series.end(**facts)
        series.end(**facts, agreed=look.value.mark)
        visit.refresh_from_db()
        assert (visit.status, due(running)) == ("cancelled", {})

    def test_what_fell_behind_a_later_dose_is_left_out_for_good(self, epti, running):
        epti.gives(epti.book(dose(running, 2), FRIDAY + 84 * DAY))
        assert (state(running, 1), dose(running, 1).reason) == ("skipped", "Dose 2 was given instead")
        assert due(running)[3] == 168


def test_a_booking_that_fails_leaves_the_dose_as_it_was(epti, running, pia):
    epti.book_otherwise(pia, FRIDAY)
    with pytest.raises(booking.PatientIsBusy):
        epti.book(dose(running, 1), FRIDAY)
    assert state(running, 1) == "proposed"
