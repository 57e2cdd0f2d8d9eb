"""When the center is open: weekdays, closed days, other hours on one day; and the clock changes."""

from datetime import date, time, timedelta
from functools import partial

import pytest

from infusion_center.places.models import OpeningHours
from tests.clock import EIGHT, FRIDAY, SEVEN, at
from tests.people import enroll
from tests.places import on_shift, open_site
from visits.models import Chair
from visits.selectors.availability import offers
from visits.selectors.board import board
from visits.selectors.day import day_of
from visits.services import booking, effects, flow, hours, staffing
from visits.services.booking import CannotBook
from visits.services.hours import CannotOpen, GoneAlready

SATURDAY = FRIDAY + timedelta(days=1)
SPRING, AUTUMN = (
    date(2026, 3, 8),
    date(2026, 11, 1),
)  # in Chicago: 02:00 becomes 03:00, and 02:00 becomes 01:00


def open_on(site, day=FRIDAY):
    found = day_of(site=site, day=day)
    return found.closed_because or (found.wall(found.opens_at), found.wall(found.closes_at))


def special(site, by, day=FRIDAY, opens=time(10), closes=time(14), reason="Staff meeting"):
    facts = {"day": day, "opens": opens, "closes": closes, "reason": reason}
    return hours.set_special(site=site, **facts, by=by, at=SEVEN)


class TestWeekdays:
    def test_hours_are_set_and_taken_away(self, site, max):
        hours.set_hours(site=site, weekday=5, opens=time(9), closes=time(12), by=max, at=SEVEN)
        assert open_on(site, SATURDAY) == ("09:00", "12:00")
        hours.set_hours(site=site, weekday=5, opens=None, closes=None, by=max, at=SEVEN)
        assert open_on(site, SATURDAY) == "Closed on Saturdays."

    @pytest.mark.parametrize(
        ("weekday", "opens", "closes"),
        [(4, time(9), time(9)), (4, time(9), time(8)), (4, time(9), None), (7, time(9), time(10))],
    )
    def test_what_cannot_be(self, site, max, weekday, opens, closes):
        with pytest.raises(CannotOpen):
            hours.set_hours(site=site, weekday=weekday, opens=opens, closes=closes, by=max, at=SEVEN)

    def test_the_boards_of_todays_and_later_such_days_hear_of_it(self, site, chairs, nurses, max):
        later = FRIDAY + timedelta(days=7)
        hours.close_day(site=site, day=later, reason="Holiday", by=max, at=SEVEN)
        before = [day_of(site=site, day=day).version for day in (FRIDAY, later)]
        hours.set_hours(site=site, weekday=4, opens=time(9), closes=time(12), by=max, at=SEVEN)
        assert [day_of(site=site, day=day).version for day in (FRIDAY, later)] == [n + 1 for n in before]


class TestOneDay:
    def test_other_hours_win_over_the_weekdays(self, site, max):
        found = special(site, max)
        assert open_on(site) == ("10:00", "14:00")
        hours.remove_special(special=found, by=max, at=SEVEN)
        assert open_on(site) == ("07:30", "17:30")
        with pytest.raises(GoneAlready):
            hours.remove_special(special=found, by=max, at=SEVEN)

    def test_they_open_a_day_that_is_usually_closed(self, site, max):
        special(site, max, SATURDAY)
        assert open_on(site, SATURDAY) == ("10:00", "14:00")

    def test_written_twice_the_second_counts(self, site, max):
        special(site, max)
        special(site, max, closes=time(15))
        assert open_on(site) == ("10:00", "15:00")

    def test_a_closed_day_is_closed_and_opens_again(self, site, max):
        closure = hours.close_day(site=site, day=FRIDAY, reason="Burst pipe", by=max, at=SEVEN)
        assert open_on(site) == "Closed on Fri 20 Nov 2026: Burst pipe."
        hours.open_again(closure=closure, by=max, at=SEVEN)
        assert open_on(site) == ("07:30", "17:30")

    def test_closed_and_other_hours_exclude_each_other(self, site, max):
        special(site, max)
        with pytest.raises(CannotOpen, match="has special hours"):
            hours.close_day(site=site, day=FRIDAY, reason="Burst pipe", by=max, at=SEVEN)
        hours.close_day(site=site, day=SATURDAY, reason="Burst pipe", by=max, at=SEVEN)
        with pytest.raises(CannotOpen, match="is closed"):
            special(site, max, SATURDAY)
        with pytest.raises(CannotOpen, match="closed already"):
            hours.close_day(site=site, day=SATURDAY, reason="Twice", by=max, at=SEVEN)

    def test_a_reason_is_asked(self, site, max):
        with pytest.raises(CannotOpen, match="Say why"):
            special(site, max, reason=" ")
        with pytest.raises(CannotOpen, match="Say why"):
            hours.close_day(site=site, day=FRIDAY, reason="", by=max, at=SEVEN)

    def test_bookings_keep_to_them(self, site, chairs, nurses, felix, max, pia):
        special(site, max)
        with pytest.raises(CannotBook, match="opens at 10:00"):
            booking.book_visit(
                site=site, patient=pia, starts_at=at(9), minutes=60, load=3, by=felix, at=EIGHT
            )

    def test_who_would_lie_outside_is_said_before(self, site, chairs, nurses, felix, max, pia):
        booking.book_visit(site=site, patient=pia, starts_at=at(9), minutes=60, load=3, by=felix, at=EIGHT)
        found = effects.effects_of(partial(special, site, max), rows=[(site, FRIDAY)], at=EIGHT)
        assert found == ["Fri 20 Nov: 1 visit would lie outside the opening hours 10:00–14:00: 09:00."]  # noqa: RUF001


class TestTheClockChanges:
    """A center that is open around the clock, with Nora from ten in the evening to six and Noah after her."""

    @pytest.fixture
    def around_the_clock(self, db, request):
        site = open_site(slug="day-and-night", name="Day and Night")
        OpeningHours.objects.filter(site=site).delete()
        for weekday in range(7):
            OpeningHours.objects.create(site=site, weekday=weekday, opens=time(0), closes=time(0))
        Chair.objects.create(site=site, name="Chair 1")
        return site

    @pytest.fixture
    def night(self, around_the_clock, nora, noah, max):
        def night(day):
            site, before = around_the_clock, day - timedelta(days=1)
            for nurse in (nora, noah):
                nurse.sites.add(site)
            spans = [(nora, at(22, day=before), at(6, day=day)), (noah, at(6, day=day), at(22, day=day))]
            for nurse, starts_at, ends_at in spans:
                staffing.add_shift(
                    site=site, nurse=nurse, starts_at=starts_at, ends_at=ends_at, by=max, at=starts_at
                )
            return site

        return night

    @pytest.mark.parametrize(("day", "length"), [(SPRING, 23), (AUTUMN, 25), (FRIDAY, 24)])
    def test_the_day_is_as_long_as_it_is(self, night, day, length):
        found = day_of(site=night(day), day=day)
        assert found.minute(found.closes_at) == length * 60
        assert (found.wall(found.opens_at), found.wall(found.closes_at)) == ("00:00", "00:00")

    @pytest.mark.parametrize(("day", "nora_until"), [(SPRING, 5), (AUTUMN, 7), (FRIDAY, 6)])
    def test_a_shift_across_two_in_the_morning_ends_at_six_on_the_wall(self, night, day, nora_until):
        nora, noah = sorted(day_of(site=night(day), day=day).nurses)
        assert (nora[1], noah[0]) == (nora_until * 60, nora_until * 60)

    @pytest.mark.parametrize("day", [SPRING, AUTUMN])
    def test_a_visit_across_the_change_lasts_its_minutes_and_the_hours_after_it_are_right(
        self, night, felix, day
    ):
        site = night(day)
        earlier = at(22, day=day - timedelta(days=1))
        patients = [enroll(by=felix, given_name=name) for name in ("Ana", "Bea")]
        across = booking.book_visit(
            site=site,
            patient=patients[0],
            starts_at=at(1, day=day),
            minutes=120,
            load=3,
            by=felix,
            at=earlier,
        )
        assert across.ends_at - across.starts_at == timedelta(hours=2)
        assert site.zoneinfo.utcoffset(across.starts_at.astimezone(site.zoneinfo)) != site.zoneinfo.utcoffset(
            across.ends_at.astimezone(site.zoneinfo)
        )
        found = offers(
            site=site,
            day=day,
            minutes=60,
            load=3,
            chair_kind="recliner",
            at=earlier,
            earliest_at=across.starts_at,
        )
        free_from = across.ends_at + timedelta(minutes=site.turnover_minutes)
        assert found.starts[0].at == free_from
        later = booking.book_visit(
            site=site, patient=patients[1], starts_at=at(9, day=day), minutes=60, load=3, by=felix, at=earlier
        )
        assert later.starts_at.astimezone(site.zoneinfo).hour == 9
        shown = board(site=site, day=day, at=earlier)
        assert shown.hours[0] == "00:00"
        assert shown.hours.count("01:00") == (2 if day == AUTUMN else 1)
        assert ("02:00" in shown.hours) == (day == AUTUMN)

    def test_the_last_hour_of_the_long_day_can_be_booked_and_midnight_ends_it(
        self, night, felix, pia, max, nora
    ):
        site = night(AUTUMN)
        later = AUTUMN + timedelta(days=1)
        staffing.add_shift(
            site=site, nurse=nora, starts_at=at(22, day=AUTUMN), ends_at=at(6, day=later), by=max, at=SEVEN
        )
        book = partial(booking.book_visit, site=site, patient=pia, load=3, by=felix, at=at(12, day=AUTUMN))
        with pytest.raises(CannotBook, match="after closing at 00:00"):
            book(starts_at=at(23, 30, day=AUTUMN), minutes=60)
        visit = book(starts_at=at(23, day=AUTUMN), minutes=60)
        assert visit.day == AUTUMN
        assert flow.check_in(visit=visit, by=felix, at=at(22, 50, day=AUTUMN)).status == "arrived"

    @pytest.mark.parametrize("day", [SPRING, AUTUMN])
    def test_a_center_open_by_day_opens_and_closes_by_the_wall(
        self, site, chairs, nora, felix, pia, max, day
    ):
        special(site, max, day, time(7, 30), time(17, 30), "Sunday clinic")
        on_shift(nora, site, starts=at(7, day=day), ends=at(18, day=day))
        found = offers(site=site, day=day, minutes=60, load=3, chair_kind="recliner", at=at(1, day=day))
        assert found.starts[0].at == at(7, 30, day=day)
        assert open_on(site, day) == ("07:30", "17:30")
