"""Means over the visits: what can be told apart, with its n; unknown is not zero."""

from decimal import Decimal

import pytest

from visits.rules.responses import ranked, response
from visits.rules.scores import Effect


@pytest.mark.parametrize(
    ("effects", "percent", "n", "points", "scored", "combined", "unscored", "words"),
    [
        ([Effect(8, 4), Effect(9, 0)], 75, 2, "6.5", 2, 0, 0, "down 75 %"),
        ([Effect(8, 4), Effect(9, 0, alone=False)], 50, 1, "4.0", 1, 1, 0, "down 50 %"),
        ([Effect(8, 0, alone=False)], None, 0, None, 0, 1, 0, "not attributable: only in combination"),
        ([Effect(0, 0)], None, 0, "0.0", 1, 0, 0, "no percent: pain before was 0"),
        ([Effect(0, 2), Effect(4, 2)], 50, 1, "0.0", 2, 0, 0, "down 50 %"),
        ([Effect(8, None), Effect(None, 2)], None, 0, None, 0, 0, 2, "not scored"),
        ([Effect(5, 6)], -20, 1, "-1.0", 1, 0, 0, "up 20 %"),
        ([Effect(5, 5)], 0, 1, "0.0", 1, 0, 0, "unchanged"),
    ],
)
def test_a_mean_says_what_it_is_of(effects, percent, n, points, scored, combined, unscored, words):
    found = response("magnesium", effects)
    assert (found.percent, found.n, found.scored, found.words) == (percent, n, scored, words)
    assert (found.combined, found.unscored, found.times) == (combined, unscored, len(effects))
    assert found.points == (None if points is None else Decimal(points))


def test_the_best_comes_first_and_what_has_no_mean_last():
    found = ranked(
        {
            "saline": [Effect(None, None)],
            "ketorolac": [Effect(8, 6)],
            "magnesium": [Effect(8, 2)],
            "valproate": [Effect(8, 6), Effect(4, 3)],
            "droperidol": [Effect(6, 9)],
        }
    )
    assert [one.name for one in found] == ["magnesium", "valproate", "ketorolac", "droperidol", "saline"]
