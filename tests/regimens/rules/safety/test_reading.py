"""Reading what people typed: a condition or a row is understood, or refused with its place."""

import copy
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infusion_center.contracts.order import book_in_use, read_case
from infusion_center.contracts.reference import FILES
from regimens.rules.safety.asking import Asking
from regimens.rules.safety.book import read_book, read_drug, read_rule
from regimens.rules.safety.engine import judge
from regimens.rules.safety.expressions import FUNCTIONS, NAMES, BadExpression, parse
from regimens.rules.safety.rows import BadRow
from regimens.rules.safety.unknown import Unknown
from tests.regimens.rules.safety.asked import answer, asking, had, took

BOOK = book_in_use()
RAW = json.loads((FILES / "formulary.json").read_text(encoding="utf-8"))
CHECKED = settings(max_examples=100, deadline=None)
CASE, _ = read_case(
    asking(
        "ketorolac",
        "metoclopramide",
        "lidocaine",
        given=[had("dexamethasone", hours=30), had("ketorolac", hours=9, where="home")],
        home_medications=[
            took("triptan", "sumatriptan", unknown=True),
            took("ssri_snri", "citalopram", hours=3),
        ],
        weight_kg=None,
        ecg=None,
    ),
    BOOK,
)
RULE = {
    "id": "our_rule",
    "title": "Ours",
    "left": [{"drug": "ketorolac"}],
    "relation": "order_attribute",
    "severity": "warn",
}

words = st.sampled_from(
    [*NAMES, *FUNCTIONS, "pregnancy", "liver_disease", "and", "or", "not", "in", "if", "else", "(", ")", ","]
    + [
        "<",
        "<=",
        ">",
        ">=",
        "==",
        "!=",
        "+",
        "-",
        "*",
        "/",
        "**",
        "is",
        "lambda",
        ":",
        ".",
        "[",
        "]",
        "=",
        ":=",
    ]
    + [
        "0",
        "1",
        "24",
        "0.5",
        "1e999",
        "1j",
        "None",
        "True",
        "'male'",
        "'triptan'",
        "'nsaid'",
        "'",
        "#",
        "\\",
        "\0",
    ]
)
texts = st.one_of(st.lists(words, max_size=14).map(" ".join), st.text(max_size=60))


class TestConditions:
    @CHECKED
    @given(texts)
    def test_a_text_is_a_condition_or_a_bad_one(self, text):
        try:
            condition = parse(text, BOOK.vocabulary)
        except BadExpression as no:
            assert no.message
            return
        asking_ = Asking(CASE, BOOK)
        found = condition(asking_.scope(asking_.ordered[0]))
        assert found in (True, False) if not isinstance(found, Unknown) else found.names is not None

    @pytest.mark.parametrize(
        "text",
        [
            "-" * 400 + "1 > 0",
            "(" * 240 + "1 > 0" + ")" * 240,
            "not " * 100 + "pregnancy",
            " + ".join("1" * 120) + " > 1",
            "dose > 1e999",
            "amount(1e999) > 1",
            "amount(0) > 1",
            "amount(dose) > 1",
            "dose",
            "dose > 'much'",
            "pregnancy > 1",
            "pregnency",
            "home('tryptan')",
            "has_tag('nsaids')",
            "allergen('sulphite')",
            "known(24)",
            "__import__('os')",
            "dose.real > 1",
            "dose > 1 if pregnancy",
            "",
            "x" * 501,
        ],
    )
    def test_it_is_refused_with_a_sentence(self, text):
        with pytest.raises(BadExpression) as no:
            parse(text, BOOK.vocabulary)
        assert no.value.message.endswith(".")


class TestRows:
    @pytest.mark.parametrize(
        "text", ["other_dose > 1", "drug_count > 1", "any_tag('nsaid')", "later_partners > 0"]
    )
    def test_a_rule_on_one_drug_cannot_ask_about_others(self, text):
        with pytest.raises(BadRow, match="no meaning in this row"):
            read_rule(RULE | {"when": text}, BOOK)

    @pytest.mark.parametrize(
        "text", ["dose > 1", "amount(24) > 1", "cause == 'asthma'", "contains('epinephrine')"]
    )
    def test_a_rule_on_the_visit_cannot_ask_about_a_dose(self, text):
        with pytest.raises(BadRow, match="no meaning in this row"):
            read_rule(RULE | {"left": [{"visit_type": "rescue"}], "when": text}, BOOK)

    @pytest.mark.parametrize(
        ("change", "about"),
        [
            ({"severity": "blocked"}, "severity"),
            ({"left": []}, "left"),
            ({"left": [{"drug": "ketorolak"}]}, "unknown drug ketorolak"),
            ({"left": [{"drug": "ketorolac", "class_tag": "nsaid"}]}, "exactly one key"),
            ({"left": [{"qt_risk": None}]}, "exactly one key"),
            ({"left": [{"condition": "migraine"}]}, "chooses no drug"),
            ({"right": [{"condition": "migrane"}]}, "unknown condition migrane"),
            ({"when": "dose >"}, "cannot be read"),
            ({"severities": [{"when": "", "severity": "warn"}]}, "severities"),
            ({"windows_hours": 24}, "windows_hours: unknown key"),
            ({"window_hours": 0}, "window_hours"),
            ({"speaks_for": ["flu"]}, "unknown condition flu"),
        ],
    )
    def test_a_bad_rule_is_refused_by_its_place(self, change, about):
        with pytest.raises(BadRow, match=about):
            read_rule(RULE | change, BOOK)

    def test_a_tag_that_names_an_allergy_nobody_knows_is_refused(self):
        raw = copy.deepcopy(RAW)
        raw["vocab"]["condition_tags"][0]["allergy_group"] = "acetaminofen"
        with pytest.raises(BadRow, match="unknown allergy group acetaminofen"):
            read_book(raw)

    def test_a_row_that_is_there_twice_is_refused(self):
        with pytest.raises(BadRow, match="there twice"):
            read_book(RAW | {"drugs": [*RAW["drugs"], RAW["drugs"][0]]})


anything = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-5, 10**9),
        st.floats(),
        st.text(max_size=8),
        st.sampled_from(
            ["block", "warn", "ketorolac", "nsaid", "pregnancy", "dose > 1", "hours", "mg", "doses"]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=4,
)


def places(thing, path=()):
    """Every place in a row, as the way to it."""
    inside = thing.items() if isinstance(thing, dict) else enumerate(thing) if isinstance(thing, list) else ()
    for key, value in inside:
        yield (*path, key)
        yield from places(value, (*path, key))


@st.composite
def spoilt(draw, rows):
    """A shipped row with one value, wherever it stands, changed to anything."""
    row = copy.deepcopy(draw(st.sampled_from(rows)))
    path = draw(st.sampled_from(list(places(row))))
    inside = row
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = draw(anything)
    return row


@CHECKED
@given(spoilt(RAW["interaction_rules"]))
def test_a_spoilt_rule_is_read_or_refused_and_never_stops_the_engine(row):
    try:
        rule = read_rule(row, BOOK)
    except BadRow:
        return
    judge(CASE, replace(BOOK, rules=(*BOOK.rules[:3], rule)))


@CHECKED
@given(spoilt([row for row in RAW["drugs"] if row["id"] in ("ketorolac", "lidocaine", "metoclopramide")]))
def test_a_spoilt_drug_is_read_or_refused_and_never_stops_the_engine(row):
    try:
        drug = read_drug(row, BOOK)
    except BadRow:
        return
    judge(CASE, replace(BOOK, drugs={**BOOK.drugs, drug.id: drug}))


FULL = asking(
    "ketorolac",
    "promethazine",
    given=[had("dexamethasone", hours=30)],
    home_medications=[took("triptan", "sumatriptan", hours=3)],
    allergies=["sulfite", "other:nuts"],
    screening={"infusion_number": 3, "last_mri_at": None, "new_headache_type": False},
    rescue_visits=["2026-11-18T09:00:00-06:00"],
    site={"drugs": [{"id": "ours", "class_tags": ["nsaid"], "adult_dose": {"max": 5, "unit": "mg"}}]},
)


@CHECKED
@given(spoilt([FULL]))
def test_a_spoilt_case_is_answered_or_refused(case):
    found = answer(case)
    assert found.keys() in ({"id", "error"}, {"id", "verdict", "findings"})
