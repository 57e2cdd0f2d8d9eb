"""Until when nobody drives."""

from tests.clock import NINE, TEN, at
from visits.rules.driving import Driving, Went, not_before


def test_each_restriction_counts_from_the_end_of_its_own_drug():
    went = [Went("ketamine", NINE, 24), Went("diphenhydramine", TEN, 8), Went("saline", at(11), 0)]
    assert (not_before(went).drug, not_before(went).hours) == ("ketamine", 24)


def test_nothing_restricting_and_not_known_are_two_things():
    assert not_before([Went("saline", NINE, 0)]) == Driving()
    unknown = not_before([Went("new drug", NINE, None), Went("ketamine", NINE, 24)])
    assert (unknown.drug, unknown.until) == ("new drug", None)
