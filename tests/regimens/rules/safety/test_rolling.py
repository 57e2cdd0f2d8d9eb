"""What is left of a rolling limit is what the engine lets pass: shown by asking both."""

from datetime import timedelta
from decimal import Decimal

import pytest

from infusion_center.contracts.order import book_in_use
from regimens.rules.safety import rolling
from regimens.rules.safety.case import Case, Dose, Line, Patient
from regimens.rules.safety.engine import judge
from tests.regimens.rules.safety.asked import NOW

HEALTHY = Patient(age_years=34, sex_at_birth="male", weight_kg=Decimal(80))


def patient(*doses, visits=(), **facts):
    """`doses`: (drug, amount, hours ago)."""
    given = tuple(Dose(drug, Decimal(str(amount)), NOW - timedelta(hours=ago)) for drug, amount, ago in doses)
    visits = tuple(NOW - timedelta(hours=ago) for ago in visits)
    return Patient(**{**vars(HEALTHY), "given": given, "rescue_visits": visits, **facts})


def used(who, subject, unit, hours, drugs=("ketorolac", "dihydroergotamine", "dexamethasone")):
    book = book_in_use()
    rows = rolling.used_up(who, book, {*drugs, *(dose.drug for dose in who.given)}, at=NOW)
    return next(one for one in rows if (one.subject, one.unit, one.hours) == (subject, unit, hours))


def says(who, drug, amount, *, rule=""):
    """Whether the engine minds one more dose now, on account of a limit."""
    line = Line(drug, Decimal(str(amount)), "iv_push", NOW, minutes=Decimal(5), volume_ml=Decimal(10))
    found = judge(Case("order", "rescue", NOW, who, (line,)), book_in_use()).findings
    return any(rule in one.rule for one in found)


@pytest.mark.parametrize("before", [0, 1, 2, 4, 5, 6])
def test_ketorolac_days_in_a_row(before):
    who = patient(*[("ketorolac", 15, 24 * ago + 1) for ago in range(1, before + 1)])
    found = used(who, "ketorolac", "days", 0)
    assert found.used == before and found.limit == 5
    assert says(who, "ketorolac", 15, rule="ketorolac_5_days") is (found.left == 0)


def test_a_second_dose_today_is_no_further_day():
    who = patient(("ketorolac", 15, 8), ("ketorolac", 15, 25))
    assert used(who, "ketorolac", "days", 0).used == 2


@pytest.mark.parametrize("mg", [0, 3, 5, 5.5, 6])
def test_dihydroergotamine_this_week(mg):
    who = patient(*[("dihydroergotamine", mg / 4, 24 * ago) for ago in (2, 3, 4, 6)] if mg else [])
    found = used(who, "dihydroergotamine", "mg", 168)
    assert (found.used, found.limit) == (Decimal(str(mg)), 6)
    assert says(who, "dihydroergotamine", 0.5, rule="dhe_weekly_max") is (found.left < Decimal("0.5"))


@pytest.mark.parametrize("courses", [0, 1, 5, 6, 7])
def test_steroid_courses_count_across_drugs(courses):
    drugs = ["dexamethasone", "methylprednisolone"]
    who = patient(*[(drugs[n % 2], 10, 24 * (40 + 30 * n)) for n in range(courses)])
    found = used(who, "steroids", "courses", 8760)
    assert (found.used, found.limit) == (courses, 6)
    assert says(who, "dexamethasone", 10, rule="steroid_yearly") is (found.left == 0)


@pytest.mark.parametrize("visits", [(), (30,), (30, 60), (30, 60, 90)])
def test_rescue_visits_this_week(visits):
    who = patient(visits=visits)
    found = used(who, "rescue visits", "visits", 168)
    assert (found.used, found.limit) == (len(visits), 2)
    assert says(who, "ketorolac", 15, rule="rescue_infusion_frequency") is (found.left == 0)


def test_the_limit_of_an_older_patient_is_the_lower_one():
    found = used(patient(age_years=70), "ketorolac", "mg", 24)
    assert found.limit == 60
    assert used(patient(), "ketorolac", "mg", 24).limit == 120


def test_an_interval_says_from_when():
    who = patient(("ketorolac", 15, 2), ("eptinezumab", 100, 24 * 80))
    waits = {wait.subject: wait for wait in rolling.waits(who, book_in_use(), at=NOW)}
    assert waits["ketorolac"].free_at == NOW + timedelta(hours=4)
    assert waits["eptinezumab"].free_at.date() == (NOW + timedelta(days=4)).date()
    assert rolling.waits(patient(("ketorolac", 15, 6)), book_in_use(), at=NOW) == []


@pytest.mark.parametrize(
    ("when", "found"),
    [
        ("amount(168) > 6", [("amount", 168, 6)]),
        ("consecutive_days() > 5", [("consecutive_days", 0, 5)]),
        (
            "rescue_visits(7) + 1 > 2 or rescue_visits(30) + 1 > 4",
            [("rescue_visits", 7, 2), ("rescue_visits", 30, 4)],
        ),
        ("days_since_last() < 84", []),
        ("amount(24) > 4000 and weight_kg < 50", []),
        ("taken_at_home('acetaminophen_containing', 24) and amount(24) > 4000", []),
    ],
)
def test_only_plain_limits_are_read_off_a_rule(when, found):
    assert rolling.thresholds(when) == found
