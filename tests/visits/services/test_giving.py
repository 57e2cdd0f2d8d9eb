"""One line from ordered to given, and everything that may go wrong on the way."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pghistory.models
import pytest
from django.db import connection
from django.db.models import Sum

from infusion_center.errors import DomainError
from regimens.models import StockMove
from regimens.selectors.on_hand import lot_on_hand
from regimens.services import ordering
from tests.clock import NINE, TEN, at
from tests.visits import scenes
from visits.models import Administration, VialUse
from visits.rules.drawing import NotEnough
from visits.rules.minutes import MomentRefused
from visits.services import discharge, giving, signing
from visits.services.lines import AmountRefused, CannotGive
from visits.services.vials import LotRefused


def start(line, *lots, by, when=NINE, now=None, **facts):
    return giving.start(administration=line, lots=list(lots), started_at=when, by=by, at=now or when, **facts)


def stop(line, *, by, when, now=None, **facts):
    return giving.stop(administration=line, stopped_at=when, by=by, at=now or when, **facts)


def charted():
    """(given, wasted) of every vial use that stands, by lot."""
    rows = VialUse.objects.filter(reversed_at=None).values("lot").annotate(g=Sum("given"), w=Sum("wasted"))
    return {row["lot"]: (row["g"], row["w"]) for row in rows}


def ledger():
    """The same by the ledger: what left the shelf, reversals taken off."""
    found = {}
    for move in StockMove.objects.exclude(kind="received").select_related("reverses"):
        column = 0 if (move.reverses or move).kind == "given" else 1
        sums = found.setdefault(move.lot_id, [Decimal(0), Decimal(0)])
        sums[column] -= move.amount
    return {lot: tuple(sums) for lot, sums in found.items() if any(sums)}


def test_an_order_is_planned_step_by_step_with_its_times(visit):
    lines = visit.administrations.order_by("position")
    assert [(line.drug.name, line.state, line.scheduled_at) for line in lines] == [
        ("sodium chloride 0.9 %", "ordered", at(9, 15)),
        ("magnesium sulfate", "ordered", at(9, 15)),
        ("ketorolac", "ordered", at(9, 45)),
    ]


def test_planning_twice_makes_no_step_twice(visit, order, nora):
    assert giving.plan_administrations(visit=visit, order=order, by=nora, at=NINE) == []
    assert visit.administrations.count() == 3


def test_start_takes_the_fewest_vials_and_writes_dose_waste_and_ledger(magnesium, stock, nora):
    line = start(magnesium, stock.magnesium_big, by=nora)
    assert (line.state, line.started_at, line.given_amount) == ("running", NINE, None)
    use = line.vials.get()
    assert (use.vials, use.given, use.wasted) == (1, 2000, 3000)
    assert lot_on_hand(stock.magnesium_big).amount == 45000
    assert charted() == ledger()
    assert [event.kind for event in line.events.all()] == ["start"]


def test_one_act_is_one_entry_of_the_history(magnesium, stock, nora):
    line = start(magnesium, stock.magnesium, by=nora)
    context = line.history.latest("pgh_id").pgh_context
    assert (context.metadata["verb"], context.metadata["user"]) == ("administration.started", nora.pk)
    assert line.vials.get().history.get().pgh_context_id == context.pk
    assert pghistory.models.Context.objects.filter(metadata__verb="stock.taken").count() == 0


def test_a_multi_dose_vial_leaves_no_waste(pia, site, chairs, nurses, drugs, stock, dana, felix, nora):
    recipe = scenes.regimen((drugs.prochlorperazine, 10, "mg", "iv_push", 5, []), code="one", name="One")
    order = scenes.signed_order(patient=pia, recipe=recipe, by=dana)
    visit = scenes.seated(scenes.booked(patient=pia, site=site, orders=[order], by=felix), by=nora)
    line = giving.give_push(
        administration=visit.administrations.get(),
        lots=[stock.prochlorperazine],
        started_at=NINE,
        stopped_at=at(9, 3),
        by=nora,
        at=at(9, 5),
    )
    use = line.vials.get()
    assert (line.state, use.given, use.wasted, use.waste_move) == ("given", 10, 0, None)
    assert lot_on_hand(stock.prochlorperazine).amount == 490
    assert [event.kind for event in line.events.order_by("pk")] == ["start", "stop"]


def test_two_lots_give_what_one_cannot(magnesium, stock, site, nora):
    last = scenes.lot(stock.products.magnesium, site=site, by=nora, number="LAST", vials=1)
    line = start(magnesium, last, stock.magnesium, by=nora)
    assert sorted((use.lot.number, use.given) for use in line.vials.all()) == [
        ("L-magnesium", 1000),
        ("LAST", 1000),
    ]
    assert charted() == ledger()


def test_only_in_a_chair(visit, stock, nora):
    line = visit.administrations.get(drug__code="ketorolac")
    with pytest.raises(CannotGive, match="not in a chair"):
        start(line, stock.ketorolac, by=nora)


def test_only_under_a_signature(pia, site, chairs, nurses, recipe, stock, dana, felix, nora):
    draft = ordering.order_from_regimen(patient=pia, regimen=recipe, by=dana, at=scenes.EIGHT)
    visit = scenes.seated(scenes.booked(patient=pia, site=site, orders=[draft], by=felix), by=nora)
    line = visit.administrations.get(drug__code="ketorolac")
    with pytest.raises(CannotGive, match="waits for its signature"):
        start(line, stock.ketorolac, by=nora)
    scenes.asked(pia, by=nora)
    signing.sign(order=draft, visit=visit, by=dana, at=NINE)
    line = visit.administrations.get(drug__code="ketorolac")
    assert start(line, stock.ketorolac, by=nora).state == "running"


def test_not_under_a_withdrawn_order(magnesium, order, stock, dana, nora):
    ordering.withdraw_order(order=order, reason="Renal function", by=dana, at=NINE)
    with pytest.raises(CannotGive, match="not open any more"):
        start(magnesium, stock.magnesium, by=nora)


def test_not_twice(magnesium, stock, nora):
    start(magnesium, stock.magnesium, by=nora)
    with pytest.raises(CannotGive, match="running already"):
        start(magnesium, stock.magnesium, by=nora, when=at(9, 1))
    assert VialUse.objects.count() == 1


def test_a_drug_without_stock_is_refused_in_words(pia, site, chairs, nurses, order, felix, nora):
    visit = scenes.seated(scenes.booked(patient=pia, site=site, orders=[order], by=felix), by=nora)
    with pytest.raises(LotRefused, match="no magnesium sulfate in stock"):
        start(visit.administrations.get(position=2), by=nora)


def test_lots_that_may_not_be_used(magnesium, stock, site, nora, paul):
    expiring = scenes.lot(
        stock.products.magnesium, site=site, by=nora, number="OLD", expires_on=date(2026, 11, 20)
    )
    pauls = scenes.lot(
        stock.products.magnesium, site=site, by=nora, number="PAUL", source="white_bag", patient=paul
    )
    with pytest.raises(LotRefused, match="Choose the lot"):
        start(magnesium, by=nora)
    with pytest.raises(LotRefused, match="PAUL was sent for another patient"):
        start(magnesium, pauls, by=nora)
    with pytest.raises(LotRefused, match="L-ketorolac is not magnesium sulfate"):
        start(magnesium, stock.ketorolac, by=nora)
    with pytest.raises(LotRefused, match="OLD expired on 20 Nov 2026"):
        start(magnesium, expiring, by=nora, now=at(9, 0, day=date(2026, 11, 21)))
    assert (Administration.objects.get(pk=magnesium.pk).state, VialUse.objects.count()) == ("ordered", 0)


def test_a_lot_with_too_little_is_refused_and_nothing_is_taken(magnesium, stock, site, nora):
    last = scenes.lot(stock.products.magnesium, site=site, by=nora, number="LAST", vials=1)
    with pytest.raises(NotEnough, match="add another lot"):
        start(magnesium, last, by=nora)
    assert lot_on_hand(last).amount == 1000


@pytest.mark.parametrize(
    ("when", "sentence"), [(at(9, 3), "future"), (at(8, 19), "before the patient was seated")]
)
def test_a_start_that_cannot_be(magnesium, stock, nora, when, sentence):
    with pytest.raises(MomentRefused, match=sentence) as no:
        start(magnesium, stock.magnesium, by=nora, when=when, now=NINE)
    assert no.value.field == "started_at"


def test_a_stop_before_the_start_is_refused_at_its_field(magnesium, stock, nora):
    start(magnesium, stock.magnesium, by=nora)
    with pytest.raises(MomentRefused, match="before what was charted last") as no:
        stop(magnesium, by=nora, when=at(8, 59), now=TEN)
    assert no.value.field == "stopped_at"


@pytest.mark.parametrize("amount", ["0", "-5", "2000.001"])
def test_an_amount_that_cannot_be(magnesium, stock, nora, amount):
    start(magnesium, stock.magnesium, by=nora)
    with pytest.raises(AmountRefused) as no:
        stop(magnesium, by=nora, when=at(9, 10), given_amount=Decimal(amount))
    assert no.value.field == "given_amount"


def test_rate_pause_bag_resume_stop(magnesium, stock, nora):
    start(magnesium, stock.magnesium, by=nora, rate_ml_h=Decimal(200))
    facts = {"administration": magnesium, "by": nora}
    giving.change_rate(rate_ml_h=Decimal(100), happened_at=at(9, 6), at=at(9, 6), **facts)
    giving.pause(happened_at=at(9, 10), at=at(9, 10), **facts)
    with pytest.raises(CannotGive, match="is paused"):
        giving.new_bag(happened_at=at(9, 12), at=at(9, 12), **facts)
    giving.resume(happened_at=at(9, 20), at=at(9, 20), **facts)
    giving.new_bag(happened_at=at(9, 25), at=at(9, 26), **facts)
    line = stop(magnesium, by=nora, when=at(9, 40))
    assert [event.kind for event in line.events.order_by("at", "pk")] == [
        "start",
        "rate",
        "pause",
        "resume",
        "bag",
        "stop",
    ]
    assert (line.state, line.given_amount, line.stopped_at) == ("given", 2000, at(9, 40))


def test_a_rate_of_zero_is_refused(magnesium, stock, nora):
    start(magnesium, stock.magnesium, by=nora)
    with pytest.raises(AmountRefused, match="more than zero"):
        giving.change_rate(administration=magnesium, rate_ml_h=Decimal(0), happened_at=NINE, by=nora, at=NINE)


def test_resume_needs_a_pause(magnesium, stock, nora):
    start(magnesium, stock.magnesium, by=nora)
    with pytest.raises(CannotGive, match="is running"):
        giving.resume(administration=magnesium, happened_at=NINE, by=nora, at=NINE)


def test_out_of_a_pause_somebody_says_how_much_went_in(magnesium, stock, nora):
    start(magnesium, stock.magnesium, by=nora)
    giving.pause(administration=magnesium, happened_at=at(9, 10), by=nora, at=at(9, 10))
    with pytest.raises(AmountRefused, match="how much"):
        stop(magnesium, by=nora, when=at(9, 15))
    assert stop(magnesium, by=nora, when=at(9, 15), given_amount=Decimal(2000)).state == "stopped"


def test_a_part_given_rewrites_dose_waste_and_ledger(magnesium, stock, site, nora):
    last = scenes.lot(stock.products.magnesium, site=site, by=nora, number="LAST", vials=1)
    start(magnesium, last, stock.magnesium, by=nora)
    line = stop(
        magnesium, by=nora, when=at(9, 10), given_amount=Decimal("700.5"), reason="Flushed, wanted it off"
    )
    assert (line.state, line.given_amount, line.reason) == (
        "partly_given",
        Decimal("700.5"),
        "Flushed, wanted it off",
    )
    standing = line.vials.filter(reversed_at=None)
    assert sum(use.given for use in standing) == Decimal("700.5")
    assert sum(use.given + use.wasted for use in standing) == 2000
    assert line.vials.exclude(reversed_at=None).count() == 2
    assert charted() == ledger()


def test_an_error_keeps_the_first_puts_stock_back_and_opens_the_step(magnesium, stock, nora):
    start(magnesium, stock.magnesium, by=nora)
    stop(magnesium, by=nora, when=at(9, 30), given_amount=Decimal(1500))
    again = giving.enter_in_error(administration=magnesium, reason="Wrong patient", by=nora, at=at(9, 35))
    magnesium.refresh_from_db()
    assert (magnesium.state, magnesium.reason, magnesium.given_amount) == (
        "entered_in_error",
        "Wrong patient",
        1500,
    )
    assert (again.state, again.replaces, again.step, again.scheduled_at) == (
        "ordered",
        magnesium,
        magnesium.step,
        magnesium.scheduled_at,
    )
    assert charted() == ledger() == {}
    assert lot_on_hand(stock.magnesium).vials == 10
    start(again, stock.magnesium, by=nora, when=at(9, 36))
    assert charted() == ledger() == {stock.magnesium.pk: (2000, 0)}


def test_an_error_needs_a_reason_and_something_charted(magnesium, stock, nora):
    with pytest.raises(CannotGive, match="Nothing is charted"):
        giving.enter_in_error(administration=magnesium, reason="x", by=nora, at=NINE)
    start(magnesium, stock.magnesium, by=nora)
    with pytest.raises(DomainError, match="Say why"):
        giving.enter_in_error(administration=magnesium, reason=" ", by=nora, at=NINE)
    assert VialUse.objects.get().reversed_at is None


def test_not_given_has_a_reason_and_held_may_be_released(magnesium, ketorolac, stock, nora):
    with pytest.raises(DomainError, match="Say why"):
        giving.not_given(administration=ketorolac, state="refused", reason="", by=nora, at=NINE)
    giving.not_given(administration=ketorolac, state="refused", reason="Stomach", by=nora, at=NINE)
    giving.not_given(administration=magnesium, state="held", reason="Systolic 84", by=nora, at=NINE)
    with pytest.raises(CannotGive, match="held already"):
        start(magnesium, stock.magnesium, by=nora)
    assert giving.release(administration=magnesium, by=nora, at=at(9, 10)).state == "ordered"
    with pytest.raises(CannotGive, match="refused by the patient"):
        giving.not_given(administration=ketorolac, state="held", reason="x", by=nora, at=NINE)
    with pytest.raises(DomainError, match="held, refused or not given"):
        giving.not_given(administration=magnesium, state="given", reason="x", by=nora, at=NINE)


def test_given_recorded_scheduled_and_ordered_stay_four_times(magnesium, stock, nora):
    line = start(magnesium, stock.magnesium, by=nora, when=NINE, now=at(9, 40))
    event = line.events.get()
    four = (line.step.order.signed_at, line.scheduled_at, event.at, event.recorded_at)
    assert four == (scenes.EIGHT, at(9, 15), NINE, at(9, 40))


def test_after_the_chair_nothing_more_is_charted(magnesium, stock, nora):
    discharge.left_early(visit=magnesium.visit, reason="Felt better", by=nora, at=NINE)
    with pytest.raises(CannotGive, match="is left before done"):
        start(magnesium, stock.magnesium, by=nora, when=at(9, 1))


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_nurses_start_the_same_line_and_one_wins(magnesium, stock, nora, noah):
    def try_it(nurse):
        try:
            return start(
                magnesium, stock.magnesium, by=nurse, when=NINE, now=NINE + timedelta(seconds=5)
            ).state
        except CannotGive as no:
            return str(no)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(try_it, [nora, noah, nora, noah]))
    assert answers == ["magnesium sulfate is running already."] * 3 + ["running"]
    assert VialUse.objects.count() == 1
    assert charted() == ledger() == {stock.magnesium.pk: (2000, 0)}
