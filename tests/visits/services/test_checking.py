"""The rules at work: at signing, at check-in, before a start, when a fact arrives, past midnight."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.utils import timezone

from infusion_center.contracts import explain
from patients.models import Term
from patients.selectors import vocabulary
from patients.services import history, reference, results
from regimens.models import Check, Clearance, Drug, SafetyRule
from regimens.selectors import findings
from regimens.selectors.rule_book import rule_book
from regimens.services import clearing, formulary, ordering
from regimens.states import OrderState
from tests.clock import EIGHT, NINE, SEVEN, at
from tests.visits import scenes
from visits.selectors import judging
from visits.services import arriving, asking, checking, giving, signing
from visits.states import Given

pytestmark = pytest.mark.django_db

SHIPPED = settings.BASE_DIR / "infusion_center" / "reference" / "formulary.json"


@pytest.fixture
def book(db):
    """The shipped formulary with its words."""
    loaded = formulary.load_formulary(path=SHIPPED, by=None, at=SEVEN)
    reference.load_vocabulary(vocab=loaded.vocabulary, by=None, at=SEVEN)
    return rule_book()


@pytest.fixture
def paul_asked(book, paul, felix):
    """Nothing known, nothing taken, 80 kg, good kidneys, a driver."""
    scenes.asked(paul, by=felix)
    history.measure(
        patient=paul, kind="weight", value=Decimal(80), unit="kg", measured_at=EIGHT, by=felix, at=EIGHT
    )
    results.record(
        patient=paul,
        kind="clearance",
        number=Decimal(95),
        method="lab_report",
        taken_at=SEVEN,
        by=felix,
        at=EIGHT,
    )
    return paul


def of(*steps):
    """A recipe of shipped drugs: (code, dose, unit, method, minutes)."""
    rows = [(Drug.objects.get(code=code), *rest, []) for code, *rest in steps]
    return scenes.regimen(*rows, code="_".join(code for code, *_ in steps), name="As asked")


def draft_for(patient, *steps, by):
    return ordering.order_from_regimen(patient=patient, regimen=of(*steps), by=by, at=EIGHT)


DHE = ("dihydroergotamine", "0.5", "mg", "iv_infusion", 30)
METOCLOPRAMIDE = ("metoclopramide", 10, "mg", "iv_infusion", 15)
PROCHLORPERAZINE = ("prochlorperazine", 10, "mg", "iv_infusion", 15)
KETOROLAC = ("ketorolac", 30, "mg", "iv_push", 2)


@pytest.fixture
def booked_for(site, chairs, nurses, felix):
    def book(patient, order):
        return scenes.booked(patient=patient, site=site, orders=[order], by=felix, has_driver="yes")

    return book


@pytest.fixture
def dhe_at_nine(paul_asked, booked_for, dana):
    """Signed, with an ECG; Paul is booked for nine."""
    order = draft_for(paul_asked, DHE, by=dana)
    visit = booked_for(paul_asked, order)
    signing.sign(order=order, visit=visit, by=dana, at=EIGHT)
    return visit


@pytest.mark.parametrize("driver", ["no", "unknown"])
def test_a_sedating_drug_does_not_start_without_a_driver(paul_asked, booked_for, site, dana, nora, driver):
    order = draft_for(paul_asked, PROCHLORPERAZINE, by=dana)
    visit = booked_for(paul_asked, order)
    signing.sign(order=order, visit=visit, by=dana, at=EIGHT)
    asking.name_driver(visit=visit, has_driver=driver, by=nora, at=EIGHT)
    line = scenes.seated(visit, by=nora).administrations.get()
    shelf = scenes.product(line.drug, by=nora, amount=10, ndc="0641-6135-25")
    start = {"lots": [scenes.lot(shelf, site=site, by=nora, number="L-1")], "started_at": NINE}
    with pytest.raises(checking.NotCleared, match="drive") as no:
        giving.start(administration=line, **start, acknowledged=True, by=nora, at=NINE)
    assert no.value.http_status == 409
    line.refresh_from_db()
    assert line.state == Given.ORDERED


def rules_of(check):
    return [found["rule"] for found in check.findings]


def test_a_clean_order_is_signed_and_its_check_is_kept_with_its_facts(paul_asked, booked_for, dana):
    order = draft_for(paul_asked, KETOROLAC, by=dana)
    visit = booked_for(paul_asked, order)
    assert signing.sign(order=order, visit=visit, by=dana, at=EIGHT).state == OrderState.SIGNED
    check = Check.objects.get(order=order)
    assert (check.verdict, check.findings, check.checked_by) == ("allow", [], dana)
    assert check.facts["patient"]["weight_kg"] == 80


def test_what_a_check_rested_on_can_be_asked_again(paul_asked, booked_for, dana):
    order = draft_for(paul_asked, METOCLOPRAMIDE, PROCHLORPERAZINE, by=dana)
    check = checking.check_order(
        order=order, visit=booked_for(paul_asked, order), moment="order", because="saving", by=dana, at=EIGHT
    )
    (again,), read = explain("order", [{"id": "again", **check.facts}])
    assert read
    assert (again["verdict"], [found["rule"] for found in again["findings"]]) == (
        check.verdict,
        rules_of(check),
    )


def test_a_block_cannot_be_signed_nor_overridden(paul_asked, booked_for, dana):
    order = draft_for(paul_asked, METOCLOPRAMIDE, PROCHLORPERAZINE, by=dana)
    visit = booked_for(paul_asked, order)
    with pytest.raises(checking.NotCleared, match="extrapyramidal"):
        signing.sign(order=order, visit=visit, by=dana, at=EIGHT)
    with pytest.raises(clearing.CannotClear, match="Nobody may override"):
        clearing.override(
            order=order,
            rule="metoclopramide_with_d2",
            drug="metoclopramide",
            reason="I want it",
            by=dana,
            at=EIGHT,
        )
    order.refresh_from_db()
    assert order.state == OrderState.DRAFT


def test_lists_that_nobody_asked_about_ask_for_a_reason(book, paul, booked_for, dana):
    order = draft_for(paul, METOCLOPRAMIDE, by=dana)
    visit = booked_for(paul, order)
    with pytest.raises(checking.NotCleared) as no:
        signing.sign(order=order, visit=visit, by=dana, at=EIGHT)
    assert {finding.rule for finding in no.value.findings} == {
        "missing:allergies",
        "missing:conditions",
        "missing:home_medications",
    }


def test_with_its_reason_it_is_signed_and_waits_for_the_pharmacist(paul_asked, booked_for, dana):
    history.add_condition(patient=paul_asked, text="Raynaud", tag="raynaud", by=dana, at=EIGHT)
    order = draft_for(paul_asked, DHE, by=dana)
    visit = booked_for(paul_asked, order)
    with pytest.raises(checking.NotCleared, match="raynaud"):
        signing.sign(order=order, visit=visit, by=dana, at=EIGHT)
    clearing.override(
        order=order,
        rule="dihydroergotamine:contraindication:raynaud",
        drug="dihydroergotamine",
        reason="Mild, warm hands today",
        by=dana,
        at=EIGHT,
    )
    assert signing.sign(order=order, visit=visit, by=dana, at=EIGHT).state == OrderState.SIGNED
    assert Clearance.objects.filter(reviewed_at=None, severity="override_reason").count() == 1


def test_a_check_that_cannot_run_says_so_and_blocks_until_it_runs(paul_asked, booked_for, dana):
    order = draft_for(paul_asked, KETOROLAC, by=dana)
    visit = booked_for(paul_asked, order)
    broken = SafetyRule.objects.get(code="dhe_triptan_24h")
    SafetyRule.objects.filter(pk=broken.pk).update(row={**broken.row, "when": "no_such_name > 1"})
    with pytest.raises(checking.NotCleared, match="could not run"):
        signing.sign(order=order, visit=visit, by=dana, at=EIGHT)
    SafetyRule.objects.filter(pk=broken.pk).update(row=broken.row)
    assert signing.sign(order=order, visit=visit, by=dana, at=EIGHT).state == OrderState.SIGNED


def test_an_unsafe_signature_is_refused_below_the_check_as_well(paul_asked, dana):
    order = draft_for(paul_asked, KETOROLAC, by=dana)
    old = Check.objects.create(
        order=order, moment="order", because="x", checked_at=EIGHT - timedelta(minutes=6), verdict="allow"
    )
    with pytest.raises(ordering.NotChecked, match="too old"):
        ordering.sign_order(order=order, check=old, by=dana, at=EIGHT)
    finding = {"rule": "x", "severity": "block", "drug": None, "message": "No.", "involves": []}
    blocked = Check.objects.create(
        order=order, moment="order", because="x", checked_at=EIGHT, verdict="block", findings=[finding]
    )
    with pytest.raises(ordering.NotChecked, match="stand in the way"):
        ordering.sign_order(order=order, check=blocked, by=dana, at=EIGHT)


def test_a_triptan_told_at_check_in_stops_the_dhe(dhe_at_nine, paul_asked, site, nora, felix):
    history.add_medication(
        patient=paul_asked, text="sumatriptan", last_taken_at=at(6, 0), by=felix, at=at(8, 35)
    )
    visit = arriving.check_in(visit=dhe_at_nine, by=felix, at=at(8, 40))
    check = Check.objects.filter(order__in=visit.orders.all()).latest("pk")
    assert (check.moment, check.verdict, rules_of(check)) == ("check_in", "block", ["dhe_triptan_24h"])
    line = visit.administrations.get()
    with pytest.raises(checking.NotCleared, match="sumatriptan taken 3 hours ago"):
        giving.start(administration=line, lots=[], started_at=NINE, by=nora, at=NINE)
    line.refresh_from_db()
    assert line.state == Given.ORDERED
    assert Check.objects.latest("pk").step == line.step


def test_the_nurse_reads_a_warning_before_the_start(paul_asked, booked_for, dana, nora, felix, site):
    order = draft_for(paul_asked, METOCLOPRAMIDE, by=dana)
    visit = booked_for(paul_asked, order)
    signing.sign(order=order, visit=visit, by=dana, at=EIGHT)
    scenes.seated(visit, by=nora)
    history.add_condition(
        patient=paul_asked, text="Depression", tag="depression_severe", by=nora, at=at(8, 55)
    )
    line = visit.administrations.get()
    lot = scenes.lot(
        scenes.product(line.drug, by=nora, amount=10, ndc="0409-3414-01"), site=site, by=nora, number="M1"
    )
    ask = {"administration": line, "lots": [lot], "started_at": NINE, "by": nora, "at": NINE}
    with pytest.raises(checking.NotCleared, match="depression"):
        giving.start(**ask)
    assert giving.start(**ask, acknowledged=True).state == Given.RUNNING
    assert Clearance.objects.get().cleared_by == nora


def test_no_driver_is_a_warning_to_sign_and_a_block_to_start(
    paul_asked, site, chairs, nurses, dana, felix, nora
):
    order = draft_for(paul_asked, PROCHLORPERAZINE, by=dana)
    visit = scenes.booked(patient=paul_asked, site=site, orders=[order], by=felix, has_driver="no")
    with pytest.raises(checking.NotCleared, match="drives the patient home"):
        signing.sign(order=order, visit=visit, by=dana, at=EIGHT)
    clearing.acknowledge(order=order, rule="no_driver", drug="prochlorperazine", by=dana, at=EIGHT)
    signing.sign(order=order, visit=visit, by=dana, at=EIGHT)
    scenes.seated(visit, by=nora)
    with pytest.raises(checking.NotCleared, match="drives the patient home"):
        giving.start(
            administration=visit.administrations.get(),
            lots=[],
            started_at=NINE,
            acknowledged=True,
            by=nora,
            at=NINE,
        )


def test_a_fact_that_arrives_is_checked_by_the_sweep_once(dhe_at_nine, paul_asked, nora, felix):
    visit = scenes.seated(dhe_at_nine, by=nora)
    assert checking.sweep(at=NINE) == 0
    history.add_allergy(patient=paul_asked, text="ergots", group="ergot", by=nora, at=NINE)
    assert checking.sweep(at=at(9, 1)) == 1
    check = findings.findings_of(visit.orders.all())[visit.orders.get().pk].check
    assert (check.because, check.verdict) == ("a fact has changed", "block")
    assert checking.sweep(at=at(9, 2)) == 0


def test_a_fact_that_arrives_after_the_first_drug_is_checked_for_what_is_left(
    paul_asked, booked_for, dana, nora, site
):
    """The second drug waits for the first, which is not to be given any more."""
    drugs = {code: Drug.objects.get(code=code) for code in ("metoclopramide", "ketorolac")}
    recipe = scenes.regimen(
        (drugs["metoclopramide"], *METOCLOPRAMIDE[1:], []), (drugs["ketorolac"], *KETOROLAC[1:], [1])
    )
    order = ordering.order_from_regimen(patient=paul_asked, regimen=recipe, by=dana, at=EIGHT)
    visit = booked_for(paul_asked, order)
    signing.sign(order=order, visit=visit, by=dana, at=EIGHT)
    scenes.seated(visit, by=nora)
    first = visit.administrations.get(drug=drugs["metoclopramide"])
    vial = scenes.product(first.drug, by=nora, amount=10, ndc="0409-3414-01")
    lot = scenes.lot(vial, site=site, by=nora, number="M1")
    giving.start(administration=first, lots=[lot], started_at=NINE, by=nora, at=NINE)
    history.add_allergy(patient=paul_asked, text="ibuprofen", group="nsaid_aspirin", by=nora, at=at(9, 1))
    assert checking.sweep(at=at(9, 2)) == 1
    check = Check.objects.latest("pk")
    assert (check.problem, check.verdict) == ("", "block")
    assert [line["drug"] for line in check.facts["orders"]] == ["ketorolac"]


def test_a_check_that_failed_is_tried_again_each_minute(dhe_at_nine, paul_asked, nora, monkeypatch):
    scenes.seated(dhe_at_nine, by=nora)
    history.add_allergy(patient=paul_asked, text="ergots", group="ergot", by=nora, at=NINE)
    with monkeypatch.context() as broken:
        broken.setattr(judging, "bench", lambda **_: 1 / 0)
        assert [checking.sweep(at=NINE + timedelta(seconds=s)) for s in (5, 10, 60, 66)] == [1, 0, 0, 1]
    assert checking.sweep(at=at(9, 3)) == 1
    assert Check.objects.latest("pk").verdict == "block"


def test_past_midnight_it_is_asked_again(dhe_at_nine, nora):
    scenes.seated(dhe_at_nine, by=nora)
    assert checking.sweep(at=NINE + timedelta(hours=14)) == 0
    assert checking.sweep(at=NINE + timedelta(hours=16)) == 1


def test_an_unmapped_medication_is_never_silence(paul_asked, booked_for, dana):
    history.add_medication(patient=paul_asked, text="Grandmother's drops", by=dana, at=EIGHT)
    order = draft_for(paul_asked, KETOROLAC, by=dana)
    with pytest.raises(checking.NotCleared, match="Not understood: Grandmother's drops"):
        signing.sign(order=order, visit=booked_for(paul_asked, order), by=dana, at=EIGHT)


def test_an_allergy_of_a_group_the_book_does_not_know_is_never_silence(paul_asked, booked_for, dana):
    history.add_allergy(patient=paul_asked, text="Old name", group="gone_from_the_book", by=dana, at=EIGHT)
    order = draft_for(paul_asked, KETOROLAC, by=dana)
    with pytest.raises(checking.NotCleared, match="Not understood: Old name"):
        signing.sign(order=order, visit=booked_for(paul_asked, order), by=dana, at=EIGHT)


def test_a_rule_changed_in_the_database_counts_at_once(paul_asked, booked_for, dana):
    order = draft_for(paul_asked, KETOROLAC, by=dana)
    visit = booked_for(paul_asked, order)
    rule = SafetyRule.objects.get(code="counter_effect_generic")
    row = {**rule.row, "left": [{"drug": "ketorolac"}], "when": None, "severity": "block"}
    SafetyRule.objects.filter(pk=rule.pk).update(row=row)
    with pytest.raises(checking.NotCleared):
        signing.sign(order=order, visit=visit, by=dana, at=EIGHT)


def test_the_words_of_the_book_are_all_there(book):
    assert Term.objects.filter(kind="class_tag").exists()
    assert {term.term for term in vocabulary.terms(kind="condition")} == set(book.tags)
    assert timezone.is_aware(NINE)
