from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regimens.rules.waste import CannotMakeDose, Container, best_vials, waste_left


def vials(dose, *sizes):
    return [str(size) for size in best_vials(dose=Decimal(dose), sizes=map(Decimal, sizes))]


@pytest.mark.parametrize(
    ("dose", "sizes", "opened"),
    [
        ("300", ["100", "400"], ["100", "100", "100"]),
        ("400", ["100", "400"], ["400"]),
        ("500", ["100", "400"], ["400", "100"]),
        ("350", ["100", "400"], ["400"]),  # as much left over as four small ones, and fewer to open
        ("0.75", ["1"], ["1"]),
        ("2.5", ["2.5", "5"], ["2.5"]),
        ("6", ["4", "3"], ["3", "3"]),
    ],
)
def test_least_left_over_then_fewest(dose, sizes, opened):
    assert vials(dose, *sizes) == opened


@pytest.mark.parametrize(("dose", "sizes"), [("1", []), ("1", ["0"]), ("0", ["1"]), ("1000000", ["0.001"])])
def test_no_choice_can_make_it(dose, sizes):
    with pytest.raises(CannotMakeDose):
        vials(dose, *sizes)


@given(st.integers(1, 30), st.sets(st.integers(1, 12), min_size=1, max_size=3))
def test_no_other_choice_leaves_less_or_opens_fewer(dose, sizes):
    chosen = best_vials(dose=Decimal(dose), sizes=map(Decimal, sizes))
    others = product(*(range(-(-dose // size) + 1) for size in sizes))
    made = [(sum(n * size for n, size in zip(counts, sizes, strict=True)), sum(counts)) for counts in others]
    assert (sum(chosen), len(chosen)) == min((total, count) for total, count in made if total >= dose)


def test_the_rest_of_a_single_dose_vial_is_waste_and_of_a_multi_dose_vial_is_stock():
    assert waste_left(dose=Decimal(5), opened=Decimal(10), container=Container.SINGLE) == 5
    assert waste_left(dose=Decimal(5), opened=Decimal(10), container=Container.MULTI) == 0


@pytest.mark.parametrize("container", Container)
def test_no_vial_gives_more_than_it_holds(container):
    with pytest.raises(CannotMakeDose, match="11"):
        waste_left(dose=Decimal(11), opened=Decimal(10), container=container)
