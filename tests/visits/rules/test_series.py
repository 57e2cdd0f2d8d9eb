"""Due days, windows and consequences, as tables. 20 November 2026 is a Friday."""

from datetime import date, timedelta

import pytest

from visits.rules import series
from visits.rules.series import Planned

FRIDAY = date(2026, 11, 20)
DAY = timedelta(days=1)


def days(*offsets):
    return [FRIDAY + n * DAY for n in offsets]


@pytest.mark.parametrize(
    ("as_number", "numbers", "expected"),
    [
        pytest.param(1, [2, 3], [84, 168], id="the next and the one after"),
        pytest.param(1, [3], [168], id="the second was skipped and keeps its interval"),
        pytest.param(2, [1, 3], [84, 84], id="one that should have come before comes after"),
        pytest.param(0, [1], [84], id="a dose given elsewhere counts like any other"),
    ],
)
def test_due_days_count_from_the_dose_given(as_number, numbers, expected):
    due = series.after_dose(FRIDAY, as_number=as_number, numbers=numbers, every=84)
    assert [due[number] for number in numbers] == days(*expected)


def test_eighty_four_days_are_twelve_weeks_whatever_the_clocks_do():
    before_the_change = date(2026, 10, 30)
    due = series.after_dose(before_the_change, as_number=1, numbers=[2], every=84)[2]
    assert (due, due.weekday()) == (date(2027, 1, 22), before_the_change.weekday())


@pytest.mark.parametrize(
    ("offset", "standing"),
    [(-3, "ahead"), (-2, "open"), (0, "open"), (1, "late"), (14, "late"), (15, "missed")],
)
def test_a_window_is_open_from_early_to_late_both_inclusive(offset, standing):
    window = series.window(FRIDAY, 2, 14)
    assert window.standing(FRIDAY + offset * DAY) == standing
    assert window.holds(FRIDAY + offset * DAY) == (standing in ("open", "late"))


WEEKEND = {5, 6}


@pytest.mark.parametrize(
    ("wish", "closed", "expected"),
    [
        pytest.param({}, [], [0, 3, 4, 5], id="from the due day on, the weekend left out"),
        pytest.param({}, [0], [3, 4, 5], id="closed on the due day: the nearest open day"),
        pytest.param({"weekday": 1}, [], [4, 0, 3, 5], id="the wished weekday first"),
        pytest.param({"weekday": 1}, [4], [0, 3, 5], id="the wished weekday is closed"),
        pytest.param(
            {"wished": FRIDAY + 4 * DAY}, [], [4, 5, 3, 0], id="near the wished day, the later of two"
        ),
        pytest.param({"wished": FRIDAY + 40 * DAY}, [], [5, 4, 3, 0], id="a wish outside is no way out"),
        pytest.param({"today": FRIDAY + 4 * DAY}, [], [4, 5], id="what has passed is over"),
        pytest.param({}, [0, 3, 4, 5], [], id="no open day inside the window"),
    ],
)
def test_the_best_day_is_open_inside_the_window_and_near_the_wish(wish, closed, expected):
    shut = set(days(*closed))
    around = {"today": FRIDAY - 30 * DAY} | wish
    found = series.days_by_wish(
        series.window(FRIDAY, 0, 5),
        is_open=lambda day: day.weekday() not in WEEKEND and day not in shut,
        **around,
    )
    assert found == days(*expected)


def test_when_the_window_has_closed_the_soonest_open_days_come():
    today = FRIDAY + 9 * DAY  # a Sunday
    found = series.days_by_wish(
        series.window(FRIDAY, 0, 5), today=today, is_open=lambda day: day.weekday() not in WEEKEND
    )
    assert found[:2] == [today + DAY, today + 2 * DAY]


BOOKED = Planned(2, FRIDAY, booked_on=FRIDAY + 3 * DAY)


@pytest.mark.parametrize(
    ("planned", "by", "release", "expected"),
    [
        pytest.param(Planned(2, FRIDAY), 7, False, ["redated"], id="nobody was told a time"),
        pytest.param(Planned(2, FRIDAY), 0, False, [], id="nothing changes"),
        pytest.param(BOOKED, 2, False, ["kept"], id="the booked day still fits"),
        pytest.param(BOOKED, 7, False, ["outside"], id="the booked day is before the new window"),
        pytest.param(BOOKED, -30, False, ["outside"], id="or after it"),
        pytest.param(BOOKED, 7, True, ["released"], id="given back on demand"),
        pytest.param(BOOKED, 2, True, ["kept"], id="but not where it fits"),
    ],
)
def test_a_booked_time_stands_and_is_said_to_be_outside(planned, by, release, expected):
    due = series.shifted([planned], by * DAY)
    found = series.consequences([planned], due, margins=(0, 14), were=(0, 14), release=release)
    assert [one.fate for one in found] == expected
    assert [one.touches_a_promise for one in found] == [fate in ("outside", "released") for fate in expected]


def test_a_narrower_window_alone_puts_a_booked_day_outside():
    found = series.consequences([BOOKED], {2: FRIDAY}, margins=(0, 2), were=(0, 14))
    assert [one.fate for one in found] == ["outside"]
    assert series.consequences([BOOKED], {2: FRIDAY}, margins=(0, 2), were=(0, 1)) == []  # it was so before


def test_the_mark_is_of_exactly_these_consequences():
    one, other = (
        series.consequences([BOOKED], {2: FRIDAY + n * DAY}, margins=(0, 14), were=(0, 14)) for n in (7, 8)
    )
    assert series.mark(one) == series.mark(list(one))
    assert series.mark(one) != series.mark(other)
