"""Orders written step by step: from nothing, edited as drafts, changed once signed."""

from dataclasses import replace
from decimal import Decimal

import pytest

from infusion_center.errors import Conflict
from regimens.models import Drug, Order
from regimens.rules.dosing import WeightNeeded
from regimens.selectors.composing import (
    PlannedStep,
    StepRefused,
    compose_steps,
    typed_by_recipe,
    typed_in_order,
)
from regimens.services import ordering
from tests.clock import ELEVEN, NINE, TEN
from tests.people import enroll
from tests.regimens.conftest import sign, weigh

pytestmark = pytest.mark.usefixtures("loaded")


def step(code, dose, unit="mg", **facts):
    usual = {"method": "iv_push", "minutes": 2}
    return PlannedStep(drug=Drug.objects.get(code=code), dose=Decimal(dose), unit=unit, **(usual | facts))


@pytest.fixture
def two(loaded):
    return [
        step("ketorolac", 30),
        step("magnesium_sulfate", 2000, method="iv_infusion", minutes=30, gap_minutes=5),
    ]


def compose(patient, steps, by, **facts):
    return ordering.compose_order(patient=patient, steps=steps, by=by, at=NINE, **facts)


def rows(order):
    return [
        (s.drug.code, s.dose, s.start_after) for s in order.steps.select_related("drug").order_by("position")
    ]


def test_an_order_may_be_made_from_nothing(pia, dana, two):
    order = compose(pia, two, dana, note="Dim room")
    assert rows(order) == [("ketorolac", 30, []), ("magnesium_sulfate", 2000, [1])]
    assert (order.regimen, order.state, order.note) == (None, "draft", "Dim room")
    assert order.title == "Ketorolac tromethamine, magnesium sulfate"
    assert order.chair_minutes == 15 + 2 + 5 + 30 + 15 + 10  # and 15 of watching
    assert not order.driver_required


def test_the_order_of_the_steps_is_the_order_of_the_list(pia, dana, two):
    order = compose(pia, two[::-1], dana)
    assert [code for code, *_ in rows(order)] == ["magnesium_sulfate", "ketorolac"]


def test_a_long_list_is_named_by_its_first_three(pia, dana, two):
    more = [step("dexamethasone", 10), step("ondansetron", 4), step("famotidine", 20)]
    assert compose(pia, two + more, dana).title.endswith("and 2 more")
    assert compose(pia, two + more, dana, title=" Trial ").title == "Trial"


def test_indication_and_threshold_are_kept(pia, dana):
    asked = step("ondansetron", 4, indication="premedication", only_if_pain_over=4)
    kept = compose(pia, [asked], dana).steps.get()
    assert (kept.indication, kept.only_if_pain_over) == ("premedication", 4)


def test_a_typed_dose_stays_and_a_dose_per_kg_is_capped_in_words(pia, nora, dana):
    weigh(pia, "92", by=nora)
    order = compose(
        pia,
        [
            step("valproate_sodium", 15, "mg/kg", minutes=60, max_dose=Decimal(1000)),
            step("ketorolac", 300),
        ],
        dana,
    )
    first, second = order.steps.order_by("position")
    assert (first.dose, first.dose_per_kg, first.max_dose) == (1000, 15, 1000)
    assert first.reckoning == "15 mg/kg x 92 kg = 1380 mg, capped at 1000 mg"
    assert (second.dose, second.reckoning) == (300, "")
    assert (order.weight_kg, order.weight_measured_at is not None) == (92, True)


def test_a_minor_is_held_to_the_paediatric_limit_per_kg(felix, nora, dana, loaded):
    child = enroll(by=felix, given_name="Cleo", birth_date=NINE.date().replace(year=2012))
    weigh(child, "60", by=nora)
    order = compose(child, [step("acetaminophen_iv", 15, "mg/kg", minutes=15)], dana)
    assert order.steps.get().reckoning.endswith("capped at 750 mg")


def test_without_a_weight_no_dose_per_kg(pia, dana, loaded):
    with pytest.raises(WeightNeeded):
        compose(pia, [step("valproate_sodium", 15, "mg/kg")], dana)
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"dose": Decimal(0)}, "dose"),
        ({"unit": "mL"}, "unit"),
        ({"minutes": -3}, "minutes"),
        ({"volume_ml": Decimal(-1)}, "volume_ml"),
        ({"only_if_pain_over": 12}, "only_if_pain_over"),
    ],
)
def test_a_step_that_cannot_be_is_refused_at_its_field(pia, dana, two, facts, field):
    with pytest.raises(StepRefused) as no:
        compose(pia, [two[0], replace(two[1], **facts)], dana)
    assert (no.value.index, no.value.field) == (1, field)


def test_nothing_and_too_much_are_refused(pia, dana, two):
    with pytest.raises(ordering.CannotOrder, match="Add a drug first"):
        compose(pia, [], dana)
    with pytest.raises(ordering.CannotOrder, match="at most 20"):
        compose(pia, two * 11, dana)


def test_a_draft_is_edited_in_place_and_its_history_says_so(pia, dana, two):
    order = compose(pia, two, dana)
    same = ordering.recompose(order=order, steps=two[1:], by=dana, at=TEN)
    assert (same.pk, same.version) == (order.pk, 1)
    assert rows(same) == [("magnesium_sulfate", 2000, [])]
    assert same.title == "Magnesium sulfate" and same.chair_minutes == 15 + 5 + 30 + 15 + 10
    verbs = [event.pgh_context.metadata["verb"] for event in same.history.order_by("pgh_id")]
    assert verbs == ["order.written", "order.recomposed"]


def test_a_signed_order_changes_only_by_a_new_version(pia, dana, two):
    order = sign(compose(pia, two, dana), by=dana, at=NINE)
    with pytest.raises(Conflict, match="change by a new version"):
        ordering.recompose(order=order, steps=two[1:], by=dana, at=TEN)
    new = ordering.new_version(order=order, steps=two[1:], by=dana, at=TEN)
    assert (new.version, new.replaces, new.steps.count(), order.steps.count()) == (2, order, 1, 2)
    with pytest.raises(Conflict, match="Version 2"):
        ordering.new_version(order=order, steps=two, by=dana, at=TEN)
    ordering.recompose(order=new, steps=two, by=dana, at=TEN)
    sign(new, by=dana, at=ELEVEN)
    order.refresh_from_db()
    assert order.state == "withdrawn"


def test_a_draft_that_a_newer_one_took_over_is_not_edited(pia, dana, two):
    order = compose(pia, two, dana)
    ordering.new_version(order=order, steps=two, by=dana, at=TEN)
    with pytest.raises(Conflict, match="Version 2"):
        ordering.recompose(order=order, steps=two, by=dana, at=TEN)


def test_an_order_without_a_regimen_is_not_changed_by_one(pia, dana, two):
    with pytest.raises(Conflict, match="without a regimen"):
        ordering.change_order(order=compose(pia, two, dana), by=dana, at=TEN)


def test_what_was_typed_comes_back_to_be_edited(pia, nora, dana, two):
    weigh(pia, "61.2", by=nora)
    asked = [
        *two,
        step("valproate_sodium", 15, "mg/kg", minutes=60, starts="alongside", max_dose=Decimal(1000)),
    ]
    assert typed_in_order(compose(pia, asked, dana)) == asked


def test_every_shipped_recipe_takes_its_own_minutes_when_typed(recipes, weighed):
    for regimen in recipes.values():
        typed = typed_by_recipe(regimen)
        composed = compose_steps(patient=weighed, steps=typed, regimen=regimen, at=NINE)
        assert composed.plan.chair_minutes == regimen.chair_minutes, regimen.code


def test_a_regimens_driver_and_watching_end_with_its_fixed_drugs(recipes, weighed, dana):
    regimen = recipes["standard_migraine_cocktail"]
    typed = typed_by_recipe(regimen)
    whole = compose(weighed, typed, dana, regimen=regimen)
    calm = [one for one in typed if not one.drug.driver_required]
    changed = compose(weighed, calm, dana, regimen=regimen)
    assert (whole.driver_required, changed.driver_required) == (True, False)
    assert changed.regimen == regimen


def test_a_recipes_steps_say_what_they_are_usually_for(recipes):
    said = {
        row.drug.code: row.indication
        for row in recipes["standard_migraine_cocktail"].steps.select_related("drug")
    }
    assert said["diphenhydramine"] == "side_effect" and said["ketorolac"] == "headache"
    assert said["normal_saline"] == "other"
