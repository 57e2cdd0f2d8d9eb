from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regimens.rules.dosing import (
    Dose,
    NothingToDraw,
    Usual,
    WeightNeeded,
    dosed_at,
    ordered_in,
    resolve,
    rounded,
    single_dose_limits,
    usual_dose,
)


def dose(amount, unit, *, kilos=None, limits=()):
    return resolve(
        drug="valproate sodium",
        dose=Decimal(amount),
        unit=unit,
        per_kg="/kg" in unit,
        weight_kg=Decimal(kilos) if kilos else None,
        limits=[None if limit is None else Decimal(limit) for limit in limits],
    )


@pytest.mark.parametrize(
    ("recipe", "unit", "kilos", "limits", "given_", "words"),
    [
        ("15", "mg/kg", "61.2", ["1000"], "918", "15 mg/kg x 61.2 kg = 918 mg"),
        ("15", "mg/kg", "80", ["1000"], "1000", "15 mg/kg x 80 kg = 1200 mg, capped at 1000 mg"),
        (
            "15",
            "mg/kg",
            "80",
            ["1500", None, "1000"],
            "1000",
            "15 mg/kg x 80 kg = 1200 mg, capped at 1000 mg",
        ),
        ("0.15", "mg/kg", "23.3", [], "3.5", "0.15 mg/kg x 23.3 kg = 3.5 mg"),
        ("0.15", "mg/kg", "23.7", [], "3.6", "0.15 mg/kg x 23.7 kg = 3.6 mg"),
        ("20", "mL/kg", "30.4", ["1000"], "608", "20 mL/kg x 30.4 kg = 608 mL"),
        ("20", "mL/kg", "30.33", [], "607", "20 mL/kg x 30.33 kg = 607 mL"),
        ("0.01", "mg/kg", "17.4", [], "0.17", "0.01 mg/kg x 17.4 kg = 0.17 mg"),
        ("1000", "mg", None, ["750"], "750", "1000 mg, capped at 750 mg"),
        ("30", "mg", None, ["30"], "30", ""),
        ("10", "mg", None, [], "10", ""),
    ],
)
def test_a_dose_and_how_it_came_about(recipe, unit, kilos, limits, given_, words):
    assert dose(recipe, unit, kilos=kilos, limits=limits) == Dose(Decimal(given_), unit.split("/")[0], words)


def test_without_a_weight_a_dose_per_kg_is_refused_at_the_weight():
    with pytest.raises(WeightNeeded, match="valproate sodium is dosed per kg") as no:
        dose("15", "mg/kg")
    assert no.value.field == "weight_kg"


def test_a_flat_dose_needs_no_weight():
    assert dose("10", "mg").amount == 10


ROW = {
    "adult_dose": {"unit": "mg", "max_single": 1000},
    "pediatric_dose": {"unit": "mg/kg", "max_single": 750},
}


@pytest.mark.parametrize(("age", "limits"), [(17, (1000, 750)), (18, (1000,)), (40, (1000,))])
def test_a_minor_is_held_to_the_paediatric_limit_too(age, limits):
    assert single_dose_limits(ROW, age_years=age, unit="mg") == limits


def test_a_limit_in_another_unit_does_not_bind_and_an_unknown_one_is_none():
    assert single_dose_limits(ROW, age_years=40, unit="mL") == ()
    assert (
        single_dose_limits({"adult_dose": {"unit": "mg", "max_single": None}}, age_years=40, unit="mg") == ()
    )
    assert single_dose_limits({}, age_years=9, unit="mg") == ()


kilos = st.decimals(min_value="2", max_value="300", places=1)
per_kg = st.decimals(min_value="0.01", max_value="40", places=2)


@given(per_kg, kilos, st.decimals(min_value="0.1", max_value="2000", places=1))
def test_no_dose_exceeds_its_limit_and_none_is_zero(recipe, weight, limit):
    found = dose(recipe, "mg/kg", kilos=weight, limits=[limit])
    assert 0 < found.amount <= limit


@given(st.decimals(min_value="0.02", max_value="5000", places=3))
def test_rounding_moves_a_dose_by_half_a_step_at_most(amount):
    step = Decimal("0.1") if amount >= 1 else Decimal("0.01")
    assert abs(rounded(amount, "mg") - amount) <= step / 2


@pytest.mark.parametrize(
    ("recipe", "kilos", "per_ml", "given_", "words"),
    [
        ("15", "61.2", "100", "920", "15 mg/kg x 61.2 kg = 918 mg, drawn up as 9.2 mL = 920 mg"),
        ("15", "60", "100", "900", "15 mg/kg x 60 kg = 900 mg"),
        ("0.5", "20.3", "30", "10.2", "0.5 mg/kg x 20.3 kg = 10.2 mg"),
        ("0.15", "23.3", "5", "3.5", "0.15 mg/kg x 23.3 kg = 3.5 mg"),
        ("5", "61.2", "20", "306", "5 mg/kg x 61.2 kg = 306 mg"),
        ("20", "70", "100", "1000", "20 mg/kg x 70 kg = 1400 mg, capped at 1000 mg"),
    ],
)
def test_a_dose_per_kg_is_rounded_to_what_can_be_drawn_up(recipe, kilos, per_ml, given_, words):
    found = resolve(
        drug="valproate sodium",
        dose=Decimal(recipe),
        unit="mg/kg",
        per_kg=True,
        weight_kg=Decimal(kilos),
        limits=[Decimal(1000)],
        per_ml=Decimal(per_ml),
    )
    assert found.amount == Decimal(given_)
    assert found.reckoning == words


def test_less_than_a_syringe_shows_is_refused():
    with pytest.raises(NothingToDraw, match="less than can be drawn up"):
        dose("0.0001", "mg/kg", kilos="3")


@pytest.mark.parametrize(
    ("age", "usual"),
    [
        (40, Usual(Decimal(1000), "mg")),
        (9, Usual(Decimal(15), "mg/kg", Decimal(750))),
    ],
)
def test_the_usual_dose_is_the_childs_for_a_child(age, usual):
    row = {
        "adult_dose": {"usual": 1000, "unit": "mg"},
        "pediatric_dose": {"per_kg": 15, "unit": "mg/kg", "max_single": 750},
    }
    assert usual_dose(row, age_years=age) == usual


def test_what_a_row_does_not_say_is_not_guessed():
    assert usual_dose({}, age_years=40) == Usual(None, "mg")
    assert (ordered_in({}), ordered_in({"adult_dose": {"unit": "mg/kg"}})) == ("", "mg")


BY_WEIGHT = {"pediatric_dose": {"supported": True, "min_age_years": 6, "per_kg": 0.5}}
BY_AGE = {"pediatric_dose": {"supported": True, "min_age_years": 6, "per_kg": None}}


@pytest.mark.parametrize(
    ("row", "age", "per_kg", "dosed"),
    [
        ({}, 18, False, True),
        ({}, 17, True, False),
        ({"pediatric_dose": {"supported": False, "min_age_years": 16}}, 17, True, False),
        (BY_WEIGHT, 6, True, True),
        (BY_WEIGHT, 5, True, False),
        (BY_WEIGHT, 6, False, False),
        (BY_AGE, 6, False, True),
        (BY_AGE, 5, False, False),
    ],
)
def test_an_adults_dose_is_none_for_a_child(row, age, per_kg, dosed):
    assert dosed_at(row, age_years=age, per_kg=per_kg) is dosed
