"""The percent fall belongs to one agent, or to nobody (requirements G1, G2)."""

import pytest

from tests.clock import NINE, at
from visits.rules import scores
from visits.rules.scores import Reading, Run


@pytest.mark.parametrize(
    ("before", "after", "percent"),
    [
        (8, 3, 63),
        (8, 8, 0),
        (5, 6, -20),
        (8, 0, 100),
        (0, 3, None),
        (0, 0, None),
        (None, 3, None),
        (8, None, None),
    ],
)
def test_percent_fall(before, after, percent):
    assert scores.percent_fall(before, after) == percent


def run(key, start, stop, **facts):
    return Run(key, at(*start), at(*stop) if stop else None, **facts)


def pain(key, moment, value, when):
    return Reading(key, moment, value, at(*when))


def test_an_agent_that_ran_alone_gets_its_percent():
    found = scores.effects(
        [run("mg", (9, 0), (9, 30))], [pain("mg", "before", 8, (8, 58)), pain("mg", "after", 6, (9, 40))]
    )
    assert found["mg"].percent == 25
    assert found["mg"].words == "down 25 %"


def test_one_after_the_other_both_get_theirs():
    runs = [run("mg", (9, 0), (9, 30)), run("keto", (9, 42), (9, 44))]
    readings = [
        pain("mg", "before", 8, (8, 58)),
        pain("mg", "after", 6, (9, 40)),
        pain("keto", "before", 6, (9, 41)),
        pain("keto", "after", 3, (9, 55)),
    ]
    found = scores.effects(runs, readings)
    assert (found["mg"].percent, found["keto"].percent) == (25, 50)


def test_a_second_agent_before_the_score_makes_it_a_combination():
    runs = [run("mg", (9, 0), (9, 30)), run("keto", (9, 35), (9, 35))]
    readings = [pain("mg", "before", 8, (8, 58)), pain("mg", "after", 2, (9, 40))]
    effect = scores.effects(runs, readings)["mg"]
    assert effect.percent is None
    assert effect.words == "combination, not attributable"
    assert (effect.before, effect.after) == (8, 2)


def test_two_at_once_are_a_combination_for_both():
    runs = [run("mg", (9, 0), (9, 30)), run("keto", (9, 10), None)]
    readings = [
        pain(key, moment, 5, when)
        for key in ("mg", "keto")
        for moment, when in [("before", (8, 59)), ("after", (9, 50))]
    ]
    assert {effect.words for effect in scores.effects(runs, readings).values()} == {
        "combination, not attributable"
    }


def test_a_bag_of_saline_alongside_does_not_spoil_it():
    runs = [run("mg", (9, 0), (9, 30)), run("saline", (8, 50), None, fluid=True)]
    readings = [pain("mg", "before", 8, (8, 58)), pain("mg", "after", 4, (9, 40))]
    found = scores.effects(runs, readings)
    assert found["mg"].percent == 50
    assert "saline" not in found


def test_no_percent_where_there_was_no_pain():
    readings = [pain("mg", "before", 0, (8, 58)), pain("mg", "after", 0, (9, 40))]
    assert (
        scores.effects([run("mg", (9, 0), (9, 30))], readings)["mg"].words == "no percent: pain before was 0"
    )


def test_a_corrected_score_counts_and_a_missing_one_is_said():
    readings = [pain("mg", "before", 3, (8, 57)), pain("mg", "before", 8, (8, 58))]
    effect = scores.effects([run("mg", (9, 0), (9, 30))], readings)["mg"]
    assert effect.before == 8
    assert effect.words == "not scored"


def test_words_for_a_rise_and_for_nothing():
    assert scores.fall_words(-20) == "up 20 %"
    assert scores.fall_words(0) == "unchanged"


def test_the_same_agent_given_twice_is_not_alone():
    runs = [Run("first", NINE, at(9, 2)), Run("second", at(9, 5), at(9, 7))]
    readings = [Reading("first", "before", 8, NINE), Reading("first", "after", 4, at(9, 20))]
    assert scores.effects(runs, readings)["first"].words == "combination, not attributable"
