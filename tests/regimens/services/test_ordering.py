import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from infusion_center.errors import Conflict, DomainError
from patients.services import registration
from regimens.models import Drug, Order
from regimens.rules.dosing import WeightNeeded
from regimens.selectors.composing import CannotLeaveOut
from regimens.services import ordering
from tests.clock import ELEVEN, NINE, NOON, SEVEN, TEN
from tests.people import enroll
from tests.regimens.conftest import SHIPPED, sign, weigh

REGIMENS = {row["id"]: row for row in json.loads(SHIPPED.read_text())["regimens"]}


def order(patient, regimen, by, **facts):
    return ordering.order_from_regimen(patient=patient, regimen=regimen, by=by, at=NINE, **facts)


def doses(order):
    return {s.drug.code: (s.dose, s.unit) for s in order.steps.select_related("drug").order_by("position")}


@pytest.mark.parametrize("code", REGIMENS)
def test_an_order_takes_the_minutes_its_regimen_says_with_and_without_the_optional_steps(
    recipes, weighed, dana, code
):
    row = REGIMENS[code]
    optional = [step["order"] for step in row["steps"] if step["optional"]]
    assert order(weighed, recipes[code], dana).chair_minutes == row["total_chair_minutes"]
    short = order(weighed, recipes[code], dana, without=optional)
    assert short.chair_minutes == row["total_chair_minutes_without_optional"]
    assert short.steps.count() == len(row["steps"]) - len(optional)


def test_doses_per_kg_rest_on_the_newest_weight_and_say_how(recipes, pia, nora, dana):
    weigh(pia, "70", by=nora, at=SEVEN - timedelta(days=3))
    weigh(pia, "61.2", by=nora)
    made = order(pia, recipes["valproate_load"], dana)
    assert doses(made)["valproate_sodium"] == (Decimal(920), "mg")
    assert made.steps.get(drug__code="valproate_sodium").reckoning == (
        "15 mg/kg x 61.2 kg = 918 mg, drawn up as 9.2 mL = 920 mg"
    )
    assert (made.weight_kg, made.weight_measured_at is not None) == (Decimal("61.2"), True)


def test_a_dose_per_kg_is_capped_and_says_so(recipes, pia, nora, dana):
    weigh(pia, "92", by=nora)
    step = order(pia, recipes["valproate_load"], dana).steps.get(drug__code="valproate_sodium")
    assert step.dose == 1000
    assert step.reckoning == "15 mg/kg x 92 kg = 1380 mg, capped at 1000 mg"


def test_the_drugs_own_limit_caps_where_the_recipe_has_none(recipes, weighed, dana):
    recipes["lidocaine_daycase"].steps.update(max_dose=None, dose=Decimal(10))
    step = order(weighed, recipes["lidocaine_daycase"], dana).steps.get()
    assert (step.dose, step.reckoning) == (400, "10 mg/kg x 61.2 kg = 612 mg, capped at 400 mg")


def test_a_minor_is_held_to_the_paediatric_limit_of_a_flat_dose(recipes, felix, dana):
    child = enroll(by=felix, given_name="Cleo", birth_date=date(2010, 5, 1))
    made = order(child, recipes["pregnancy_compatible"], dana)
    assert doses(made)["acetaminophen_iv"] == (Decimal(750), "mg")
    assert made.steps.get(drug__code="acetaminophen_iv").reckoning == "1000 mg, capped at 750 mg"


def test_fluid_per_kg_is_its_own_volume(recipes, felix, nora, dana):
    child = enroll(by=felix, given_name="Cleo", birth_date=date(2016, 5, 1))
    weigh(child, "30.4", by=nora)
    bag = order(child, recipes["paediatric_adolescent"], dana).steps.get(position=1)
    assert (bag.dose, bag.unit, bag.volume_ml) == (608, "mL", 608)


@pytest.mark.parametrize("days", [None, 31])
def test_without_a_weight_of_the_last_thirty_days_no_dose_per_kg(recipes, pia, nora, dana, days):
    if days:
        weigh(pia, "61.2", by=nora, at=NINE - timedelta(days=days))
    with pytest.raises(WeightNeeded, match="weigh the patient") as no:
        order(pia, recipes["valproate_load"], dana)
    assert no.value.field == "weight_kg"
    assert not Order.objects.exists()


def test_a_regimen_without_doses_per_kg_asks_for_no_weight(recipes, pia, dana):
    made = order(pia, recipes["standard_migraine_cocktail"], dana)
    assert made.weight_kg is None and made.weight_measured_at is None


def test_a_step_left_out_is_gone_and_nobody_waits_for_it(recipes, pia, dana):
    made = order(pia, recipes["no_sedation_drive_home"], dana, without=[3])
    assert [(s.position, s.start_after) for s in made.steps.order_by("position")] == [
        (1, []),
        (2, []),
        (4, [2]),
        (5, [4]),
    ]


def test_only_optional_steps_may_be_left_out(recipes, pia, dana):
    with pytest.raises(CannotLeaveOut, match="prochlorperazine"):
        order(pia, recipes["standard_migraine_cocktail"], dana, without=[3])


@pytest.mark.parametrize(
    ("code", "without", "needed"),
    [
        ("standard_migraine_cocktail", [2], True),
        ("pregnancy_compatible", [], True),
        ("pregnancy_compatible", [4], False),
        ("no_sedation_drive_home", [], False),
    ],
)
def test_a_driver_is_needed_where_the_regimen_or_a_drug_says_so(recipes, pia, dana, code, without, needed):
    assert order(pia, recipes[code], dana, without=without).driver_required is needed


def test_a_provider_signs_a_draft_once(draft, dana):
    sign(draft, by=dana, at=TEN)
    assert (draft.state, draft.signed_by, draft.signed_at) == ("signed", dana, TEN)
    with pytest.raises(Conflict, match="signed already"):
        sign(draft, by=dana, at=ELEVEN)
    assert draft.signed_at == TEN


def test_a_drug_that_is_not_orderable_is_not_signed(draft, dana):
    Drug.objects.filter(code="ketorolac").update(orderable=False)
    with pytest.raises(ordering.CannotOrder, match="Not orderable at this center: ketorolac"):
        sign(draft, by=dana, at=TEN)
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_an_order_without_steps_is_not_signed(draft, dana):
    draft.steps.all().delete()
    with pytest.raises(ordering.CannotOrder, match="no steps"):
        sign(draft, by=dana, at=TEN)


def test_nothing_is_ordered_or_signed_for_a_merged_record(draft, recipes, pia, felix, max, dana):
    registration.merge(duplicate=pia, into=enroll(by=felix, given_name="Piia"), by=max, at=TEN)
    draft.patient.refresh_from_db()
    with pytest.raises(ordering.CannotOrder, match="merged"):
        sign(draft, by=dana, at=ELEVEN)
    pia.refresh_from_db()
    with pytest.raises(ordering.CannotOrder, match="merged"):
        order(pia, recipes["standard_migraine_cocktail"], dana)


def test_nothing_is_ordered_or_signed_for_somebody_who_died(draft, recipes, pia, felix, dana):
    registration.correct(patient=pia, died_on=date(2026, 11, 19), by=felix, at=TEN)
    draft.patient.refresh_from_db()
    with pytest.raises(ordering.CannotOrder, match="deceased"):
        sign(draft, by=dana, at=ELEVEN)


def test_a_regimen_out_of_use_is_not_ordered(recipes, pia, dana):
    regimen = recipes["valproate_load"]
    regimen.active = False
    with pytest.raises(ordering.CannotOrder, match="no longer in use"):
        order(pia, regimen, dana)


def test_a_draft_or_a_signed_order_is_withdrawn_with_a_reason(draft, dana):
    with pytest.raises(DomainError, match="Say why") as no:
        ordering.withdraw_order(order=draft, reason="  ", by=dana, at=TEN)
    assert no.value.field == "reason"
    sign(draft, by=dana, at=TEN)
    ordering.withdraw_order(order=draft, reason="Pain free", by=dana, at=ELEVEN)
    assert (draft.state, draft.withdrawn_reason, draft.withdrawn_by) == ("withdrawn", "Pain free", dana)
    with pytest.raises(Conflict, match="withdrawn already"):
        ordering.withdraw_order(order=draft, reason="Again", by=dana, at=NOON)


def test_a_signed_order_is_completed_and_a_wrong_discharge_opens_it_again(draft, dana, nora):
    with pytest.raises(Conflict, match="draft already"):
        ordering.complete_order(order=draft, by=nora, at=TEN)
    sign(draft, by=dana, at=TEN)
    ordering.complete_order(order=draft, by=nora, at=ELEVEN)
    assert draft.state == "completed"
    with pytest.raises(Conflict):
        sign(draft, by=dana, at=NOON)
    ordering.reopen_order(order=draft, by=nora, at=NOON)
    assert (draft.state, draft.signed_at) == ("signed", TEN)


def test_reopening_signs_no_draft(draft, nora):
    with pytest.raises(Conflict):
        ordering.reopen_order(order=draft, by=nora, at=TEN)


def test_a_change_is_a_new_version_and_the_old_one_stands_until_it_is_signed(draft, dana):
    sign(draft, by=dana, at=TEN)
    new = ordering.change_order(order=draft, without=[5], by=dana, at=TEN)
    draft.refresh_from_db()
    assert (new.version, new.replaces, new.state, draft.state) == (2, draft, "draft", "signed")
    sign(new, by=dana, at=ELEVEN)
    draft.refresh_from_db()
    assert (draft.state, draft.withdrawn_reason) == ("withdrawn", "Replaced by version 2")


def test_there_is_one_newer_version_at_a_time(draft, dana):
    ordering.change_order(order=draft, by=dana, at=TEN)
    with pytest.raises(Conflict, match="Version 2 of this order exists already"):
        ordering.change_order(order=draft, by=dana, at=TEN)


def test_after_a_withdrawn_change_the_order_may_be_changed_again(draft, dana):
    sign(draft, by=dana, at=NINE)
    second = ordering.change_order(order=draft, by=dana, at=TEN)
    ordering.withdraw_order(order=second, reason="Wrong step", by=dana, at=TEN)
    third = ordering.change_order(order=draft, without=[5], by=dana, at=ELEVEN)
    sign(third, by=dana, at=NOON)
    draft.refresh_from_db()
    assert (third.version, third.state, draft.state) == (3, "signed", "withdrawn")


def test_a_completed_order_is_not_changed_nor_withdrawn_by_its_new_version(draft, dana, nora):
    sign(draft, by=dana, at=TEN)
    new = ordering.change_order(order=draft, by=dana, at=TEN)
    ordering.complete_order(order=draft, by=nora, at=ELEVEN)
    with pytest.raises(Conflict):
        ordering.change_order(order=draft, by=dana, at=NOON)
    with pytest.raises(Conflict, match="completed already"):
        sign(new, by=dana, at=NOON)
    new.refresh_from_db()
    assert new.state == "draft"


def test_the_history_names_the_verbs(draft, dana):
    sign(draft, by=dana, at=TEN)
    events = draft.history.order_by("pgh_id")
    assert [event.pgh_context.metadata["verb"] for event in events] == ["order.written", "order.signed"]
    assert events.last().pgh_context.metadata["user"] == dana.pk


@pytest.mark.django_db(transaction=True)
def test_of_many_signatures_at_one_moment_one_counts(draft, dana):
    def act(_):
        try:
            sign(Order.objects.get(pk=draft.pk), by=dana, at=TEN)
            return "signed"
        except Conflict:
            return "late"
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(act, range(4))) == ["late", "late", "late", "signed"]
