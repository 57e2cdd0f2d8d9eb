import json
from dataclasses import replace

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from regimens.rules.chair_time import CannotPlan, Run, Span, chair_minutes, run_times, watched_until, without

SHIPPED = json.loads((settings.BASE_DIR / "infusion_center" / "reference" / "formulary.json").read_text())
WATCHED = {drug["id"]: drug["post_observation_minutes"] for drug in SHIPPED["drugs"]}
REGIMENS = {regimen["id"]: regimen for regimen in SHIPPED["regimens"]}


def runs_of(regimen):
    return [
        Run(
            position=step["order"],
            minutes=step["minutes"],
            observation=WATCHED[step["drug_id"]],
            start_after=tuple(step["start_after"]),
            gap=step["gap_minutes_before"],
        )
        for step in regimen["steps"]
    ]


def floor(regimen):
    """What the file itself watches beyond its drugs: in one of the ten, minute 62."""
    told = regimen["observation_end_minute"]
    return told if told > watched_until(runs_of(regimen)) else 0


def optional(regimen):
    return {step["order"] for step in regimen["steps"] if step["optional"]}


@pytest.mark.parametrize("code", REGIMENS)
def test_a_shipped_regimen_takes_the_minutes_its_file_says(code):
    regimen = REGIMENS[code]
    runs = runs_of(regimen)
    assert max(span.end for span in run_times(runs).values()) == regimen["infusion_minutes"]
    minutes = chair_minutes(runs, regimen["setup_minutes"], regimen["discharge_minutes"], floor(regimen))
    assert minutes == regimen["total_chair_minutes"]


@pytest.mark.parametrize("code", REGIMENS)
def test_and_without_its_optional_steps_the_minutes_its_file_says(code):
    regimen = REGIMENS[code]
    runs = without(runs_of(regimen), optional(regimen))
    minutes = chair_minutes(runs, regimen["setup_minutes"], regimen["discharge_minutes"], floor(regimen))
    assert minutes == regimen["total_chair_minutes_without_optional"]


def test_nine_of_the_ten_are_watched_as_their_drugs_ask_and_the_paediatric_one_longer():
    assert {code: floor(regimen) for code, regimen in REGIMENS.items() if floor(regimen)} == {
        "paediatric_adolescent": 62
    }


def test_there_are_ten_regimens_to_compare():
    assert len(REGIMENS) == 10


def test_a_bag_that_waits_for_nothing_hides_under_the_drugs():
    bag, drug = Run(1, 60), Run(2, 15, observation=30)
    assert chair_minutes([bag, drug], 15, 10) == chair_minutes([bag], 15, 10) == 85


def test_an_observation_that_outlasts_the_bag_counts():
    assert chair_minutes([Run(1, 60), Run(2, 15, observation=90)], 15, 10) == 15 + 105 + 10


def test_a_gap_is_waited_after_the_last_of_the_steps_before():
    times = run_times([Run(1, 10), Run(2, 30), Run(3, 5, start_after=(1, 2), gap=15)])
    assert times[3] == Span(start=45, end=50, watched_until=50)


def test_steps_may_come_in_any_order():
    runs = [Run(3, 5, start_after=(2,)), Run(1, 10), Run(2, 10, start_after=(1,))]
    assert run_times(runs) == run_times(reversed(runs))


def test_who_waited_for_steps_left_out_waits_for_what_those_waited_for():
    runs = [
        Run(1, 10),
        Run(2, 10, start_after=(1,)),
        Run(3, 10, start_after=(2,)),
        Run(4, 10, start_after=(3, 2)),
    ]
    assert without(runs, {2, 3}) == (Run(1, 10), Run(4, 10, start_after=(1,)))


def test_nothing_given_still_takes_set_up_and_discharge():
    assert chair_minutes([], 15, 10) == 25


@pytest.mark.parametrize("after", [(1,), (2,), (9,)])
def test_steps_in_a_circle_or_after_nobody_are_refused(after):
    with pytest.raises(CannotPlan, match="wait for each other"):
        run_times([Run(1, 10, start_after=after), Run(2, 10, start_after=(1,))])


@st.composite
def recipes(draw):
    """Steps that wait only for earlier ones."""
    count = draw(st.integers(1, 8))
    return [
        Run(
            position=n,
            minutes=draw(st.integers(1, 120)),
            observation=draw(st.integers(0, 120)),
            start_after=tuple(draw(st.sets(st.integers(1, n - 1), max_size=3))) if n > 1 else (),
            gap=draw(st.integers(0, 60)),
        )
        for n in range(1, count + 1)
    ]


@given(recipes(), st.sets(st.integers(1, 8)))
def test_leaving_steps_out_never_makes_a_visit_longer_and_never_breaks_the_plan(runs, left_out):
    kept = without(runs, left_out)
    assert {run.position for run in kept} == {run.position for run in runs} - left_out
    assert chair_minutes(kept, 15, 10) <= chair_minutes(runs, 15, 10)


@given(recipes())
def test_no_step_starts_before_those_it_waits_for_have_ended(runs):
    times = run_times(runs)
    for run in runs:
        assert all(times[run.position].start >= times[before].end + run.gap for before in run.start_after)


@given(recipes(), st.integers(1, 60))
def test_a_longer_step_never_makes_a_visit_shorter(runs, more):
    slower = [replace(runs[0], minutes=runs[0].minutes + more), *runs[1:]]
    assert chair_minutes(slower, 15, 10) >= chair_minutes(runs, 15, 10)
