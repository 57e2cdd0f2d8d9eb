"""Days and moments, on ordinary days and on the two Sundays when the clock changes."""

from datetime import UTC, date, datetime, time

import pytest

from infusion_center.shared import clock

CHICAGO = "America/Chicago"


@pytest.mark.parametrize(
    ("day", "wall", "utc"),
    [
        (date(2026, 10, 31), time(9), datetime(2026, 10, 31, 14, tzinfo=UTC)),  # the day before autumn
        (date(2026, 11, 2), time(9), datetime(2026, 11, 2, 15, tzinfo=UTC)),  # the day after
        (date(2027, 3, 13), time(9), datetime(2027, 3, 13, 15, tzinfo=UTC)),
        (date(2027, 3, 15), time(9), datetime(2027, 3, 15, 14, tzinfo=UTC)),
        (date(2026, 11, 1), time(1, 30), datetime(2026, 11, 1, 6, 30, tzinfo=UTC)),  # shown twice: the first
    ],
)
def test_a_wall_time_means_the_right_moment(day, wall, utc):
    assert clock.moment(day, wall, CHICAGO) == utc


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 11, 20), 24), (date(2026, 11, 1), 25), (date(2027, 3, 14), 23)]
)
def test_a_day_is_as_long_as_it_is(day, hours):
    start, end = clock.day_span(day, CHICAGO)
    assert (end - start).total_seconds() == hours * 3600


def test_the_business_date_is_the_sites_and_not_londons():
    late = datetime(2026, 11, 21, 3, 40, tzinfo=UTC)
    assert clock.local_day(late, CHICAGO) == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(1984, 4, 10), date(2026, 4, 9), 41),
        (date(1984, 4, 10), date(2026, 4, 10), 42),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
    ],
)
def test_age_counts_whole_years(born, on, years):
    assert clock.age_on(born, on) == years
