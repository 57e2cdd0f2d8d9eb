"""How a visit ends, and what it takes to let somebody go."""

from decimal import Decimal

import pytest

from infusion_center.errors import DomainError
from regimens.models import Order
from tests.clock import NINE, TEN, at
from tests.visits import scenes
from tests.visits.conftest import line_of
from visits.models import Outcome, Score
from visits.services import charting, discharge, flow, giving
from visits.services.discharge import DischargeRefused, NotReady

HOME = {"pain": 3, "back_to_activity": "yes", "left_with": "Sister, Penny", "iv_out": "yes"}


def let_go(visit, *, by, when=TEN, **answers):
    return discharge.discharge(visit=visit, by=by, at=when, **(HOME | answers))


@pytest.fixture
def given(in_chair, magnesium, ketorolac, saline, stock, nora):
    """Vitals and pain on arrival; magnesium and ketorolac given, saline refused."""
    charting.record_vitals(
        visit=in_chair, taken_at=NINE, by=nora, at=NINE, systolic=130, diastolic=80, pulse=78
    )
    charting.score(visit=in_chair, moment="baseline", pain=8, scored_at=NINE, by=nora, at=NINE)
    giving.not_given(administration=saline, state="refused", reason="Drinks well", by=nora, at=NINE)
    for line, lot in [(magnesium, stock.magnesium), (ketorolac, stock.ketorolac)]:
        giving.give_push(
            administration=line, lots=[lot], started_at=at(9, 5), stopped_at=at(9, 30), by=nora, at=at(9, 31)
        )
    return in_chair


def test_a_discharge_frees_the_chair_and_keeps_both_arms(given, order, nora):
    outcome = let_go(given, by=nora, note="Feels herself again")
    given.refresh_from_db()
    assert (given.status, given.left_at, given.left_by) == ("done", TEN, nora)
    assert (outcome.pain_before, outcome.pain_after, outcome.back_to_activity, outcome.definition) == (
        8,
        3,
        "yes",
        "2026-1",
    )
    assert Score.objects.get(moment="discharge").pain == 3
    assert Order.objects.get(pk=order.pk).state == "completed"


def test_an_open_line_holds_the_discharge(given, magnesium, stock, nora):
    again = giving.enter_in_error(administration=magnesium, reason="Never hung", by=nora, at=at(9, 40))
    giving.start(administration=again, lots=[stock.magnesium], started_at=at(9, 41), by=nora, at=at(9, 41))
    with pytest.raises(NotReady, match="Stop the magnesium sulfate first"):
        let_go(given, by=nora)


def test_a_line_still_ordered_needs_a_word(given, ketorolac, nora):
    giving.enter_in_error(administration=ketorolac, reason="Wrong chart", by=nora, at=at(9, 40))
    with pytest.raises(NotReady, match="ketorolac is still ordered"):
        let_go(given, by=nora)


@pytest.mark.parametrize(
    ("answers", "field", "sentence"),
    [
        ({"pain": None}, "pain", "Ask for the pain"),
        ({"pain": 12}, "pain", "0 to 10"),
        ({"iv_out": "no"}, "iv_out", "Take the IV out"),
        ({"iv_out": "perhaps"}, "iv_out", "whether the IV"),
        ({"back_to_activity": "soon"}, "back_to_activity", "back to their activity"),
        ({"vitals": {"systolic": 1300}}, "systolic", "cannot be"),
    ],
)
def test_a_missing_answer_is_a_sentence_at_its_field(given, nora, answers, field, sentence):
    with pytest.raises(DomainError, match=sentence) as no:
        let_go(given, by=nora, **answers)
    given.refresh_from_db()
    assert (no.value.field, given.status, Outcome.objects.count()) == (field, "in_chair", 0)


def test_last_vitals_may_come_with_the_discharge(in_chair, saline, magnesium, ketorolac, nora):
    for line in (saline, magnesium, ketorolac):
        giving.not_given(administration=line, state="not_given", reason="Pain gone", by=nora, at=NINE)
    with pytest.raises(DischargeRefused, match="Take vitals"):
        let_go(in_chair, by=nora, iv_out="unknown")
    let_go(in_chair, by=nora, iv_out="unknown", vitals={"systolic": 120, "diastolic": 70, "pulse": None})
    assert in_chair.vitals.get().systolic == 120


def test_a_sedating_drug_needs_a_driver_or_a_reason(
    pia, site, chairs, nurses, drugs, stock, dana, felix, nora
):
    recipe = scenes.regimen((drugs.prochlorperazine, 10, "mg", "iv_push", 5, []), code="one", name="One")
    order = scenes.signed_order(patient=pia, recipe=recipe, by=dana)
    visit = scenes.seated(scenes.booked(patient=pia, site=site, orders=[order], by=felix), by=nora)
    charting.record_vitals(visit=visit, taken_at=NINE, by=nora, at=NINE, pulse=70)
    giving.give_push(
        administration=line_of(visit, "prochlor"),
        lots=[stock.prochlorperazine],
        started_at=NINE,
        stopped_at=at(9, 3),
        by=nora,
        at=at(9, 3),
    )
    with pytest.raises(DischargeRefused, match="Name who drives them home after prochlorperazine") as no:
        let_go(visit, by=nora, left_with="  ")
    assert no.value.field == "left_with"
    assert let_go(visit, by=nora, left_with="", note="Lives next door, walks with staff").pain_before is None


def test_not_twice(given, nora, noah):
    let_go(given, by=nora)
    with pytest.raises(NotReady, match="visit is done"):
        let_go(given, by=noah)


def test_a_wrong_discharge_is_undone_and_done_again(given, order, nora):
    let_go(given, by=nora)
    flow.undo(visit=given, reason="Clicked the wrong card", by=nora, at=at(10, 5))
    assert Order.objects.get(pk=order.pk).state == "signed"
    outcome = let_go(given, by=nora, when=at(10, 20), pain=1)
    assert (Outcome.objects.get(), outcome.pain_after) == (outcome, 1)
    assert [row.pain_after for row in outcome.history.order_by("pgh_id")] == [3, 1]


def test_leaving_early_says_why_and_what_was_not_given(in_chair, magnesium, stock, order, nora):
    giving.start(administration=magnesium, lots=[stock.magnesium], started_at=NINE, by=nora, at=NINE)
    with pytest.raises(NotReady, match="Stop the magnesium"):
        discharge.left_early(visit=in_chair, reason="Child sick", by=nora, at=at(9, 10))
    giving.stop(
        administration=magnesium, stopped_at=at(9, 10), given_amount=Decimal(600), by=nora, at=at(9, 10)
    )
    with pytest.raises(DomainError, match="Say why"):
        discharge.left_early(visit=in_chair, reason="", by=nora, at=at(9, 11))
    outcome = discharge.left_early(visit=in_chair, reason="Child sick", pain=6, by=nora, at=at(9, 11))
    in_chair.refresh_from_db()
    assert (in_chair.status, outcome.pain_after, outcome.back_to_activity) == ("left_early", 6, "unknown")
    assert line_of(in_chair, "ketorolac").reason == "Left before done: Child sick"
    assert Order.objects.get(pk=order.pk).state == "completed"


def test_a_transfer_without_anything_given_leaves_the_order_open(in_chair, order, nora):
    discharge.transferred(visit=in_chair, reason="Thunderclap, ED at Mercy", by=nora, at=NINE)
    in_chair.refresh_from_db()
    assert (in_chair.status, Order.objects.get(pk=order.pk).state) == ("transferred", "signed")
