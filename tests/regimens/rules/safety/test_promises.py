"""What holds for every case: a worry more never calms, a fact less never allows, order never matters."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infusion_center.contracts.order import book_in_use, read_case
from regimens.rules.safety.engine import judge
from tests.regimens.rules.safety.asked import (
    DOSE,
    EVERYTHING_ON,
    NOW,
    WEIGHT,
    a,
    ago,
    answer,
    asking,
    had,
    pregnant,
    took,
    verdict,
    woman,
)

BOOK = book_in_use()
CHICAGO = ZoneInfo("America/Chicago")
CHECKED = settings(max_examples=40, deadline=None)

drugs = st.sampled_from(sorted(DOSE))
conditions = st.sampled_from(sorted(tag.id for tag in BOOK.tags.values() if not tag.computed))
allergies = st.sampled_from(sorted({*BOOK.allergy_groups, *BOOK.drugs}))
hours = st.integers(0, 400)
lines = st.builds(
    lambda drug, product, method: a(drug, product=product, method=method),
    drugs,
    st.sampled_from([None, {"allergens": []}, {"allergens": ["sulfite", "egg"]}]),
    st.sampled_from(["iv_infusion", "iv_push", "im"]),
)
home = st.builds(
    lambda name, active, hours, unknown: took(
        sorted(BOOK.members[name])[0], name, active=active, unknown=unknown, hours=hours
    ),
    st.sampled_from(sorted(BOOK.members)),
    st.booleans(),
    hours,
    st.booleans(),
)
doses = st.builds(
    lambda drug, hours, where: had(drug, hours=hours, where=where),
    drugs,
    hours,
    st.sampled_from(["clinic", "home"]),
)
whom = st.sampled_from(
    [
        {},
        woman(),
        woman("unknown"),
        woman(hcg=ago(hours=3), contraception=None),
        pregnant(24),
        pregnant(),
        {"age_years": 67},
        {"age_years": 15, "weight_kg": 50},
        {"weight_kg": None},
        {"ecg": None, "labs": None},
        {"driver": None},
    ]
)
cases = st.builds(
    lambda lines, sick, allergic, medicines, doses, whom, moment: asking(
        *lines,
        moment=moment,
        conditions=sick,
        allergies=allergic,
        home_medications=medicines,
        given=doses,
        **whom,
    ),
    st.lists(lines, min_size=1, max_size=4),
    st.lists(conditions, max_size=4),
    st.lists(allergies, max_size=2),
    st.lists(home, max_size=4),
    st.lists(doses, max_size=4),
    whom,
    st.sampled_from(["order", "check_in", "start"]),
)


def weight(case):
    return WEIGHT[verdict(case)]


def changed(case, **patient):
    return case | {"patient": case["patient"] | patient}


def found(case):
    return {(one["rule"], one["severity"], one["drug"]) for one in answer(case)["findings"]}


@CHECKED
@given(cases, allergies)
def test_an_allergy_never_lowers_a_verdict_and_hides_no_finding(case, allergy):
    more = changed(case, allergies=[*case["patient"]["allergies"], allergy])
    assert weight(more) >= weight(case)
    assert {rule for rule, _, _ in found(case)} <= {rule for rule, _, _ in found(more)}


@CHECKED
@given(cases, allergies)
def test_an_allergy_is_said_whatever_else_is_wrong(case, allergy):
    """An allergy that matters for one drug alone still matters among others."""
    for line in case["orders"]:
        alone = asking(line, conditions=[])
        worry = found(changed(alone, allergies=[allergy])) - found(alone)
        here = {rule for rule, _, _ in found(changed(case, allergies=[allergy], conditions=[]))}
        assert {rule for rule, _, _ in worry} <= here


@CHECKED
@given(cases, conditions)
def test_a_condition_never_lowers_a_verdict(case, condition):
    more = changed(case, conditions=[*case["patient"]["conditions"], condition])
    assert weight(more) >= weight(case)


@CHECKED
@given(cases, st.sampled_from(["conditions", "allergies", "home_medications", "driver", "pregnancy"]))
def test_a_fact_nobody_asked_about_never_allows_what_was_blocked(case, fact):
    if verdict(case) == "block":
        assert weight(changed(case, **{fact: None})) >= min(WEIGHT["warn"], weight(case))


@CHECKED
@given(cases)
def test_an_unknown_time_never_allows_what_was_blocked(case):
    blurred = [entry | {"last_taken_at": None} for entry in case["patient"]["home_medications"]]
    assert weight(changed(case, home_medications=blurred)) >= weight(case)


@pytest.mark.parametrize(
    ("case", "fact"),
    [
        (asking("dihydroergotamine", **woman(hcg=ago(hours=1))), {"pregnancy": None}),
        (asking("ketorolac", **pregnant(31)), {"pregnancy": None}),
        (asking("ketorolac", **pregnant(31)), pregnant()),
        (asking(a("ketorolac", 30), weight_kg=45), {"weight_kg": None}),
        (asking("lidocaine", weight_kg=30), {"weight_kg": None}),
        (asking("ketorolac", labs={"crcl_ml_min": 20, "at": ago(days=1)}), {"labs": None}),
        (asking("magnesium_sulfate", labs={"crcl_ml_min": 20, "at": ago(days=1)}), {"labs": None}),
        (asking("droperidol", ecg={"qtc_ms": 480, "at": ago(hours=1)}), {"ecg": None}),
        (asking("haloperidol", ecg={"qtc_ms": 480, "at": ago(hours=1)}), {"ecg": None}),
        (asking("normal_saline", vitals={"sbp": 150, "dbp": 95}, **pregnant(24)), {"vitals": None}),
        (asking("normal_saline", vitals={"sbp": 150, "dbp": 95}, **pregnant(24)), {"pregnancy": None}),
        (asking("promethazine", iv_site="hand", moment="start"), {"iv_site": None}),
        (asking("diphenhydramine", driver=False, moment="start"), {"driver": None}),
    ],
)
def test_a_fact_that_the_contract_asks_for_is_missed_when_it_is_gone(case, fact):
    assert verdict(changed(case, **fact)) not in ("allow", "info")


@CHECKED
@given(cases, st.randoms(use_true_random=False))
def test_the_order_of_a_list_does_not_matter(case, chance: random.Random):
    def mixed(things):
        return chance.sample(things, len(things))

    lists = ("conditions", "allergies", "home_medications", "given")
    other = changed(case, **{key: mixed(case["patient"][key]) for key in lists})
    assert found(other | {"orders": mixed(case["orders"])}) == found(case)


@CHECKED
@given(cases)
def test_a_finding_stands_once_and_the_worst_comes_first(case):
    findings = answer(case)["findings"]
    assert len({(one["rule"], one["drug"]) for one in findings}) == len(findings)
    order = [(-WEIGHT[one["severity"]], one["rule"], one["drug"] or "") for one in findings]
    assert order == sorted(order)
    assert all(one["message"].endswith(".") and "\n" not in one["message"] for one in findings)


@CHECKED
@given(cases, st.integers(1, 9))
def test_epinephrine_for_a_reaction_is_never_above_info(case, dose):
    line = a("epinephrine", dose / 10, indication="reaction", product=None)
    assert verdict(case | {"orders": [line]}) in ("info", "allow")
    others = [other for other in case["orders"] if other["drug"] != "epinephrine"]
    among = answer(case | {"orders": [line, *others]})["findings"]
    assert {one["severity"] for one in among if one["drug"] == "epinephrine"} <= {"info"}


# --- windows ------------------------------------------------------------------------------------------

# Days around the two clock changes of 2026, and an ordinary one.
days = st.sampled_from([datetime(2026, 3, 8, 15), datetime(2026, 11, 1, 14), datetime(2026, 7, 3, 14)])
moments = st.builds(
    lambda day, minutes: day.replace(tzinfo=UTC) + timedelta(minutes=minutes), days, st.integers(-600, 600)
)


@pytest.mark.parametrize(
    ("drug", "patient", "window", "rule"),
    [
        (
            "dihydroergotamine",
            lambda at: {"home_medications": [once("triptan", "sumatriptan", at)]},
            24,
            "dhe_triptan_24h",
        ),
        (
            "ketorolac",
            lambda at: {"home_medications": [once("nsaid_home", "naproxen", at)]},
            24,
            "ketorolac_home_nsaid_24h",
        ),
        ("metoclopramide", lambda at: {"given": [dose("haloperidol", at)]}, 24, "metoclopramide_with_d2"),
        ("ketorolac", lambda at: {"given": [dose("ketorolac", at)]}, 6, "ketorolac:limit:min_interval"),
        ("droperidol", lambda at: {"ecg": {"qtc_ms": 415, "at": at}}, 24, "droperidol_no_ecg"),
        ("normal_saline", lambda at: {"rescue_visits": [at, at]}, 168, "rescue_infusion_frequency"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@settings(max_examples=25, deadline=None)
@given(at=moments, minutes=st.integers(-2, 2))
def test_a_window_is_exact_to_the_minute_across_a_clock_change(drug, patient, window, rule, at, minutes):
    before = (at - timedelta(hours=window, minutes=minutes)).astimezone(CHICAGO).isoformat()
    at = at.astimezone(CHICAGO)
    labs = {"crcl_ml_min": 95, "at": at.isoformat()}
    case = asking(a(drug, at=at.isoformat()), at=at, **({"labs": labs} | patient(before)))
    said = {name for name, _, _ in found(case)}
    inside = minutes < 0
    assert (rule in said) is (not inside if rule == "droperidol_no_ecg" else inside)


def once(group, name, at):
    return {"group": group, "name": name, "active": True, "last_taken_at": at}


def dose(drug, at):
    return {"drug": drug, "amount": DOSE[drug], "unit": "mg", "at": at, "where": "clinic"}


@given(days, st.integers(80, 90), st.integers(-9, 9))
def test_an_interval_in_days_looks_at_the_dates_as_written(day, apart, hour):
    at = day.replace(tzinfo=UTC).astimezone(CHICAGO).replace(hour=12)
    before = (at.replace(tzinfo=None) - timedelta(days=apart, hours=hour)).replace(tzinfo=CHICAGO)
    case = asking(a("eptinezumab", at=at.isoformat()), at=at, given=[dose("eptinezumab", before.isoformat())])
    expected = {("eptinezumab_interval", "override_reason", "eptinezumab")} if apart < 84 else set()
    assert found(case) == expected


def test_a_case_is_judged_from_each_lines_own_time():
    early, late = a("ketorolac", at=NOW.isoformat()), a("ketorolac", at=ago(hours=-7))
    assert found(asking(early, late)) == set()
    test_of_the_day = woman("unknown", hcg=ago(hours=20))
    assert found(asking(early, **test_of_the_day)) == set()
    assert found(asking(late, **test_of_the_day)) == {("missing:pregnancy", "block", "ketorolac")}


def test_the_cast_knows_every_drug():
    assert len(EVERYTHING_ON["orderable"]) == len(DOSE) == 32


@settings(max_examples=150, deadline=None)
@given(cases)
def test_asked_about_one_drug_the_rules_say_what_they_say_of_it_among_all(case):
    read, book = read_case(case, BOOK)
    whole = judge(read, book).findings
    for drug in {line["drug"] for line in case["orders"]}:
        ours = {(one.rule, one.severity, one.drug) for one in whole if one.concerns(drug)}
        alone = {(one.rule, one.severity, one.drug) for one in judge(read, book, only=drug).findings}
        assert {one for one in ours if one[2] == drug} <= alone
        assert {rule for rule, _, _ in alone} == {rule for rule, _, _ in ours}
