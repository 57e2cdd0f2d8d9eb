"""Who a freed time is offered to first."""

import pytest

from visits.rules.freed import Fit, best_start, rank

ELEVEN, HALF_PAST_TWELVE = 660, 750


@pytest.mark.parametrize(
    ("starts", "minutes", "best"),
    [
        ([660], 90, (660, 0)),
        ([660, 690], 60, (660, 30)),
        ([630, 660], 120, (630, 0)),  # begins before: the time is used all the same
        ([600, 750], 60, None),  # ends as it begins, begins as it ends: touches nothing
        ([], 60, None),
    ],
)
def test_the_start_that_leaves_least_empty(starts, minutes, best):
    assert best_start(starts, minutes=minutes, freed=(ELEVEN, HALF_PAST_TWELVE)) == best


def test_least_waste_first_then_the_longest_wait():
    long_wait, short_wait, wasteful = Fit(1, 660, 14, 8.0), Fit(2, 660, 0, 9.0), Fit(3, 660, 30, 7.0)
    assert rank([wasteful, short_wait, long_wait]) == [long_wait, short_wait, wasteful]
