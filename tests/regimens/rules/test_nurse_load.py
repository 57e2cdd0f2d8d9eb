import pytest

from regimens.rules.nurse_load import load_of


@pytest.mark.parametrize(("patients", "load"), [(4, 3), (3, 4), (2, 6), (1, 12), (5, 3), (12, 1)])
def test_a_drug_loads_twelve_over_the_patients_a_nurse_may_have(patients, load):
    assert load_of([patients]) == load


def test_a_visit_loads_what_its_heaviest_drug_does():
    assert load_of([4, 2, 3]) == 6


def test_a_visit_without_a_drug_is_an_ordinary_one():
    assert load_of([]) == 3
