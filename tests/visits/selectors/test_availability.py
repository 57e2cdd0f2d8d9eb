"""Searching a day: the best starts, why not sooner, and at what cost."""

from datetime import date, time, timedelta

import pytest

from infusion_center.places.models import Closure
from tests.clock import EIGHT, FRIDAY, MINUTE, NINE, TEN, at
from tests.people import enroll
from tests.places import on_shift
from visits.selectors.availability import offers
from visits.services import booking


@pytest.fixture
def ask(site, chairs, nurses):
    def ask(when=EIGHT, **facts):
        request = {"day": FRIDAY, "minutes": 60, "load": 3, "chair_kind": "recliner"} | facts
        return offers(site=site, at=when, **request)

    return ask


def times(found):
    return [start.at for start in found.starts]


def test_three_starts_the_earliest_first_and_half_an_hour_apart(ask):
    found = ask()
    assert times(found) == [EIGHT, EIGHT + 30 * MINUTE, NINE]
    assert found.starts[0].chairs[:2] == ("Chair 1", "Chair 2")
    assert found.why_not == ()


def test_today_begins_now_rounded_up_to_five_minutes(ask):
    assert times(ask(when=at(9, 1)))[0] == at(9, 5)
    assert times(ask(when=at(9, 5)))[0] == at(9, 5)


def test_between_the_five_minutes_only_where_no_other_start_fits(ask):
    assert times(ask(when=at(9, 1), must_leave_by=at(10, 4))) == [at(9, 1)]
    assert times(ask(when=at(9, 1), must_leave_by=at(10, 5))) == [at(9, 5)]


def test_another_day_begins_when_the_center_opens(ask):
    assert times(ask(when=EIGHT - timedelta(days=1)))[0] == at(7, 30)


def test_who_can_come_later_and_has_to_leave_gets_what_lies_between(ask):
    assert times(ask(earliest_at=TEN, must_leave_by=at(11, 10))) == [TEN, TEN + 5 * MINUTE, TEN + 10 * MINUTE]


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"day": FRIDAY + timedelta(days=1)}, "Closed on Saturdays."),
        ({"minutes": 601}, "Would end after closing at 17:30."),
        ({"when": at(17, 0)}, "Would end after closing at 17:30."),
        ({"must_leave_by": at(8, 30)}, "Would end after 08:30, when the patient has to leave."),
        ({"day": date(2026, 11, 23)}, "No nurse on shift until it is too late to start."),
        ({"day": FRIDAY - timedelta(days=1)}, "That day is over."),
        ({"chair_kind": "bed", "minutes": 60, "full": True}, "All beds taken until 10:15."),
    ],
)
def test_why_there_is_nothing_sooner(ask, site, pia, felix, facts, sentence):
    if facts.pop("full", False):
        booking.book_visit(
            site=site, patient=pia, starts_at=EIGHT, minutes=120, load=3, chair_kind="bed", by=felix, at=EIGHT
        )
    assert sentence in ask(**facts).why_not


def test_nobody_is_offered_a_start_that_runs_into_their_own_visit(ask, site, felix, pia, paul):
    booking.book_visit(site=site, patient=pia, starts_at=NINE, minutes=75, load=3, by=felix, at=EIGHT)
    assert times(ask(person=paul.pk, minutes=90)) == [EIGHT, EIGHT + 30 * MINUTE, NINE]
    hers = ask(person=pia.pk, minutes=90)
    assert times(hers) == [at(10, 15), at(10, 45), at(11, 15)]
    assert hers.why_not == ("Has a visit from 09:00 to 10:15 already.",)
    assert times(ask(person=pia.pk, minutes=60)) == [EIGHT, at(10, 15), at(10, 45)]
    pushed = ask(person=pia.pk, minutes=90, must_leave_by=at(11, 30))
    assert (pushed.starts, pushed.movable) == ((), False)


def test_whether_it_may_help_if_somebody_else_moves(ask, site, felix, pia):
    assert not ask(must_leave_by=at(8, 30)).movable
    assert not ask(day=FRIDAY + timedelta(days=1)).movable
    booking.book_visit(
        site=site, patient=pia, starts_at=EIGHT, minutes=120, load=3, chair_kind="bed", by=felix, at=EIGHT
    )
    assert ask(chair_kind="bed", must_leave_by=TEN).movable


def test_a_holiday_says_its_name(ask, site):
    Closure.objects.create(site=site, day=FRIDAY, reason="Inventory")
    assert ask().why_not == ("Closed on Fri 20 Nov 2026: Inventory.",)


def test_every_offer_can_be_booked_and_nothing_fits_when_none_is_made(ask, site, felix, pia):
    def book(patient, start):
        booking.book_visit(
            site=site, patient=patient, starts_at=start, minutes=90, load=3, by=felix, at=EIGHT
        )

    booked = 0
    while found := ask(minutes=90).starts:
        patient = enroll(by=felix, given_name=f"Pat{booked:02}", family_name="Filler")
        book(patient, found[booked % len(found)].at)
        booked += 1
    assert booked > 30  # two nurses carry eight at a time
    for n in range(8 * 12):
        with pytest.raises(booking.NoPlace):
            book(pia, EIGHT + n * 5 * MINUTE)


def test_the_same_number_of_queries_however_full_the_day(ask, site, felix, django_assert_num_queries):
    with django_assert_num_queries(1):
        ask()
    for n in range(12):
        patient = enroll(by=felix, given_name=f"Pat{n:02}", family_name="Filler")
        booking.book_visit(
            site=site, patient=patient, starts_at=ask().starts[0].at, minutes=60, load=3, by=felix, at=EIGHT
        )
    with django_assert_num_queries(1):
        ask()


class TestASeriesVisitBookedAhead:
    """Offered near its wish where the day stays level; anybody else as early as can be."""

    MONDAY = FRIDAY + timedelta(days=3)

    @pytest.fixture
    def ahead(self, ask, nora, noah, site):
        for nurse in (nora, noah):
            on_shift(nurse, site, starts=at(7, 30, day=self.MONDAY), ends=at(17, 30, day=self.MONDAY))

        def ahead(**facts):
            return ask(**{"day": self.MONDAY, "kind": "scheduled"} | facts)

        return ahead

    def booked(self, site, felix, start, minutes, *, when=EIGHT):
        patient = enroll(by=felix, given_name="Pat", family_name=f"At{start:%d%H%M}{minutes}")
        facts = {"site": site, "patient": patient, "starts_at": start, "minutes": minutes, "load": 3}
        booking.book_visit(**facts, by=felix, at=when)

    def on_monday(self, hour, minute=0):
        return at(hour, minute, day=self.MONDAY)

    def test_on_an_empty_day_it_gets_what_it_wished(self, ahead):
        found = ahead(wished_at=self.on_monday(10))
        assert times(found)[0] == self.on_monday(10)
        assert found.levelled

    def test_a_busy_hour_is_left_for_a_quieter_one_within_two(self, ahead, site, felix):
        for minute in (0, 15):
            self.booked(site, felix, self.on_monday(9, minute), 120)
        assert times(ahead(wished_at=self.on_monday(10)))[0] == self.on_monday(11, 30)

    def test_the_hours_of_same_day_callers_are_left_to_them(self, ahead, site, felix):
        for minute in range(0, 60, 15):
            self.booked(site, felix, at(9, minute), 90)
        asked = {"wished_at": self.on_monday(9, 30), "when": at(6, 0, day=self.MONDAY - timedelta(days=2))}
        assert times(ahead(**asked))[0] == self.on_monday(7, 45)

    def test_its_limits_are_kept(self, ahead):
        found = ahead(wished_at=self.on_monday(8), earliest_at=self.on_monday(10))
        assert times(found)[0] == self.on_monday(10)

    @pytest.mark.parametrize("facts", [{"kind": "rescue"}, {"day": FRIDAY}])
    def test_who_is_no_series_or_comes_today_is_offered_the_earliest(self, ahead, facts):
        found = ahead(wished_at=self.on_monday(10), **facts)
        assert times(found)[0] in (EIGHT, self.on_monday(7, 30))
        assert not found.levelled

    def test_it_costs_one_query_more(self, ahead, django_assert_num_queries):
        with django_assert_num_queries(1):
            ahead(wished_at=self.on_monday(10), kind="rescue")
        with django_assert_num_queries(2):  # what same-day callers usually take
            ahead(wished_at=self.on_monday(10))


@pytest.mark.parametrize("day", [date(2026, 11, 1), date(2027, 3, 14)])
def test_on_a_clock_change_the_offers_are_wall_times_in_order(site, chairs, nora, day):
    site.hours.create(weekday=6, opens=time(0, 30), closes=time(5, 0))
    on_shift(nora, site, starts=site.moment(day, time(0, 30)), ends=site.moment(day, time(5, 0)))
    found = offers(
        site=site,
        day=day,
        minutes=30,
        load=3,
        chair_kind="recliner",
        at=site.moment(day, time(0, 30)),
        limit=500,
    )
    starts = [start.at for start in found.starts]
    hours = 5.5 if day.month == 11 else 3.5
    assert starts[-1] - starts[0] == timedelta(hours=hours) - timedelta(minutes=30)
    assert all(later - sooner == 5 * MINUTE for sooner, later in zip(starts, starts[1:], strict=False))
