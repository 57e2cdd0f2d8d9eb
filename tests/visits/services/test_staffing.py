"""Who is there when: a shift, an absence, a copied week; and what that means for who is booked."""

from datetime import date, timedelta
from functools import partial

import pytest

from tests.clock import EIGHT, ELEVEN, FRIDAY, NINE, NOON, SEVEN, TEN, at
from tests.people import enroll
from tests.places import open_site
from tests.visits import scenes
from visits.models import Absence, ClinicDay, Shift, Visit
from visits.rules.wall_times import moments
from visits.selectors.day import day_of
from visits.services import booking, effects, hours, staffing
from visits.services.staffing import CannotStaff, GoneAlready

MONDAY = date(2026, 11, 16)
FIVE, SIX = at(17), at(18)
SATURDAY = FRIDAY + timedelta(days=1)
WEEK = timedelta(days=7)


@pytest.fixture
def shift(site, nora, max):
    return staffing.add_shift(
        site=site,
        nurse=nora,
        starts_at=EIGHT,
        ends_at=FIVE,
        breaks=[(NOON, at(12, 30))],
        by=max,
        at=SEVEN,
    )


def absent(nurse, by, starts_at=SEVEN, ends_at=SIX, reason="sick"):
    return staffing.add_absence(
        nurse=nurse, starts_at=starts_at, ends_at=ends_at, reason=reason, by=by, at=SEVEN
    )


def nurses_on(site, day=FRIDAY):
    found = day_of(site=site, day=day)
    return found.nurses, found.breaks


def version(site, day=FRIDAY):
    return day_of(site=site, day=day).version


class TestShifts:
    def test_a_shift_is_presence_and_its_break_is_none(self, site, shift):
        assert nurses_on(site) == (((480, 1020),), ((720, 750),))

    def test_a_changed_shift_carries_its_new_times_and_breaks(self, site, shift, max):
        staffing.change_shift(shift=shift, starts_at=NINE, ends_at=TEN, breaks=(), by=max, at=SEVEN)
        assert nurses_on(site) == (((540, 600),), ())

    def test_a_removed_shift_is_gone_and_its_history_stays(self, site, shift, max):
        staffing.remove_shift(shift=shift, by=max, at=SEVEN)
        assert nurses_on(site) == ((), ())
        last = Shift.history.rel.related_model.objects.order_by("-pgh_id").first()
        assert (last.pgh_label, last.pgh_context.metadata["verb"]) == ("delete", "shift.removed")

    def test_somebody_else_was_quicker(self, shift, max):
        staffing.remove_shift(shift=Shift.objects.get(pk=shift.pk), by=max, at=SEVEN)
        with pytest.raises(GoneAlready):
            staffing.remove_shift(shift=shift, by=max, at=SEVEN)
        with pytest.raises(GoneAlready):
            staffing.change_shift(shift=shift, starts_at=NINE, ends_at=TEN, breaks=(), by=max, at=SEVEN)

    @pytest.mark.parametrize(
        ("starts", "ends", "breaks", "words"),
        [
            (NINE, NINE, (), "15 minutes to 24 hours"),
            (NINE, EIGHT, (), "15 minutes to 24 hours"),
            (NINE, TEN, [(EIGHT, at(9, 30))], "Breaks lie within"),
            (NINE, NOON, [(TEN, ELEVEN), (at(10, 30), at(11, 30))], "one after the other"),
        ],
    )
    def test_what_is_no_shift(self, site, nora, max, starts, ends, breaks, words):
        with pytest.raises(CannotStaff, match=words):
            staffing.add_shift(
                site=site, nurse=nora, starts_at=starts, ends_at=ends, breaks=breaks, by=max, at=SEVEN
            )

    def test_a_nurse_is_at_one_place_at_a_time(self, site, nora, max, shift):
        other = open_site(slug="north", name="North")
        nora.sites.add(other)
        with pytest.raises(CannotStaff, match="Nora has a shift at Lakeside .* from Fri 20 Nov 08:00"):
            staffing.add_shift(site=other, nurse=nora, starts_at=TEN, ends_at=FIVE, by=max, at=SEVEN)

    def test_who_does_not_work_here_is_not_put_on_a_shift(self, nora, max):
        other = open_site(slug="north", name="North")
        with pytest.raises(CannotStaff, match="does not work at North"):
            staffing.add_shift(site=other, nurse=nora, starts_at=TEN, ends_at=FIVE, by=max, at=SEVEN)

    def test_not_on_a_closed_day(self, site, nora, max):
        with pytest.raises(CannotStaff, match="Closed on Saturdays"):
            staffing.add_shift(
                site=site,
                nurse=nora,
                starts_at=at(9, day=SATURDAY),
                ends_at=at(12, day=SATURDAY),
                by=max,
                at=SEVEN,
            )

    def test_the_boards_of_every_day_it_touches_hear_of_it(self, site, nora, max):
        before = version(site), version(site, SATURDAY)
        staffing.add_shift(
            site=site, nurse=nora, starts_at=at(22), ends_at=at(6, day=SATURDAY), by=max, at=SEVEN
        )
        assert (version(site), version(site, SATURDAY)) == (before[0] + 1, before[1] + 1)


class TestAbsences:
    def test_who_is_absent_carries_nobody_and_has_no_break(self, site, shift, nora, max):
        absent(nora, max, ELEVEN, at(13))
        assert nurses_on(site) == (((480, 660), (780, 1020)), ())

    def test_absences_that_overlap_count_once(self, site, shift, nora, max):
        absent(nora, max, SEVEN, ELEVEN)
        absent(nora, max, TEN, NOON)
        assert nurses_on(site)[0] == ((720, 1020),)

    def test_removed_the_shift_carries_again(self, site, shift, nora, max):
        gone = absent(nora, max)
        assert nurses_on(site)[0] == ()
        staffing.remove_absence(absence=gone, by=max, at=SEVEN)
        assert nurses_on(site)[0] == ((480, 1020),)
        with pytest.raises(GoneAlready):
            staffing.remove_absence(absence=gone, by=max, at=SEVEN)

    def test_another_nurse_is_there_all_the_same(self, site, nurses, nora, max):
        absent(nora, max)
        assert nurses_on(site)[0] == ((450, 1050),)

    def test_the_boards_hear_of_it(self, site, shift, nora, max):
        before = version(site)
        absent(nora, max)
        assert version(site) == before + 1

    @pytest.mark.parametrize(
        ("ends", "reason"), [(SEVEN, "sick"), (TEN, " "), (at(8) + timedelta(days=400), "x")]
    )
    def test_what_is_no_absence(self, nora, max, ends, reason):
        with pytest.raises(CannotStaff):
            absent(nora, max, SEVEN, ends, reason)
        assert not Absence.objects.exists()

    def test_a_whole_absence_stands_in_the_way_of_a_shift_and_a_short_one_does_not(self, site, nora, max):
        absent(nora, max, TEN, ELEVEN)
        staffing.add_shift(site=site, nurse=nora, starts_at=NINE, ends_at=NOON, by=max, at=SEVEN)
        absent(nora, max, NOON, FIVE, "training")
        with pytest.raises(CannotStaff, match="absent all that time: training"):
            staffing.add_shift(site=site, nurse=nora, starts_at=at(13), ends_at=at(15), by=max, at=SEVEN)


class TestCopying:
    def test_a_week_is_copied_with_its_breaks_and_a_second_time_adds_nothing(self, site, shift, max):
        added = staffing.copy_week(site=site, monday=MONDAY, weeks=2, by=max, at=SEVEN)
        assert [one.starts_at for one in added] == [EIGHT + timedelta(days=7), EIGHT + timedelta(days=14)]
        assert nurses_on(site, FRIDAY + timedelta(days=7)) == (((480, 1020),), ((720, 750),))
        assert staffing.copy_week(site=site, monday=MONDAY, weeks=2, by=max, at=SEVEN) == []
        assert Shift.objects.count() == 3

    def test_the_preview_says_what_clashes_and_the_copy_leaves_it_out(self, site, shift, nora, max):
        later = FRIDAY + timedelta(days=14)
        absent(nora, max, at(0, day=later), at(23, day=later), "vacation")
        hours.close_day(site=site, day=FRIDAY + timedelta(days=7), reason="Holiday", by=max, at=SEVEN)
        found = staffing.copies(site=site, monday=MONDAY, weeks=3)
        assert [one.clash for one in found] == [
            "Closed on Fri 27 Nov 2026: Holiday.",
            "Nora is absent all that time: vacation.",
            "",
        ]
        assert len(staffing.copy_week(site=site, monday=MONDAY, weeks=3, by=max, at=SEVEN)) == 1

    def test_a_shift_at_another_site_clashes(self, site, shift, nora, max):
        other = open_site(slug="north", name="North")
        nora.sites.add(other)
        week = timedelta(days=7)
        staffing.add_shift(
            site=other, nurse=nora, starts_at=EIGHT + week, ends_at=TEN + week, by=max, at=SEVEN
        )
        (found,) = staffing.copies(site=site, monday=MONDAY, weeks=1)
        assert found.clash == "Nora has a shift at North from Fri 27 Nov 08:00 to 10:00."

    def test_the_wall_clock_is_copied_over_a_clock_change(self, site, nora, max):
        """Chicago's clocks go back on Sunday 1 November 2026: eight in the morning stays eight."""
        before = date(2026, 10, 30)
        staffing.add_shift(
            site=site, nurse=nora, starts_at=at(8, day=before), ends_at=at(16, day=before), by=max, at=SEVEN
        )
        (copied,) = staffing.copy_week(site=site, monday=date(2026, 10, 26), weeks=1, by=max, at=SEVEN)
        after = before + timedelta(days=7)
        assert (copied.starts_at, copied.ends_at) == (at(8, day=after), at(16, day=after))

    def test_the_same_number_of_queries_for_one_week_and_twelve(
        self, site, shift, django_assert_max_num_queries
    ):
        for weeks in (1, 12):
            with django_assert_max_num_queries(9):
                staffing.copies(site=site, monday=MONDAY, weeks=weeks)


class TestWhatItMeansForWhoIsBooked:
    @pytest.fixture
    def three(self, site, chairs, shift, felix):
        """Three visits from ten to half past eleven, with Nora alone."""
        for n, name in enumerate(("Ana", "Bea", "Cal")):
            booking.book_visit(
                site=site,
                patient=enroll(by=felix, given_name=name),
                starts_at=TEN + timedelta(minutes=15 * n),
                minutes=60,
                load=3,
                by=felix,
                at=EIGHT,
            )

    def test_visits_without_a_nurse_are_said_before_and_nothing_happens(self, site, three, shift, max):
        act = partial(staffing.remove_shift, shift=shift, by=max, at=EIGHT)
        found = effects.effects_of(act, rows=[(site, FRIDAY)], at=EIGHT)
        assert found == ["Fri 20 Nov: 3 visits at 10:00–11:30 would have no nurse."]  # noqa: RUF001
        assert Shift.objects.filter(pk=shift.pk).exists()
        planned = [visit.starts_at for visit in Visit.objects.order_by("planned")]
        act()
        assert [visit.starts_at for visit in Visit.objects.order_by("planned")] == planned

    def test_nurses_who_would_carry_too_much_are_said(self, site, three, shift, noah, max, felix, paul):
        staffing.add_shift(site=site, nurse=noah, starts_at=EIGHT, ends_at=FIVE, by=max, at=SEVEN)
        scenes.booked(patient=paul, site=site, by=felix, starts_at=TEN, chair_kind="bed")
        booking.book_visit(
            site=site,
            patient=enroll(by=felix, given_name="Dee"),
            starts_at=at(10, 45),
            minutes=30,
            load=6,
            by=felix,
            at=EIGHT,
        )
        gone = partial(absent, noah, max, at(10, 45), at(11))
        (sentence,) = effects.effects_of(gone, rows=[(site, FRIDAY)], at=EIGHT)
        assert "5 visits at 10:45–11:00 would ask for 18, and the nurses carry 12." in sentence  # noqa: RUF001

    def test_a_closure_says_who_is_booked(self, site, three, max):
        act = partial(hours.close_day, site=site, day=FRIDAY, reason="Burst pipe", by=max, at=EIGHT)
        (found,) = effects.effects_of(act, rows=[(site, FRIDAY)], at=EIGHT)
        assert found == "Fri 20 Nov: 3 visits booked, and the center would be closed."

    def test_what_was_wrong_before_is_not_blamed_on_it(self, site, three, shift, noah, max):
        staffing.remove_shift(shift=shift, by=max, at=EIGHT)
        late = partial(
            staffing.add_shift, site=site, nurse=noah, starts_at=at(15), ends_at=FIVE, by=max, at=EIGHT
        )
        assert effects.effects_of(late, rows=[(site, FRIDAY)], at=EIGHT) == []

    def test_past_visits_are_nobodys_trouble(self, site, three, shift, max):
        act = partial(staffing.remove_shift, shift=shift, by=max, at=NOON)
        assert effects.effects_of(act, rows=[(site, FRIDAY)], at=NOON) == []

    def test_what_the_act_refuses_is_refused(self, site, three, nora, max):
        act = partial(
            staffing.add_shift, site=site, nurse=nora, starts_at=NINE, ends_at=TEN, by=max, at=EIGHT
        )
        with pytest.raises(CannotStaff):
            effects.effects_of(act, rows=[(site, FRIDAY)], at=EIGHT)

    def test_it_leaves_no_trace(self, site, three, shift, max):
        before = ClinicDay.objects.get(site=site, day=FRIDAY).version
        act = partial(staffing.remove_shift, shift=shift, by=max, at=EIGHT)
        effects.effects_of(act, rows=[(site, FRIDAY)], at=EIGHT)
        assert ClinicDay.objects.get(site=site, day=FRIDAY).version == before


def test_a_night_shift_belongs_to_both_days(site, nora, max):
    starts_at, ends_at = moments(
        FRIDAY, at(22).astimezone(site.zoneinfo).time(), at(6).astimezone(site.zoneinfo).time(), site.zone
    )
    staffing.add_shift(site=site, nurse=nora, starts_at=starts_at, ends_at=ends_at, by=max, at=SEVEN)
    assert nurses_on(site)[0] == ((22 * 60, 30 * 60),)
    assert nurses_on(site, FRIDAY + timedelta(days=1))[0] == ((-120, 360),)
