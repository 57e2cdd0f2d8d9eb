"""Waits, overtime and full stretches, as tables."""

import pytest

from visits.rules.fit import Half, past_closing, stretches, waited


def test_a_wait_counts_those_for_whom_both_moments_are_known():
    wait = waited("Arrived until seated", [(0, 10), (5, 20), (30, 80), (7, None), (None, 9)])
    assert (wait.number, wait.median, wait.longest) == (3, 15, 50)
    assert (wait.within_short, wait.within_long) == (67, 67)


def test_nobody_waited_is_not_zero_minutes():
    wait = waited("Door to drip", [])
    assert (wait.number, wait.median, wait.longest, wait.within_short) == (0, None, None, None)


def test_overtime_is_counted_from_closing_the_longest_first():
    assert past_closing([1050, 1020, 1095], 1050) == [45]
    assert past_closing([1060, 1095], 1050) == [45, 10]
    assert past_closing([], 1050) == []


def half(minute, load=0, capacity=48, chairs=()):
    return Half(minute, chairs, load, capacity, starts=0, most_starts=8)


@pytest.mark.parametrize(
    ("flags", "spans"),
    [
        ([False, False, False], []),
        ([True, True, False], [(480, 540)]),
        ([True, False, True], [(480, 510), (540, 570)]),
    ],
)
def test_full_half_hours_that_touch_are_one_stretch(flags, spans):
    assert stretches([half(480), half(510), half(540)], flags) == spans


def test_load_without_a_nurse_is_full_and_an_empty_hour_without_one_is_not():
    assert half(480, load=3, capacity=0).nurses_full and half(480, load=3, capacity=0).percent is None
    assert not half(480, load=0, capacity=0).nurses_full
    assert half(480, load=48).nurses_full and half(480, load=36).percent == 75


def test_chairs_are_full_when_one_kind_is():
    assert half(480, chairs=(("Recliner", 3, 10), ("Bed", 2, 2))).chairs_full
    assert not half(480, chairs=(("Recliner", 3, 10), ("Bed", 0, 0))).chairs_full
