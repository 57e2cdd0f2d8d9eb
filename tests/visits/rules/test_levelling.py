"""A visit booked ahead goes where the day is least full, near its wish."""

from hypothesis import given
from hypothesis import strategies as st

from visits.rules.levelling import rank
from visits.rules.slots import Floor, Stay, Wish

OPEN, NINE, TEN, ELEVEN, NOON, CLOSE = 480, 540, 600, 660, 720, 1020
WISH = Wish(OPEN, CLOSE, 60, 3)
HOURS = range(OPEN, CLOSE - 59, 30)


def floor(*stays, **facts):
    nurses = ((OPEN, CLOSE),) * 2
    return Floor(OPEN, CLOSE, 4, nurses, stays=stays, **facts)


def stay(start, minutes=60, load=3, chairs=1):
    return Stay(start, start + minutes, start + minutes + 15, load, chairs)


def test_an_empty_day_gives_what_was_wished():
    assert rank(floor(), WISH, HOURS, TEN)[0] == TEN


def test_a_full_hour_is_left_for_an_emptier_one_nearby():
    morning = floor(stay(NINE, 120), stay(NINE, 120))
    assert rank(morning, WISH, HOURS, TEN)[0] == ELEVEN + 30  # the chairs' turnover is over, too


def test_but_not_further_away_than_two_hours():
    full_until_two = floor(stay(OPEN, 6 * 60), stay(OPEN, 6 * 60))
    starts = rank(full_until_two, WISH, HOURS, NINE)
    near = [start for start in starts if abs(start - NINE) <= 120]
    assert starts[: len(near)] == near
    assert starts[0] == NINE
    assert starts[len(near) :] == sorted(starts[len(near) :])


def test_how_near_is_for_the_caller_to_say():
    morning = floor(stay(NINE, 120), stay(NINE, 120))
    assert rank(morning, WISH, HOURS, TEN, near=60)[0] == ELEVEN


def test_nurses_count_beside_chairs():
    # Two with the same chairs: one patient is heavy for the nurses.
    day = floor(stay(NINE, 60, load=3), stay(NOON, 60, load=6))
    assert rank(day, WISH, [NINE, NOON], None) == [NINE, NOON]
    day = floor(stay(NINE, 60, load=6), stay(NOON, 60, load=3))
    assert rank(day, WISH, [NINE, NOON], None) == [NOON, NINE]


def test_an_hour_with_a_nurse_at_lunch_is_fuller_than_the_same_hour_with_all():
    day = floor(stay(NINE), stay(NOON), breaks=((NOON, NOON + 60),))
    assert rank(day, WISH, [NOON, NINE], None) == [NINE, NOON]


def test_hours_in_which_callers_usually_come_are_left_to_them():
    mornings = [(NINE, NOON, 2.5)]
    assert rank(floor(), WISH, HOURS, TEN, usual=mornings)[0] == NOON


def test_without_a_wish_any_start_is_near():
    assert rank(floor(stay(OPEN, 300)), WISH, HOURS, None)[0] == OPEN + 330


@given(st.lists(st.tuples(st.integers(0, 1100), st.integers(1, 900)), max_size=8), st.integers(0, 1200))
def test_every_start_is_ranked_once_whatever_lies_across_opening_and_closing(found, wished):
    day = floor(*(stay(start, minutes) for start, minutes in found))
    assert sorted(rank(day, WISH, HOURS, wished)) == list(HOURS)
