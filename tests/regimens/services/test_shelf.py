"""Counted, set aside, recalled, taken off, sent: every act is a line of the ledger or a row that stands."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from infusion_center.errors import Conflict, DomainError
from regimens.models import Drug, FridgeReading, LotCount, PackageCode, ParLevel, SetAside, StockMove
from regimens.selectors import looking, on_hand
from regimens.services import fridges, shelf, stocking
from tests.clock import EIGHT, FRIDAY, MINUTE, NINE, SEVEN, TEN
from tests.places import open_site
from tests.regimens.conftest import a_lot, a_product

DAY = timedelta(days=1)


@pytest.fixture
def ketamine(loaded, nora, site):
    """A controlled drug: four multi-dose vials of 200 mg."""
    product = a_product(
        Drug.objects.get(code="ketamine"),
        by=nora,
        ndc="42023-113-10",
        amount=Decimal(200),
        container="multi_dose",
    )
    return a_lot(product, site, by=nora, vials=4, number="KET1")


@pytest.fixture
def elsewhere(db, nora):
    there = open_site(name="Riverside", slug="riverside", npi="1245319599")
    nora.sites.add(there)
    return there


def left(lot):
    there = on_hand.lot_on_hand(lot)
    return there.amount, there.vials


def take(lot, patient, by, *, given="10", moment=NINE):
    return stocking.take(
        lot=lot, given=Decimal(given), wasted=Decimal(0), vials=0, patient=patient, by=by, at=moment
    )


def offered(lot, patient, day=FRIDAY):
    found = on_hand.lots_for(drug=lot.product.drug, site=lot.site, day=day, patient=patient)
    return lot in found


def test_a_count_that_agrees_is_kept_and_moves_nothing(ten_vials, nora):
    count = shelf.count(lot=ten_vials, counted=Decimal(10), witness=None, by=nora, at=NINE)
    assert (count.expected, count.counted, count.move) == (300, 300, None)
    assert ten_vials.moves.count() == 1


def test_a_difference_corrects_the_ledger_for_a_reason(ten_vials, nora):
    with pytest.raises(DomainError, match="The ledger says 300 mg: say why it differs") as no:
        shelf.count(lot=ten_vials, counted=Decimal(9), witness=None, by=nora, at=NINE)
    assert no.value.field == "reason"
    count = shelf.count(lot=ten_vials, counted=Decimal(9), reason="One broke", witness=None, by=nora, at=NINE)
    assert (count.move.kind, count.move.amount, count.move.vials) == ("counted", -30, -1)
    assert left(ten_vials) == (270, 9)


@pytest.mark.parametrize("counted", ["-1", "9.5"])
def test_no_half_and_no_negative_vials_are_counted(ten_vials, nora, counted):
    with pytest.raises(DomainError) as no:
        shelf.count(lot=ten_vials, counted=Decimal(counted), reason="x", witness=None, by=nora, at=NINE)
    assert no.value.field == "counted"
    assert not LotCount.objects.exists()


def test_more_vials_than_anybody_has_are_a_slip(ten_vials, nora, site, vial):
    with pytest.raises(DomainError, match="at most 10,000 vials") as no:
        shelf.count(lot=ten_vials, counted=Decimal(999_999_999), reason="x", by=nora, at=NINE)
    assert no.value.field == "counted"
    with pytest.raises(DomainError) as no:
        shelf.keep_at_least(site=site, product=vial, least=1, full=99_999, by=nora, at=NINE)
    assert no.value.field == "full"


def test_a_controlled_drug_is_counted_by_two_people_in_its_unit(ketamine, nora, noah):
    for witness in (None, nora):
        with pytest.raises(DomainError) as no:
            shelf.count(lot=ketamine, counted=Decimal(800), witness=witness, by=nora, at=NINE)
        assert no.value.field == "witness"
    assert shelf.count(lot=ketamine, counted=Decimal(800), witness=noah, by=nora, at=NINE).witness == noah


def test_a_count_is_never_rewritten(ten_vials, nora):
    count = shelf.count(lot=ten_vials, counted=Decimal(10), witness=None, by=nora, at=NINE)
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
        LotCount.objects.filter(pk=count.pk).update(counted=Decimal(270))
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic(), connection.cursor() as raw:
        raw.execute("DELETE FROM regimens_lotcount")


def test_controlled_lots_are_due_for_a_count_each_shift(ketamine, ten_vials, site, nora, noah):
    [one] = looking.controlled(on_hand.lots_at(site=site), site=site, at=EIGHT)
    assert (one.pk, one.last_count, one.count_due) == (ketamine.pk, None, True)
    shelf.count(lot=ketamine, counted=Decimal(800), witness=noah, by=nora, at=SEVEN)
    due = [
        looking.controlled(on_hand.lots_at(site=site), site=site, at=moment)[0].count_due
        for moment in (EIGHT, SEVEN + 480 * MINUTE, EIGHT + DAY)
    ]
    assert due == [False, True, True]


def test_what_is_set_aside_is_neither_offered_nor_given_until_it_is_freed(ten_vials, nora, pia):
    shelf.set_aside(lot=ten_vials, reason="Cracked stopper", by=nora, at=EIGHT)
    assert not offered(ten_vials, pia)
    with pytest.raises(stocking.CannotTake, match="Lot K1 is set aside: Cracked stopper"):
        stocking.take(
            lot=ten_vials, given=Decimal(30), wasted=Decimal(0), vials=1, patient=pia, by=nora, at=NINE
        )
    shelf.set_free(lot=ten_vials, reason="Looked at by Phil", by=nora, at=TEN)
    assert offered(ten_vials, pia)
    row = SetAside.objects.get()
    assert (row.freed_at, row.freed_by, row.freed_because) == (TEN, nora, "Looked at by Phil")


def test_a_lot_is_set_aside_once_and_freed_once(ten_vials, nora):
    shelf.set_aside(lot=ten_vials, reason="Warm", by=nora, at=EIGHT)
    with pytest.raises(Conflict, match="set aside already"):
        shelf.set_aside(lot=ten_vials, reason="Warm", by=nora, at=NINE)
    shelf.set_free(lot=ten_vials, reason="Fine", by=nora, at=NINE)
    with pytest.raises(Conflict, match="not set aside any more"):
        shelf.set_free(lot=ten_vials, reason="Fine", by=nora, at=TEN)


def test_a_recall_reaches_every_delivery_of_the_number_the_empty_and_the_quarantined_too(
    vial, site, elsewhere, nora, pia
):
    here, there = a_lot(vial, site, by=nora), a_lot(vial, elsewhere, by=nora, number="k1")
    empty = a_lot(vial, site, by=nora, vials=1)
    other = a_lot(vial, site, by=nora, number="K2")
    stocking.take(lot=empty, given=Decimal(30), wasted=Decimal(0), vials=1, patient=pia, by=nora, at=EIGHT)
    shelf.set_aside(lot=here, reason="Cloudy", by=nora, at=EIGHT)
    found = shelf.recall(
        product=vial, number=" K1 ", reason="Hospira: glass", sites=nora.works_at, by=nora, at=NINE
    )
    assert {lot.pk for lot in found} == {here.pk, there.pk, empty.pk}
    standing = {row.lot_id: row.kind for row in SetAside.objects.filter(freed_at=None)}
    assert standing == dict.fromkeys((here.pk, there.pk, empty.pk), "recall")
    assert offered(other, pia)


def test_the_same_recall_twice_changes_nothing_more(vial, ten_vials, nora):
    for moment in (EIGHT, NINE):
        shelf.recall(product=vial, number="K1", reason="Glass", sites=nora.works_at, by=nora, at=moment)
    assert SetAside.objects.get().since == EIGHT


def test_a_recall_of_a_number_nobody_had_says_so(vial, ten_vials, nora):
    with pytest.raises(DomainError, match="No delivery of this product has the lot number K9") as no:
        shelf.recall(product=vial, number="K9", reason="Glass", sites=nora.works_at, by=nora, at=NINE)
    assert no.value.field == "number"


@pytest.mark.parametrize("kind", ["discarded", "returned"])
def test_what_is_taken_off_leaves_the_ledger_for_a_reason(ten_vials, nora, kind):
    with pytest.raises(DomainError) as no:
        shelf.take_off(lot=ten_vials, kind=kind, taken=Decimal(2), reason=" ", by=nora, at=NINE)
    assert no.value.field == "reason"
    shelf.take_off(lot=ten_vials, kind=kind, taken=Decimal(2), reason="Dropped", by=nora, at=NINE)
    assert left(ten_vials) == (240, 8)


def test_more_than_there_is_does_not_leave_the_shelf(ten_vials, nora):
    for taken in ("11", "0"):
        with pytest.raises(stocking.CannotTake) as no:
            shelf.take_off(
                lot=ten_vials, kind="discarded", taken=Decimal(taken), reason="x", by=nora, at=NINE
            )
        assert no.value.field == "taken"


def test_only_an_expired_lot_leaves_as_expired_and_then_it_can(ten_vials, nora):
    with pytest.raises(stocking.CannotTake, match="good until 30 Jun 2027"):
        shelf.take_off(lot=ten_vials, kind="expired", taken=Decimal(10), reason="Old", by=nora, at=NINE)
    later = NINE + 300 * DAY
    shelf.take_off(lot=ten_vials, kind="expired", taken=Decimal(10), reason="Old", by=nora, at=later)
    assert left(ten_vials) == (0, 0)


def test_a_controlled_drug_is_thrown_away_before_a_witness_who_is_named(ketamine, nora, noah):
    facts = {"lot": ketamine, "kind": "discarded", "taken": Decimal(50), "reason": "Rest", "by": nora}
    with pytest.raises(DomainError, match="is controlled: name who looked with you"):
        shelf.take_off(**facts, at=NINE)
    move = shelf.take_off(**facts, witness=noah, at=NINE)
    assert (move.reason, move.witness) == ("Rest", noah)


def test_vials_travel_to_another_site_as_the_lot_they_are(ten_vials, elsewhere, nora, pia):
    there = shelf.send(lot=ten_vials, to=elsewhere, taken=Decimal(4), by=nora, at=NINE)
    assert (left(ten_vials), left(there)) == ((180, 6), (120, 4))
    same = ("product", "number", "expires_on", "cost_per_vial", "source")
    assert all(getattr(there, name) == getattr(ten_vials, name) for name in same)
    assert list(StockMove.objects.order_by("pk").values_list("kind", flat=True)) == [
        "received",
        "sent",
        "brought",
    ]


def test_a_note_too_long_for_the_ledger_is_refused_and_nothing_travels(ten_vials, elsewhere, nora):
    with pytest.raises(stocking.CannotTake, match="shorter note") as no:
        shelf.send(lot=ten_vials, to=elsewhere, taken=Decimal(4), reason="x" * 190, by=nora, at=NINE)
    assert no.value.field == "reason" and left(ten_vials) == (300, 10)


def test_what_is_set_aside_arrives_set_aside(ten_vials, elsewhere, nora):
    shelf.set_aside(lot=ten_vials, reason="Warm", by=nora, at=EIGHT)
    there = shelf.send(lot=ten_vials, to=elsewhere, taken=Decimal(4), by=nora, at=NINE)
    assert on_hand.standing_aside(there).reason == "Warm"


def test_an_open_vial_does_not_travel(ketamine, elsewhere, nora):
    with pytest.raises(stocking.CannotTake, match="Only whole vials travel"):
        shelf.send(lot=ketamine, to=elsewhere, taken=Decimal(150), by=nora, at=NINE)


def test_nothing_is_sent_to_where_it_is(ten_vials, site, nora):
    with pytest.raises(stocking.CannotTake) as no:
        shelf.send(lot=ten_vials, to=site, taken=Decimal(1), by=nora, at=NINE)
    assert no.value.field == "to"


def test_an_open_multi_dose_vial_is_given_from_for_28_days_and_no_day_longer(ketamine, nora, noah, pia):
    take(ketamine, pia, nora)
    last = FRIDAY + 28 * DAY
    assert on_hand.use_open_vial_by(ketamine) == last
    assert offered(ketamine, pia, last) and not offered(ketamine, pia, last + DAY)
    take(ketamine, pia, nora, moment=NINE + 28 * DAY)
    with pytest.raises(stocking.CannotTake, match="good until 18 Dec 2026: throw its rest away first"):
        take(ketamine, pia, nora, moment=NINE + 29 * DAY)
    shelf.take_off(
        lot=ketamine,
        kind="discarded",
        taken=Decimal(180),
        reason="Beyond use",
        witness=noah,
        by=nora,
        at=NINE + 29 * DAY,
    )
    take(ketamine, pia, nora, moment=TEN + 29 * DAY)
    assert on_hand.use_open_vial_by(ketamine) == last + 29 * DAY


def test_a_label_that_says_fewer_days_is_believed(loaded, site, nora, pia):
    product = a_product(
        Drug.objects.get(code="ketamine"),
        by=nora,
        amount=Decimal(200),
        container="multi_dose",
        days_once_open=7,
    )
    lot = a_lot(product, site, by=nora)
    take(lot, pia, nora)
    assert on_hand.use_open_vial_by(lot) == FRIDAY + 7 * DAY


def test_single_dose_vials_have_no_open_vial(ten_vials, pia, nora):
    stocking.take(
        lot=ten_vials, given=Decimal(15), wasted=Decimal(15), vials=1, patient=pia, by=nora, at=NINE
    )
    assert on_hand.use_open_vial_by(ten_vials) is None


def test_an_unknown_barcode_is_asked_about_once(vial, nora):
    with pytest.raises(on_hand.UnknownProduct):
        on_hand.product_by_code("01003143230641350")
    with pytest.raises(on_hand.NewBarcode, match="say once what it is of"):
        on_hand.product_by_code("0100363323064020")
    shelf.learn_code(text="0100363323064020", product=vial, by=nora, at=NINE)
    assert on_hand.product_by_code("010036332306402010K77").product == vial
    with pytest.raises(Conflict):
        shelf.learn_code(text="0100363323064020", product=vial, by=nora, at=NINE)
    assert PackageCode.objects.count() == 1


def test_par_levels_are_a_sites_own_and_zero_takes_them_away(vial, site, elsewhere, nora):
    shelf.keep_at_least(site=site, product=vial, least=5, full=20, by=nora, at=NINE)
    assert on_hand.par_level(site=site, product=vial) == {"least": 5, "full": 20}
    assert on_hand.par_level(site=elsewhere, product=vial) == {"least": 0, "full": 0}
    with pytest.raises(DomainError) as no:
        shelf.keep_at_least(site=site, product=vial, least=5, full=4, by=nora, at=NINE)
    assert no.value.field == "full"
    shelf.keep_at_least(site=site, product=vial, least=0, full=0, by=nora, at=NINE)
    assert not ParLevel.objects.exists()


def test_a_fridge_wants_a_reading_and_a_word_when_it_is_too_warm(site, nora):
    fridge = fridges.add(site=site, name="Medicine", low_c=Decimal(2), high_c=Decimal(8), by=nora, at=SEVEN)
    assert [(one.last, one.due) for one in looking.fridges(site=site, at=EIGHT)] == [(None, True)]
    for edge in ("2.0", "8.0"):
        assert not fridges.read(fridge=fridge, celsius=Decimal(edge), by=nora, at=EIGHT).outside
    with pytest.raises(DomainError, match="outside 2 to 8 °C") as no:
        fridges.read(fridge=fridge, celsius=Decimal("8.1"), by=nora, at=NINE)
    assert no.value.field == "done_about"
    fridges.read(fridge=fridge, celsius=Decimal("8.1"), done_about="Door was open", by=nora, at=NINE)
    [cold] = looking.fridges(site=site, at=TEN)
    assert (cold.last.celsius, cold.last.outside, cold.due) == (Decimal("8.1"), True, False)
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
        FridgeReading.objects.update(celsius=Decimal(5))


def test_a_fridge_name_is_given_once_and_its_span_makes_sense(site, nora):
    facts = {"site": site, "by": nora, "at": SEVEN, "low_c": Decimal(2)}
    fridges.add(name="Medicine", high_c=Decimal(8), **facts)
    for name, high, field in (("Medicine", 8, "name"), ("Other", 1, "high_c")):
        with pytest.raises(DomainError) as no:
            fridges.add(name=name, high_c=Decimal(high), **facts)
        assert no.value.field == field
