"""The arithmetic behind the benchmarks, and that what they seed is possible. Nothing here is timed."""

import math
import random
from collections import defaultdict
from dataclasses import replace

import pytest

from benchmarks import report
from benchmarks.figures import Figure, Timing, best, mean, percentile, ratio, timing
from benchmarks.seating import model, optimum, replaying
from benchmarks.seed import days, names
from visits.rules import slots
from visits.states import HOLDS_CHAIR

CHAIRS = 12


@pytest.mark.parametrize(("share", "value"), [(50, 50), (95, 95), (100, 100), (1, 1)])
def test_a_percentile_is_a_value_that_was_measured(share, value):
    shuffled = random.Random(1).sample(range(1, 101), 100)
    assert percentile(shuffled, share) == value


def test_a_percentile_of_one_value_is_that_value():
    assert timing([7.0]) == Timing(7.0, 7.0, 7.0)


def test_there_is_no_percentile_of_nothing():
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 50)


def test_the_best_of_rounds_is_the_least_of_each():
    assert best([Timing(2, 9, 1), Timing(3, 5, 2), Timing(4, 7, 0.5)]) == Timing(2, 5, 0.5)


def test_a_ratio_says_how_many_times_the_partner():
    assert ratio(6, 0.3) == pytest.approx(20)
    with pytest.raises(ValueError, match="above zero"):
        ratio(6, 0)


@pytest.mark.parametrize(
    ("value", "verdict"), [(20, "met"), (25, "missed, within the noise"), (25.1, "missed")]
)
def test_a_goal_is_met_up_to_its_edge(value, verdict):
    assert Figure("book", "p50", value, "x", at_most=20).verdict == verdict


@pytest.mark.parametrize(("value", "verdict"), [(0.97, "met"), (0.969, "missed, within its interval")])
def test_a_goal_may_be_a_floor(value, verdict):
    figure = Figure("seating", "seated / optimum", value, "", at_least=0.97, give_or_take=0.011)
    assert figure.verdict == verdict
    assert report.line(figure).split()[3:5] == [f"{value:.3f}", "±0.011"]


def test_a_mean_comes_with_its_interval():
    assert mean([1, 2, 3]) == (2, pytest.approx(1.96 / 3**0.5))
    assert mean([1])[1] == math.inf


@pytest.mark.parametrize(("value", "verdict"), [(0.966, "missed, within its interval"), (0.958, "missed")])
def test_a_mean_is_as_sure_as_its_interval(value, verdict):
    figure = Figure("seating", "seated", value, "", at_least=0.97, give_or_take=0.011)
    assert figure.verdict == verdict


def test_milliseconds_have_no_noise_to_excuse_them():
    assert Figure("board", "page, p95", 101, "ms", at_most=100).verdict == "missed"


def test_a_figure_without_a_goal_has_no_verdict():
    assert report.line(Figure("book", "p50", 3.14159, "ms")).split() == ["p50", "3.14", "ms"]


def test_the_report_says_in_words_which_goal_was_missed():
    assert report.line(Figure("race", "over-booked", 1, "", 0)).endswith("goal <= 0: missed")


@pytest.mark.parametrize("visits", [60, 300])
@pytest.mark.parametrize("plan", [days.past, days.running])
def test_a_planned_day_has_its_visits_and_nobody_sits_on_anybody(plan, visits):
    planned = list(plan(random.Random(3), visits, CHAIRS))
    assert len(planned) == visits
    assert clashes(planned) == []


def test_a_half_booked_day_leaves_every_chair_free_for_the_last_start():
    planned = list(days.half_booked(random.Random(3), CHAIRS))
    assert clashes(planned) == []
    assert max(one.start + one.minutes + one.turnover for one in planned) <= days.LAST_START
    assert len(days.free_starts(CHAIRS)) == CHAIRS


def test_one_chair_is_left_where_the_last_chair_is_raced_for():
    there = [one for one in days.last_chair(CHAIRS) if one.start <= days.LAST_PLACE < one.start + one.minutes]
    assert len({one.chair for one in there}) == CHAIRS - 1


def test_one_visit_is_left_to_the_nurses_where_they_are_raced_for():
    free = 4 * 12 - sum(one.load for one in days.last_nurse(CHAIRS))
    assert 3 <= free < 6


def test_a_misspelt_name_has_the_same_letters_and_the_same_beginning():
    wrong = names.misspelt(random.Random(4), "johnson")
    assert sorted(wrong) == sorted("johnson")
    assert wrong[0] == "j"


class TestInventedDays:
    """What the seating row counts: the same days every time, an optimum that is one, nobody overlooked."""

    CENTER = model.Center(3, 2)

    def test_a_day_is_the_same_every_time_and_another_day_another(self):
        assert model.day(self.CENTER, 1.1, 1) == model.day(self.CENTER, 1.1, 1)
        assert model.day(self.CENTER, 1.1, 1) != model.day(self.CENTER, 1.1, 2)

    def test_everybody_who_calls_could_be_treated_on_an_empty_day(self):
        for call in model.day(self.CENTER, 1.3, 1).calls:
            assert call.wish.earliest >= call.called
            assert call.wish.earliest + call.minutes <= call.wish.latest_end <= model.CLOSES

    @pytest.mark.parametrize("seed", range(4))
    def test_hindsight_seats_at_least_as_many_and_no_refused_caller_had_a_start(self, seed):
        day = model.day(self.CENTER, 1.1, seed)
        floor = replaying.booked(self.CENTER, day.series, replaying.as_asked)
        served = replaying.served(day, floor)
        assert len(served.seated) + len(served.refused) == len(day.calls)
        assert optimum.most_seated(floor, day.calls, served.seated) >= len(served.seated)
        assert not any(optimum.start_exists(there, call) for call, there in served.refused)

    def test_the_optimum_of_a_small_day_is_what_anybody_can_count(self):
        """One chair, from 8 to 10: a push of 15 minutes and its turnover take half an hour, so four."""
        floor = slots.Floor(480, 600, 1, ((480, 615),))
        hour, push = (model.Call(450, slots.Wish(480, 600, minutes, 1)) for minutes in (60, 15))
        calls = [hour, *(replace(push, called=450 + n) for n in range(4))]
        assert optimum.most_seated(floor, calls, []) == 4
        assert optimum.start_exists(floor, hour)
        held = replace(floor, stays=(slots.Stay(510, 570, 585, 1),))
        assert not optimum.start_exists(held, hour)
        assert optimum.start_exists(held, push)


def clashes(planned):
    """Pairs that the database would refuse: two who hold one chair at one time."""
    by_chair = defaultdict(list)
    for one in planned:
        if one.status in HOLDS_CHAIR:
            by_chair[one.chair].append(one)
    for rows in by_chair.values():
        rows.sort(key=lambda one: one.start)
    pairs = [pair for rows in by_chair.values() for pair in zip(rows, rows[1:], strict=False)]
    return [(one, two) for one, two in pairs if one.start + one.minutes + one.turnover > two.start]
