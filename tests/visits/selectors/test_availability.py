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
        ({"chair_kind": "bed", "minutes": 60, "full": True}, "All beds taken until 10:15."),
    ],
)
def test_why_there_is_nothing_sooner(ask, site, pia, felix, facts, sentence):
    if facts.pop("full", False):
        booking.book_visit(
            site=site, patient=pia, starts_at=EIGHT, minutes=120, load=3, chair_kind="bed", by=felix, at=EIGHT
        )
    assert sentence in ask(**facts).why_not


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
    with django_assert_num_queries(3):
        ask()
    for n in range(12):
        patient = enroll(by=felix, given_name=f"Pat{n:02}", family_name="Filler")
        booking.book_visit(
            site=site, patient=patient, starts_at=ask().starts[0].at, minutes=60, load=3, by=felix, at=EIGHT
        )
    with django_assert_num_queries(3):
        ask()


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
