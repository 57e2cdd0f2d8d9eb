from datetime import timedelta

import pytest

from tests.clock import NINE, TEN, at
from visits.rules.leaving import Late, begins_at, passed


@pytest.mark.parametrize(
    ("planned", "seated", "now", "begins"),
    [
        (TEN, None, NINE, TEN),
        (NINE, None, TEN, TEN),
        (NINE, NINE, at(9, 5), NINE),
        (NINE, NINE, TEN, at(9, 45)),
    ],
    ids=["before the start", "late for it", "just seated", "in the chair for long"],
)
def test_when_the_minutes_begin_to_count(planned, seated, now, begins):
    assert begins_at(planned=planned, seated=seated, setup=15, now=now) == begins


def test_limits_that_are_passed_are_named_the_tightest_first():
    limits = [("The center closes at", at(9, 50)), ("Must leave by", at(9, 30)), ("Never told", None)]
    assert passed(leaves=TEN, limits=limits) == [
        Late("Must leave by", at(9, 30), 30),
        Late("The center closes at", at(9, 50), 10),
    ]


def test_to_the_minute_is_in_time_and_a_second_more_is_a_minute_late():
    assert passed(leaves=TEN, limits=[("Must leave by", TEN)]) == []
    (late,) = passed(leaves=TEN + timedelta(seconds=1), limits=[("Must leave by", TEN)])
    assert late.minutes == 1
