"""Fewest vials that give the dose; nothing appears or disappears between shelf and arm."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from visits.rules import drawing
from visits.rules.drawing import NotEnough, Shelf


def shelf(lot, size, vials, single=True):
    return Shelf(lot, Decimal(size), Decimal(size) * Decimal(vials), single)


def drawn(dose, *shelves):
    return [(d.lot, d.vials, d.given, d.wasted) for d in drawing.draw(dose=Decimal(dose), shelves=shelves)]


def test_the_rest_of_a_single_dose_vial_is_waste():
    assert drawn(2000, shelf(1, 5000, 3)) == [(1, 1, 2000, 3000)]


def test_a_multi_dose_vial_leaves_no_waste():
    assert drawn(10, shelf(1, 50, 1, single=False)) == [(1, Decimal("0.2"), 10, 0)]


def test_the_second_lot_gives_what_the_first_cannot():
    assert drawn(30, shelf(1, 15, 1), shelf(2, 15, 5)) == [(1, 1, 15, 0), (2, 1, 15, 0)]


def test_sizes_are_mixed_for_the_least_waste():
    assert sorted(drawn(500, shelf(1, 100, 9), shelf(2, 400, 9))) == [(1, 1, 100, 0), (2, 1, 400, 0)]


def test_a_lot_that_is_not_needed_is_not_opened():
    assert drawn(10, shelf(1, 10, 1), shelf(2, 10, 1)) == [(1, 1, 10, 0)]


@pytest.mark.parametrize("shelves", [[], [shelf(1, 10, 2)]])
def test_too_little_is_refused_at_the_lots(shelves):
    with pytest.raises(NotEnough) as no:
        drawing.draw(dose=Decimal(30), shelves=shelves)
    assert no.value.field == "lots"


def test_less_given_is_shared_between_the_lots_and_the_rest_is_waste():
    whole = drawing.draw(dose=Decimal(30), shelves=[shelf(1, 15, 1), shelf(2, 15, 5)])
    part = drawing.less(whole, given=Decimal(10))
    assert [(d.lot, d.vials, d.given, d.wasted) for d in part] == [(1, 1, 5, 10), (2, 1, 5, 10)]


def test_an_amount_too_small_to_share_is_refused():
    whole = drawing.draw(dose=Decimal(30), shelves=[shelf(1, 15, 1), shelf(2, 15, 5)])
    with pytest.raises(NotEnough):
        drawing.less(whole, given=Decimal("0.001"))


amounts = some.decimals(min_value="0.001", max_value=400, places=3)
shelves = some.lists(
    some.builds(
        lambda size, vials, single: (size, vials, single),
        some.sampled_from([5, 10, 15, 50, 100]),
        some.integers(min_value=1, max_value=4),
        some.booleans(),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=150, deadline=None)
@given(dose=amounts, kinds=shelves, part=some.decimals(min_value="0.01", max_value=1, places=2))
def test_shelf_and_arm_agree_to_the_microgram(dose, kinds, part):
    stock = [shelf(n, *kind) for n, kind in enumerate(kinds)]
    try:
        draws = drawing.draw(dose=dose, shelves=stock)
    except NotEnough:
        return
    by_lot = {s.lot: s for s in stock}
    assert sum(d.given for d in draws) == dose
    for d in draws:
        assert d.given > 0
        assert d.given + d.wasted <= by_lot[d.lot].on_hand
        if by_lot[d.lot].single:
            assert d.given + d.wasted == d.vials * by_lot[d.lot].size
        else:
            assert d.wasted == 0
    try:
        reduced = drawing.less(draws, given=(dose * part).quantize(Decimal("0.001")))
    except NotEnough:
        return
    assert [d.given + d.wasted for d in reduced] == [d.given + d.wasted for d in draws]
