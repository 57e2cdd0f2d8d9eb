from decimal import Decimal

import pytest

from patients.rules.clearance import CannotCompute, cockcroft_gault


def clearance(creatinine="1.0", age=40, weight="72", sex="male"):
    return cockcroft_gault(
        creatinine_mg_dl=Decimal(creatinine),
        age_years=age,
        weight_kg=Decimal(weight) if weight else None,
        sex_at_birth=sex,
    )


# (140 - age) x kg / (72 x creatinine), x 0.85 for a woman; by hand
@pytest.mark.parametrize(
    ("creatinine", "age", "weight", "sex", "ml_min"),
    [
        ("1.0", 40, "72", "male", "100"),
        ("1.0", 40, "72", "female", "85"),
        ("0.8", 42, "70", "female", "101"),  # 98 x 70 / 57.6 = 119.1, x 0.85 = 101.2
        ("2.4", 80, "60", "male", "21"),  # 60 x 60 / 172.8 = 20.8
        ("1.1", 67, "82", "female", "64"),  # 73 x 82 / 79.2 = 75.6, x 0.85 = 64.2
        ("0.9", 18, "50", "male", "94"),
    ],
)
def test_the_formula_by_hand(creatinine, age, weight, sex, ml_min):
    assert clearance(creatinine, age, weight, sex) == Decimal(ml_min)


@pytest.mark.parametrize(
    ("unknown", "sentence"),
    [
        ({"weight": None}, "no weight of the last 30 days"),
        ({"sex": "unknown"}, "the sex at birth is not known"),
        ({"age": 17}, "under 18 years"),
        ({"age": 140}, "check the birth date"),
        ({"creatinine": "0"}, "creatinine is zero"),
    ],
)
def test_what_is_not_known_is_said_and_never_guessed(unknown, sentence):
    with pytest.raises(CannotCompute, match=sentence):
        clearance(**unknown)
