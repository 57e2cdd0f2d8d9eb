import pytest

from regimens.rules.sequence import moved, removed, waits, words


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([], []),
        (["after"], [()]),
        (["alongside"], [()]),
        (["after", "after", "after"], [(), (1,), (2,)]),
        (["after", "alongside", "after"], [(), (), (2,)]),
        (["after", "after", "alongside"], [(), (1,), (1,)]),
        (["after", "after", "first"], [(), (1,), ()]),
        (["after", "after", "alongside", "alongside"], [(), (1,), (1,), (1,)]),
    ],
)
def test_words_become_positions_to_wait_for(said, expected):
    assert waits(said) == expected


@pytest.mark.parametrize(
    ("placed", "expected"),
    [
        ([(1, []), (2, []), (3, [2]), (4, [3])], ["after", "alongside", "after", "after"]),
        ([(1, []), (2, [1]), (3, [])], ["after", "after", "first"]),
        ([(1, []), (2, []), (4, [2]), (5, [4])], ["after", "alongside", "after", "after"]),
        ([(1, []), (2, [1]), (3, [1])], ["after", "after", "alongside"]),
        ([(1, []), (2, [1]), (3, [1, 2])], ["after", "after", "after"]),
    ],
)
def test_positions_become_words_again(placed, expected):
    assert words(placed) == expected


def line(*places):
    return [
        {"drug": f"d{n}", "starts": starts, "gap_minutes": str(n)} for n, starts in enumerate(places, start=1)
    ]


def test_who_follows_a_removed_step_begins_where_it_began():
    left = removed(line("after", "alongside", "after", "after"), 1)
    assert [(row["drug"], row["starts"]) for row in left] == [
        ("d1", "after"),
        ("d3", "alongside"),
        ("d4", "after"),
    ]


def test_drugs_change_places_and_the_line_keeps_its_shape():
    left = moved(line("after", "alongside", "after"), 1, -1)
    assert [(row["drug"], row["starts"], row["gap_minutes"]) for row in left] == [
        ("d2", "after", "1"),
        ("d1", "alongside", "2"),
        ("d3", "after", "3"),
    ]


@pytest.mark.parametrize(("index", "by"), [(0, -1), (2, 1), (-1, 1), (9, -1)])
def test_nothing_moves_past_the_ends(index, by):
    rows = line("after", "after", "after")
    assert moved(rows, index, by) == rows
    assert removed(rows, 7) == removed(rows, -1) == rows
