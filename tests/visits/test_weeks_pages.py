"""The week and the month: days in counts, full hours, closed days, doses to book; each leads to its board."""

from datetime import date, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from infusion_center.places.models import OpeningHours
from tests.clock import EIGHT, FRIDAY, MINUTE, NINE, TEN, at
from tests.people import enroll, signed_in
from tests.places import on_shift
from visits.models import Absence
from visits.selectors import weeks
from visits.selectors.day import day_of, days_of
from visits.services import booking, flow, hours

MONDAY = FRIDAY - timedelta(days=4)


@pytest.fixture(autouse=True)
def eight_o_clock(time_machine):
    time_machine.move_to(EIGHT, tick=False)


def book(site, patient, by, starts_at=NINE, **facts):
    usual = {"minutes": 60, "load": 3}
    return booking.book_visit(
        site=site, patient=patient, starts_at=starts_at, by=by, at=EIGHT, **(usual | facts)
    )


def friday(site):
    return next(one for one in weeks.week(site=site, day=FRIDAY).days if one.date == FRIDAY)


def test_days_read_together_are_the_days_read_one_by_one(site, chairs, nurses, nora, noah, max):
    hours.close_day(site=site, day=FRIDAY + timedelta(days=3), reason="Snow", by=max, at=EIGHT)
    hours.set_special(
        site=site,
        day=FRIDAY + timedelta(days=1),
        opens=time(9),
        closes=time(0),
        reason="Fair",
        by=max,
        at=EIGHT,
    )
    Absence.objects.create(nurse=noah, span=(at(10), at(12)), reason="Ill")
    both_changes = [(date(2026, 10, 30), date(2026, 11, 30)), (date(2027, 3, 10), date(2027, 3, 20))]
    for first, last in both_changes:
        days = days_of(site=site, first=first, last=last)
        assert [day.day for day in days] == [
            first + timedelta(days=n) for n in range((last - first).days + 1)
        ]
        assert days == [day_of(site=site, day=day.day) for day in days]


def test_a_day_counts_who_is_expected_here_and_gone(site, chairs, nurses, felix, nora, pia, paul):
    book(site, pia, felix, TEN)
    seated = flow.check_in(visit=book(site, paul, felix), by=felix, at=NINE)
    flow.seat(visit=seated, by=nora, at=NINE)
    one = friday(site)
    assert (one.expected, one.here, one.gone, one.nurses) == (1, 1, 0, 2)
    flow.cancel(
        visit=book(site, enroll(by=felix, given_name="Uma"), felix), reason="Well", by=felix, at=EIGHT
    )
    assert friday(site).expected == 1


def test_load_of_the_day_and_of_its_hours(site, chairs, nurses, felix, pia, paul):
    book(site, pia, felix, load=12)
    book(site, paul, felix, load=12, starts_at=NINE + 15 * MINUTE)
    week = weeks.week(site=site, day=FRIDAY)
    one = friday(site)
    nine = one.hours[week.hours.index("09")]
    assert (nine.percent, nine.level, one.full) == (100, "full", 1)
    nurse_minutes = sum(until - start for start, until in one.day.nurses)
    assert one.percent == round(100 * 2 * 60 / nurse_minutes)


def test_a_closed_day_and_one_without_nurses_say_so(site, chairs, nurses, felix, max):
    hours.close_day(site=site, day=FRIDAY, reason="Snow", by=max, at=EIGHT)
    assert friday(site).percent is None and friday(site).full == 0
    monday = weeks.week(site=site, day=FRIDAY).days[0]
    assert monday.date == MONDAY and monday.percent is None and monday.nurses == 0


def test_a_month_is_whole_weeks_that_hold_it(site, chairs):
    november = weeks.month(site=site, day=FRIDAY)
    assert (november.first, november.last) == (date(2026, 10, 26), date(2026, 12, 6))
    assert {len(row) for row in november.rows} == {7}
    december = weeks.month(site=site, day=date(2026, 12, 31))
    assert (december.first, december.last) == (date(2026, 11, 30), date(2027, 1, 3))


def test_a_site_that_is_never_open_still_has_weeks(site, chairs):
    OpeningHours.objects.filter(site=site).delete()
    assert all(one.day.closed_because for one in weeks.month(site=site, day=FRIDAY).days)


@pytest.mark.parametrize("page", ["week", "month"])
class TestPages:
    def test_every_day_leads_to_its_board_and_names_nobody(self, site, chairs, nurses, felix, pia, page):
        book(site, pia, felix)
        answer = signed_in(felix).get(reverse(f"visits:{page}"), {"day": str(FRIDAY)}).content.decode()
        for day in (MONDAY, FRIDAY):
            assert f"{reverse('visits:today')}?day={day}" in answer
        assert "Pell" not in answer and pia.number not in answer

    def test_a_closed_day_says_why(self, site, chairs, nurses, felix, max, page):
        hours.close_day(site=site, day=FRIDAY, reason="Snow <b>", by=max, at=EIGHT)
        answer = signed_in(felix).get(reverse(f"visits:{page}"), {"day": str(FRIDAY)}).content.decode()
        assert "Snow &lt;b&gt;" in answer

    @pytest.mark.parametrize("day", ["2000-01-01", "2099-12-31", "yesterday"])
    def test_any_day_that_can_be_typed_is_a_page(self, site, chairs, felix, page, day):
        assert signed_in(felix).get(reverse(f"visits:{page}"), {"day": day}).status_code == 200

    def test_who_may_not_see_the_board_stays_outside(self, site, bea, page):
        assert signed_in(bea).get(reverse(f"visits:{page}")).status_code == 403

    @pytest.mark.parametrize("how_many", [2, 20])
    def test_the_queries_do_not_grow_with_the_visits(self, site, chairs, nurses, noah, felix, page, how_many):
        monday = FRIDAY + timedelta(days=3)
        on_shift(noah, site, starts=at(7, 30, day=monday), ends=at(17, 30, day=monday))
        for n in range(how_many):
            patient = enroll(by=felix, given_name=f"P{'abcdefghijklmnopqrst'[n]}")
            start = (NINE if n % 2 else at(9, day=monday)) + timedelta(minutes=15 * n)
            book(site, patient, felix, start, load=1, minutes=30)
        desk = signed_in(felix)
        with CaptureQueriesContext(connection) as queries:
            desk.get(reverse(f"visits:{page}"), {"day": str(FRIDAY)})
        kept = ('UPDATE "accounts_session"', "SAVEPOINT")  # that the session was used, every half minute
        assert len([one for one in queries if not any(word in one["sql"] for word in kept)]) == 5
