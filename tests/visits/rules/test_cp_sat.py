"""Who moves, and how little: each way that is found is possible, and none is missed that exists."""

from functools import partial
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visits.rules import cp_sat
from visits.rules.retiming import Fixed, Puzzle, Stop, window

solve = partial(cp_sat.solve, seconds=60)  # however busy the machine is

OPEN, NINE, TEN, ELEVEN, NOON, CLOSE = 480, 540, 600, 660, 720, 1020
NURSES = ((OPEN, CLOSE),) * 3


def new(earliest=NINE, latest=NINE, minutes=60, load=3, kind="recliner"):
    return Stop(0, earliest, latest, minutes, load, kind)


def booked(key, promised, minutes=60, around=60, load=3, kind="recliner"):
    return Stop(key, promised - around, promised + around, minutes, load, kind, promised)


def puzzle(wants, *movable, fixed=(), chairs=1, nurses=NURSES, breaks=()):
    kinds = {"recliner": chairs, "bed": 1}
    return Puzzle(wants, movable, tuple(fixed), kinds, nurses, tuple(breaks), 12, 15, 15)


def test_nobody_moves_where_there_is_room():
    assert solve(puzzle(new(latest=TEN))).way.moves == {}


def test_who_is_in_the_way_moves_no_further_than_needed():
    way = solve(puzzle(new(), booked(1, NINE + 30))).way
    assert (way.start, way.moves) == (NINE, {1: TEN + 15})


def test_one_who_moves_far_is_one_call_less_than_two_who_move_little():
    one, two = booked(1, NINE + 15), booked(2, NINE + 15)
    way = solve(puzzle(new(minutes=45), one, two, chairs=2)).way
    assert len(way.moves) == 1


def test_the_new_visit_starts_as_early_as_moving_so_few_allows():
    assert solve(puzzle(new(latest=NOON), booked(1, TEN, around=0))).way.start == TEN + 75


def test_nobody_moves_out_of_the_window():
    found = solve(puzzle(new(), booked(1, NINE + 10, around=60)))
    assert (found.way, found.proved) == (None, True)


def test_who_is_fixed_stays():
    assert solve(puzzle(new(), fixed=[Fixed(NINE, TEN, 3, "recliner")])).way is None
    assert solve(puzzle(new(), fixed=[Fixed(NINE + 15, TEN, 3, None)])).way is not None


def test_another_kind_of_chair_can_be_freed_of_a_nurse():
    heavy = booked(1, NINE, load=12, kind="bed")
    way = solve(puzzle(new(), heavy, nurses=((OPEN, CLOSE),))).way
    assert (way.start, abs(way.moves[1] - NINE)) == (NINE, 60)


def test_a_break_takes_a_nurse_away():
    assert solve(puzzle(new(), nurses=((OPEN, CLOSE),), breaks=((NINE + 30, TEN),))).way is None


def test_a_day_that_is_too_full_already_still_has_a_way_elsewhere():
    crowd = [Fixed(NOON, NOON + 60, 12, None)] * 4
    both = booked(1, NOON, around=0), booked(2, NINE + 30)
    assert solve(puzzle(new(), *both, fixed=crowd)).way.moves == {2: TEN + 15}


@pytest.mark.parametrize(
    ("facts", "expected", "because"),
    [
        ({}, (NINE, ELEVEN), "an hour to either side"),
        ({"may_move": 0}, None, "the site moves nobody"),
        ({"now": NINE + 1}, None, "due within the hour: on the way"),
        ({"now": OPEN + 15}, (NINE + 15, ELEVEN), "not into the next hour"),
        ({"opens": NINE + 30}, (NINE + 30, ELEVEN), "not before opening"),
        ({"ends_by": ELEVEN + 30}, (NINE, TEN + 30), "home in time"),
        ({"ends_by": ELEVEN - 1}, None, "too late already"),
    ],
)
def test_how_far_a_promise_may_move(facts, expected, because):
    usual = {"minutes": 60, "may_move": 60, "now": OPEN - 60, "opens": OPEN, "ends_by": CLOSE}
    assert window(TEN, **(usual | facts)) == expected, because


stops = st.lists(
    st.tuples(st.integers(0, 8), st.sampled_from([15, 30, 60]), st.sampled_from([3, 6, 12])), max_size=3
)


@given(stops, st.integers(1, 2), st.integers(1, 2))
@settings(max_examples=60, deadline=None)
def test_a_way_is_found_exactly_where_trying_everything_finds_one(found, chairs, team):
    """Starts on quarters, windows of a quarter to either side: few enough to try them all."""
    quarters = range(OPEN - 15, OPEN + 9 * 15 + 1, 15)
    movable = [
        Stop(key, OPEN + q * 15 - 15, OPEN + q * 15 + 15, minutes, load, "recliner", OPEN + q * 15)
        for key, (q, minutes, load) in enumerate(found, start=1)
    ]
    wants = Stop(0, OPEN, OPEN + 60, 45, 3, "recliner")
    asked = Puzzle(wants, tuple(movable), (), {"recliner": chairs}, ((0, CLOSE),) * team, (), 12, 15, 15, 15)
    everybody = [wants, *movable]
    tried = product(*([q for q in quarters if s.earliest <= q <= s.latest] for s in everybody))
    possible = any(_fits(asked, dict(zip(everybody, starts, strict=True))) for starts in tried)
    overfull = not _fits(asked, {stop: stop.promised for stop in movable})
    way = solve(asked).way
    if not overfull:
        assert (way is not None) == possible
    if way is not None and not overfull:
        starts = {s: way.start if s is wants else way.moves.get(s.key, s.promised) for s in everybody}
        assert _fits(asked, starts)


def _fits(asked, starts):
    for minute in range(OPEN - 15, OPEN + 300, 5):
        here = [s for s, at in starts.items() if at <= minute < at + s.minutes + 15]
        sitting = [s for s, at in starts.items() if at <= minute < at + s.minutes]
        begun = [s for s, at in starts.items() if at <= minute < at + 15]
        team = len(asked.nurses)
        if (
            len(here) > asked.chairs["recliner"]
            or len(begun) > team
            or sum(s.load for s in sitting) > team * 12
        ):
            return False
    return True
