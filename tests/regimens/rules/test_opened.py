from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from regimens.rules.looking import is_due
from regimens.rules.needs import Stocked, reckon
from regimens.rules.opened import Step, opened_at
from tests.clock import EIGHT, MINUTE, NINE, NOON, SEVEN, TEN


def steps(*pairs):
    return [Step(at, Decimal(amount)) for at, amount in pairs]


def test_whole_vials_are_not_open():
    assert opened_at(steps((SEVEN, 100)), size=Decimal(50)) is None


def test_a_vial_is_open_since_the_first_dose_out_of_it():
    assert opened_at(steps((SEVEN, 100), (NINE, -10), (TEN, -10)), size=Decimal(50)) == NINE


def test_the_next_vial_is_opened_by_the_dose_that_empties_the_one_before():
    assert opened_at(steps((SEVEN, 100), (NINE, -40), (TEN, -20)), size=Decimal(50)) == TEN


def test_an_emptied_vial_leaves_none_open():
    assert opened_at(steps((SEVEN, 100), (NINE, -40), (TEN, -10)), size=Decimal(50)) is None


def test_a_dose_taken_back_closes_the_vial_it_had_opened():
    assert opened_at(steps((SEVEN, 100), (NINE, -40), (TEN, 40)), size=Decimal(50)) is None


def test_a_count_does_not_make_an_open_vial_younger():
    lines = [*steps((SEVEN, 150), (NINE, -10)), Step(NOON, Decimal(-60), corrects=True)]
    assert opened_at(lines, size=Decimal(50)) == NINE


@given(st.lists(st.integers(1, 60), max_size=12))
def test_a_vial_is_open_exactly_while_one_is_broken(doses):
    lines = steps((SEVEN, 1000), *((NINE + n * MINUTE, -dose) for n, dose in enumerate(doses)))
    left = 1000 - sum(doses)
    assert (opened_at(lines, size=Decimal(50)) is None) == (left % 50 == 0)


def test_a_look_is_due_before_the_first_of_the_day_and_again_after_a_shift():
    facts = {"day_began": SEVEN - 420 * MINUTE, "every": 480 * MINUTE}
    assert is_due(last=None, at=EIGHT, **facts)
    assert is_due(last=SEVEN - 540 * MINUTE, at=EIGHT, **facts)
    assert not is_due(last=SEVEN, at=SEVEN + 480 * MINUTE - MINUTE, **facts)
    assert is_due(last=SEVEN, at=SEVEN + 480 * MINUTE, **facts)


def stocked(there, *, size=100, least=None, full=None, name="a"):
    return Stocked(name, Decimal(size), Decimal(there), least, full)


def test_below_the_par_level_one_orders_up_to_full():
    [line] = reckon([stocked(500, least=4, full=10)], needed=Decimal(200))
    assert (line.left, line.order, line.short) == (300, 7, False)


def test_at_the_par_level_nothing_is_ordered():
    [line] = reckon([stocked(600, least=4, full=10)], needed=Decimal(200))
    assert line.order == 0


def test_without_a_par_level_only_what_is_missing_is_ordered_in_whole_vials():
    [line] = reckon([stocked(100)], needed=Decimal(350))
    assert (line.left, line.order, line.short) == (-250, 3, True)


def test_booked_visits_draw_from_what_there_is_most_of_and_what_is_missing_stays_with_it():
    big, small = reckon([stocked(100, name="small"), stocked(400, name="big")], needed=Decimal(600))
    assert (big.stocked.product, big.left) == ("big", -100)
    assert (small.stocked.product, small.left) == ("small", 0)


@given(st.lists(st.integers(0, 2000), min_size=1, max_size=4), st.integers(0, 5000))
def test_nothing_that_is_needed_is_lost_between_the_products(there, needed):
    lines = reckon([stocked(one) for one in there], needed=Decimal(needed))
    assert sum(line.needed for line in lines) == needed
    assert sum(max(line.left, 0) for line in lines) == max(sum(there) - needed, 0)
