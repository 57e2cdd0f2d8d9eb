"""Chairs for intervals: a way is found whenever there is one."""

from hypothesis import given, settings
from hypothesis import strategies as st

from visits.rules.colouring import Seat, Sitting, colour, free_seat, put

SEATS = [Seat(key, "recliner", dim=key == 3) for key in (1, 2, 3)]


def sitting(key, start, until, chair=None, **facts):
    return Sitting(key, start, until, facts.pop("kind", "recliner"), chair, **facts)


def test_a_free_chair_is_taken_without_moving_anybody():
    assert free_seat(sitting(0, 60, 120), [sitting(1, 0, 60, 1), sitting(2, 0, 90, 2)], SEATS[:2]) == 1


def test_the_chair_that_was_left_last_is_filled_so_that_long_gaps_stay():
    assert free_seat(sitting(0, 60, 90), [sitting(1, 0, 20, 1), sitting(2, 0, 55, 2)], SEATS[:2]) == 2


def test_the_dim_chair_is_kept_for_those_who_need_it():
    assert free_seat(sitting(0, 60, 90), [], SEATS) == 1
    assert free_seat(sitting(0, 60, 90, dim=True), [], SEATS) == 3


def test_another_kind_of_chair_does_not_count():
    assert free_seat(sitting(0, 0, 10, kind="bed"), [], SEATS) is None


def test_a_booked_patient_changes_chairs_so_that_a_long_visit_fits():
    # One chair is free before noon, the other after: only swapping makes room for a whole day.
    others = [sitting(1, 0, 60, 1), sitting(2, 60, 120, 2)]
    assert free_seat(sitting(0, 0, 120), others, SEATS[:2]) is None
    found = colour([*others, sitting(0, 0, 120)], SEATS[:2])
    assert found[1] == found[2] != found[0]


def test_a_named_chair_that_is_free_moves_nobody():
    assert put(sitting(0, 0, 60, 2), [sitting(1, 0, 60, 1), sitting(2, 60, 90, 2)], SEATS[:2]) == {}


def test_a_named_chair_is_made_free_by_who_may_change_theirs():
    there = [sitting(1, 0, 60, 1)]
    assert put(sitting(0, 30, 90, 1), there, SEATS[:2]) == {1: 2}
    assert put(sitting(0, 30, 90, 1), there, SEATS[:1]) is None


def test_a_named_chair_is_not_taken_from_who_sits_there():
    assert put(sitting(0, 30, 90, 1), [sitting(1, 0, 60, 1, fixed=True)], SEATS) is None


def test_who_is_seated_stays_and_the_others_go_around():
    others = [sitting(1, 0, 60, 1, fixed=True), sitting(2, 60, 120, 2, fixed=True)]
    assert colour([*others, sitting(0, 0, 120)], SEATS[:2]) is None
    assert colour([*others, sitting(0, 60, 120)], SEATS[:2]) == {0: 1}


def test_a_fixed_chair_later_in_the_day_makes_the_search_step_back():
    # The first may not take chair 1 if the second, longer one is to fit before the fixed one.
    fixed = sitting(9, 60, 120, 2, fixed=True)
    found = colour([fixed, sitting(1, 0, 60, 1), sitting(2, 10, 90, None)], SEATS[:2])
    assert found == {1: 2, 2: 1}


stays = st.lists(st.tuples(st.integers(0, 90), st.integers(5, 40)), max_size=12)


@given(stays)
@settings(max_examples=150, deadline=None)
def test_as_many_chairs_as_overlap_are_enough_and_one_fewer_is_not(found):
    sittings = [sitting(n, start, start + minutes) for n, (start, minutes) in enumerate(found)]
    most = max((sum(s.start <= m < s.until for s in sittings) for m in range(140)), default=0)
    seats = [Seat(n, "recliner") for n in range(most)]
    coloured = colour(sittings, seats)
    assert coloured is not None
    for one in sittings:
        for other in sittings:
            if one.key < other.key and one.start < other.until and other.start < one.until:
                assert coloured[one.key] != coloured[other.key]
    if most:
        assert colour(sittings, seats[:-1]) is None
