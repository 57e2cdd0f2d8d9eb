"""Rows of a file as spreadsheets write them: separators, marks, days, times; a bad line spoils no other."""

from datetime import date, time

import pytest

from visits.rules import csv_rows
from visits.rules.csv_rows import NotAFile, NotUnderstood


@pytest.mark.parametrize(
    "text", ["Day,Reason\n1,x", "\ufeffday;reason\r\n1;x\r\n", "DAY\tReason\r1\tx", "day, reason \n1 , x"]
)
def test_separators_ends_of_line_and_marks_of_a_spreadsheet(text):
    (line,) = csv_rows.read(text, needed=["day", "reason"])
    assert (line.number, line.get("day"), line.get("reason")) == (2, "1", "x")


def test_lines_keep_their_numbers_and_empty_ones_are_left_out():
    lines = csv_rows.read("day,reason\n\n,\n27,x\n", needed=["day"])
    assert [(line.number, line.text) for line in lines] == [(4, "27,x")]


def test_a_quote_that_is_not_closed_swallows_no_other_line():
    first, second = csv_rows.read('day,reason\n1,"open\n2,"a, b"', needed=["day"])
    assert (first.get("reason"), second.get("reason")) == ("open", "a, b")


def test_short_and_long_lines_are_read_as_far_as_they_go():
    short, long = csv_rows.read("day,reason\n1\n2,x,y,z", needed=["day"])
    assert (short.get("reason"), long.get("reason")) == ("", "x")
    with pytest.raises(NotUnderstood, match="“reason” is empty"):
        short.need("reason")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        (" \nday", "is empty"),
        ("nurse\nNora", "day is missing"),
        ("day\n" * 1200, "in parts"),
    ],
)
def test_what_is_no_such_file(text, words):
    with pytest.raises(NotAFile, match=words):
        csv_rows.read(text, needed=["day"])


@pytest.mark.parametrize("text", ["2026-11-27", "11/27/2026"])
def test_days(text):
    assert csv_rows.read_day(text) == date(2026, 11, 27)


@pytest.mark.parametrize("text", ["27.11.2026", "2026-02-30", "13/13/2026", "tomorrow", ""])
def test_no_days(text):
    with pytest.raises(NotUnderstood):
        csv_rows.read_day(text)


@pytest.mark.parametrize(
    ("text", "wall"),
    [
        ("7:30", time(7, 30)),
        ("07:30:00", time(7, 30)),
        ("0730", time(7, 30)),
        ("17:30", time(17, 30)),
        ("5:30 PM", time(17, 30)),
        ("5 pm", time(17)),
        ("12 am", time(0)),
        ("12:15 p.m.", time(12, 15)),
        ("00:00", time(0)),
    ],
)
def test_times(text, wall):
    assert csv_rows.read_time(text) == wall


@pytest.mark.parametrize("text", ["7", "25:00", "7:60", "13 pm", "0 am", "noon", ""])
def test_no_times(text):
    with pytest.raises(NotUnderstood):
        csv_rows.read_time(text)
