"""Emergency doses: no order, no rule, one row a tap, never rewritten. And the cards that offer them."""

import json
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from infusion_center.errors import DomainError
from patients.services import history
from tests.clock import EIGHT, NINE, TEN, at
from visits.models import EmergencyDose, ReactionStep
from visits.rules.minutes import MomentRefused
from visits.selectors.reactions import card_of, doses_of
from visits.services import emergency
from visits.services.charting import NotHere
from visits.services.emergency import DoseRefused, TakenBack
from visits.states import ReactionKind

pytestmark = pytest.mark.django_db


def given(visit, *, by, when=NINE, **facts):
    usual = {"kind": "infusion", "drug": "epinephrine", "code": "epinephrine", "amount": Decimal("0.3")}
    usual |= {"unit": "mg", "route": "im", "given_at": when}
    return emergency.give(visit=visit, **(usual | facts), by=by, at=when)


def test_no_order_no_allergy_and_no_rule_stands_before_it(waiting, pia, nora, rules_say):
    rules_say(epinephrine="block")
    history.add_allergy(patient=pia, text="Sulfite", group="sulfite", severe=True, by=nora, at=EIGHT)
    row = given(waiting, by=nora)
    assert (row.amount, row.given_at, row.given_by, row.recorded_at) == (Decimal("0.3"), NINE, nora, NINE)


def test_the_minutes_since_the_last_dose_are_counted(waiting, nora):
    given(waiting, by=nora)
    given(waiting, by=nora, when=at(9, 7))
    assert [dose.minutes_ago for dose in doses_of(waiting, at=at(9, 11))] == [4, 11]


def test_the_same_tap_sent_twice_is_one_dose(waiting, nora):
    key = uuid4()
    assert given(waiting, by=nora, key=key) == given(waiting, by=nora, key=key)
    assert EmergencyDose.objects.count() == 1


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"amount": Decimal(0)}, "amount"),
        ({"drug": " "}, "drug"),
        ({"unit": ""}, "unit"),
        ({"route": "x"}, "route"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(waiting, nora, facts, field):
    with pytest.raises(DoseRefused) as no:
        given(waiting, by=nora, **facts)
    assert no.value.field == field


def test_not_tomorrow_and_not_to_who_is_not_here(visit, nora):
    with pytest.raises(NotHere):
        given(visit, by=nora)


def test_a_dose_of_the_future_is_refused(waiting, nora):
    with pytest.raises(MomentRefused):
        given(waiting, by=nora, given_at=TEN)


def test_a_wrong_tap_is_taken_back_by_a_row_and_the_first_stays(waiting, nora, noah):
    first = given(waiting, by=nora)
    with pytest.raises(DomainError, match="Say why"):
        emergency.take_back(dose=first, reason="", by=noah, at=TEN)
    emergency.take_back(dose=first, reason="Wrong chair", by=noah, at=TEN)
    (shown,) = doses_of(waiting, at=TEN)
    assert (shown.row, shown.taken_back.reason, shown.taken_back.recorded_by) == (first, "Wrong chair", noah)
    with pytest.raises(TakenBack):
        emergency.take_back(dose=first, reason="Again", by=nora, at=TEN)
    for act in (lambda rows: rows.update(amount=1), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            act(EmergencyDose.objects.filter(pk=first.pk))
    with pytest.raises(IntegrityError, match="emergency_dose_or_its_correction"), transaction.atomic():
        EmergencyDose.objects.create(
            visit=waiting,
            kind="rash",
            drug="x",
            unit="mg",
            route="iv",
            given_at=NINE,
            given_by=nora,
            recorded_at=NINE,
            recorded_by=nora,
        )


def test_a_provider_signs_what_was_read_and_a_later_dose_waits(waiting, nora, dana):
    first, second = given(waiting, by=nora), given(waiting, by=nora, when=at(9, 7))
    assert emergency.sign_off(doses=[first], by=dana, at=TEN) == 1
    assert emergency.sign_off(doses=[first], by=dana, at=TEN) == 0
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.signed_by, first.signed_at, second.signed_by) == (dana, TEN, None)
    with pytest.raises(DoseRefused, match="nothing to sign"):
        emergency.sign_off(doses=[], by=dana, at=TEN)
    with pytest.raises(IntegrityError, match="signed_at_with_signed_by"), transaction.atomic():
        EmergencyDose.objects.filter(pk=second.pk).update(signed_at=TEN)


@pytest.fixture
def cards(db):
    return emergency.load_steps(at=EIGHT)


def test_every_kind_has_its_card_and_each_step_says_where_it_is_from(cards):
    assert set(ReactionStep.objects.values_list("kind", flat=True)) == set(ReactionKind.values)
    for row in ReactionStep.objects.all():
        assert (row.confidence == "sourced") == bool(row.source), row


def test_loading_again_changes_nothing_and_keeps_what_a_person_edited(cards, dana):
    row = ReactionStep.objects.get(kind="infusion", drug="epinephrine")
    assert (row.amount, row.most, row.again_after_min) == (Decimal("0.3"), Decimal("0.5"), 5)
    again = emergency.load_steps(at=NINE)
    assert (again.created, again.updated, again.removed) == (0, [], [])
    ReactionStep.objects.filter(pk=row.pk).update(
        amount=Decimal("0.5"), reviewed_by=dana, reviewed_on=NINE.date()
    )
    assert len(emergency.load_steps(at=NINE).kept) == 1
    row.refresh_from_db()
    assert row.amount == Decimal("0.5")


def test_the_shipped_sources_of_the_formulary_exist():
    text = emergency.SHIPPED.read_text(encoding="utf-8")
    formulary = json.loads(emergency.SHIPPED.with_name("formulary.json").read_text(encoding="utf-8"))
    known = {row["id"] for row in formulary["sources"]} | {row["id"] for row in formulary["drugs"]}
    for card in json.loads(text)["cards"]:
        for step in card["steps"]:
            if step.get("code"):
                assert step["code"] in known
    assert {"O4", "P6", "R5", "Z1"} <= known


def test_the_card_reckons_with_the_weight(cards, waiting, pia, nora):
    def epinephrine():
        steps = card_of(waiting, "infusion", at=NINE).steps
        return next(step.amount for step in steps if step.row.drug == "epinephrine")

    assert epinephrine() == Decimal("0.3")
    light = {"kind": "weight", "value": Decimal("28"), "unit": "kg", "measured_at": EIGHT}
    history.measure(patient=pia, **light, by=nora, at=EIGHT)
    assert epinephrine() == Decimal("0.28")
