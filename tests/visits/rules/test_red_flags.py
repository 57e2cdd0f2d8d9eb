"""Which answers send a caller elsewhere, and where."""

import pytest

from visits.rules import red_flags
from visits.states import RedFlag


@pytest.mark.parametrize(
    ("answers", "cleared", "where"),
    [
        ({}, {}, ""),
        ({"thunderclap": "no", "fever": "no"}, {}, ""),
        ({"thunderclap": "yes"}, {}, "emergency"),
        ({"new_kind": "yes"}, {}, "provider"),
        ({"new_kind": "yes", "deficit": "yes"}, {}, "emergency"),
        ({"new_kind": "yes", "deficit": "yes"}, {"deficit": "Old, from the stroke in 2019"}, "provider"),
        ({"deficit": "yes"}, {"deficit": "Old"}, ""),
    ],
)
def test_the_most_urgent_place_of_a_standing_yes(answers, cleared, where):
    assert red_flags.where_to(red_flags.lines(answers, cleared)) == where


def test_not_asked_is_not_no():
    lines = red_flags.lines({"fever": "no"})
    assert [line.answer for line in lines] == ["", "no", "", "", "", ""]


def test_every_flag_has_its_question_with_a_source():
    assert [one.flag for one in red_flags.QUESTIONS] == list(RedFlag)
    assert all(one.source and one.words.endswith("?") for one in red_flags.QUESTIONS)
