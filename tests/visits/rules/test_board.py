"""Columns of the board."""

import pytest

from visits.rules.board import Box, highest, lanes, whole_hours


def spans(row):
    return [(box.span, box.thing) for box in row]


def test_a_chair_nobody_has_is_one_empty_row():
    assert lanes([], starts=480, ends=600) == [[Box(24)]]


def test_boxes_fill_the_row():
    (row,) = lanes([(540, 570, "a"), (480, 510, "b")], starts=480, ends=600)
    assert spans(row) == [(6, "b"), (6, None), (6, "a"), (6, None)]


def test_an_overrun_puts_the_next_patient_on_a_second_line():
    first, second = lanes([(480, 545, "a"), (540, 570, "b")], starts=480, ends=600)
    assert spans(first) == [(13, "a"), (11, None)]
    assert spans(second) == [(12, None), (6, "b"), (6, None)]


@pytest.mark.parametrize(
    "thing", [(480, 481, "short"), (599, 600, "last"), (400, 470, "before"), (700, 710, "after")]
)
def test_nothing_is_drawn_narrower_than_a_name_or_lost(thing):
    (row,) = lanes([thing], starts=480, ends=600)
    assert sum(box.span for box in row) == 24
    assert [box.span for box in row if box.thing] == [3]


def test_hours_are_whole():
    assert whole_hours([(455, 500), (600, 1021)]) == (420, 1080)
    assert whole_hours([]) == (480, 1020)


def test_the_highest_load_of_each_half_hour():
    changes = [(480, 540, 3), (500, 510, 4), (530, 600, 6)]
    assert highest(changes, starts=480, ends=600, step=30) == [7, 9, 6, 6]
