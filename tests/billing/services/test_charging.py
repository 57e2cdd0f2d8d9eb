from datetime import date, timedelta
from decimal import Decimal

import pytest

from billing.models import Claim, ContractPrice, PayerRule
from billing.services import charging
from billing.states import ClaimState
from infusion_center.errors import Conflict, DomainError
from patients.models import Payer
from patients.services import registration
from tests.billing.scenes import (
    CLUSTER,
    EVENING,
    MIGRAINE,
    NAUSEA,
    claim_of,
    diagnosed,
    insure,
    lines,
    said,
    together,
)
from tests.clock import NINE
from tests.visits import scenes as visit_scenes
from visits.services import after_signing, flow, giving


def test_a_done_visit_becomes_a_claim_that_waits_only_for_its_diagnosis(centre, insured):
    claim = claim_of(centre.finished(insured, "magnesium_sulfate", "ketorolac"))
    assert claim.state == ClaimState.HELD
    assert said(claim).keys() == {"no_diagnosis"}
    assert lines(claim) == [
        ("96365", 1, ()),
        ("96375", 1, ()),
        ("J1885", 2, ("JZ",)),
        ("J3475", 4, ("JZ",)),
    ]
    assert claim.rendering == centre.dana


def test_with_a_diagnosis_it_is_ready_and_priced(centre, insured, bea):
    claim = diagnosed(centre.finished(insured, "magnesium_sulfate"), by=bea)
    assert (said(claim), claim.state) == ({}, ClaimState.READY)
    infusion, drug = claim.lines.order_by("position")
    # (0.21 x 1.007 + 1.54 x 1.023 + 0.04 x 2.018) x 32.3465 x 3
    assert infusion.charge == Decimal("181.23")
    assert infusion.price_note == "Fee schedule 2025, newest loaded: 2025 (charged at 3 times)"
    assert (drug.unit_charge, drug.charge) == (Decimal("1.4670"), Decimal("5.87"))
    assert drug.price_note == "Part B limit 2025 Q1, newest loaded: 2025 Q1 (charged at 3 times)"
    assert (drug.ndc11, drug.ndc_quantity, drug.ndc_unit) == ("63323006402", Decimal(4), "ML")
    assert claim.total == Decimal("187.10")


def test_sweeping_twice_makes_one_claim_and_writes_nothing_the_second_time(centre, insured):
    claim = claim_of(centre.finished(insured, "ketorolac"))
    before = claim.history.count(), claim.lines.order_by("pk").first().pk
    charging.draft_claims(at=EVENING)
    assert Claim.objects.count() == 1
    assert (claim.history.count(), claim.lines.order_by("pk").first().pk) == before


def test_nothing_but_a_done_visit_is_swept(centre, insured):
    centre.seated(insured, "ketorolac")
    assert charging.draft_claims(at=EVENING) == 0
    assert not Claim.objects.exists()


def test_a_pause_does_not_count_and_does_not_cut_the_infusion_in_two(centre, insured, nora):
    visit = centre.seated(insured, "magnesium_sulfate")
    line = centre.line(visit, "magnesium_sulfate")
    when = [NINE + timedelta(minutes=m) for m in (0, 60, 90, 130)]
    giving.start(
        administration=line, lots=[centre.lots["magnesium_sulfate"]], started_at=when[0], by=nora, at=when[0]
    )
    giving.pause(administration=line, happened_at=when[1], by=nora, at=when[1])
    giving.resume(administration=line, happened_at=when[2], by=nora, at=when[2])
    giving.stop(administration=line, stopped_at=when[3], by=nora, at=when[3])
    claim = claim_of(centre.discharge(visit, when=NINE + timedelta(minutes=140)))
    # 100 minutes of running: one further hour. With the pause it would have been 130.
    assert lines(claim)[:2] == [("96365", 1, ()), ("96366", 1, ())]


def test_hydration_earns_its_line_and_its_fluid_only_with_a_diagnosis_that_needs_it(centre, insured, bea):
    claim = diagnosed(centre.finished(insured, "ketorolac", "normal_saline"), by=bea)
    assert lines(claim) == [("96374", 1, ()), ("J1885", 2, ("JZ",))]
    claim = charging.set_diagnoses(claim=claim, codes=[MIGRAINE, NAUSEA], by=bea, at=EVENING)
    assert lines(claim) == [
        ("96374", 1, ()),
        ("96361", 1, ("59",)),
        ("J1885", 2, ("JZ",)),
        ("J7040", 1, ("JZ",)),
    ]


def test_a_drug_without_a_published_limit_is_held_until_a_contract_prices_it(centre, insured, site, bea):
    claim = diagnosed(centre.finished(insured, "droperidol"), by=bea)
    assert said(claim) == {
        "price:J1790:2": "Nothing prices J1790 (droperidol) on the date of service. Add a contract price."
    }
    ContractPrice.objects.create(
        site=site, code="J1790", charge=Decimal("12.50"), valid_from=date(2026, 1, 1)
    )
    charging.draft_claims(at=EVENING)
    claim.refresh_from_db()
    assert claim.state == ClaimState.READY
    assert claim.lines.get(code="J1790").price_note == "Contract price since 01 Jan 2026"


def test_an_unclassified_code_has_only_its_own_drugs_price_and_names_the_dose(centre, insured, site, bea):
    ContractPrice.objects.create(site=site, code="J3490", charge=40, valid_from=date(2026, 1, 1))
    claim = diagnosed(centre.finished(insured, "ketamine"), by=bea)
    assert said(claim).keys() == {"price:J3490:2"}
    facts = {"code": "J3490", "drug_code": "ketamine", "charge": 55, "valid_from": date(2026, 1, 1)}
    ContractPrice.objects.create(site=site, **facts)
    charging.draft_claims(at=EVENING)
    line = claim.lines.get(code="J3490")
    assert (line.description, line.charge, line.units) == ("KETAMINE 25 MG IV", Decimal(55), 1)


def test_a_part_of_a_vial_thrown_away_is_a_line_of_its_own(centre, insured, nora, bea):
    visit = centre.seated(insured, "eptinezumab")
    line = centre.line(visit, "eptinezumab")
    stop, lot = NINE + timedelta(minutes=20), centre.lots["eptinezumab"]
    giving.start(administration=line, lots=[lot], started_at=NINE, by=nora, at=NINE)
    giving.stop(
        administration=line, stopped_at=stop, given_amount=Decimal(60), by=nora, at=stop, reason="Rash"
    )
    claim = diagnosed(centre.discharge(visit, when=NINE + timedelta(minutes=40)), by=bea)
    assert lines(claim) == [("96365", 1, ()), ("J3032", 60, ()), ("J3032", 40, ("JW",))]


def test_an_antibody_waits_for_its_authorization_until_somebody_notes_it(centre, insured, bea):
    claim = diagnosed(centre.finished(insured, "eptinezumab"), by=bea)
    hold = claim.holds.get(cleared_at=None)
    assert (claim.state, hold.code) == (ClaimState.HELD, "authorization:eptinezumab")
    claim = charging.clear_hold(hold=hold, reason="AUTH 998877", by=bea, at=EVENING)
    assert claim.state == ClaimState.READY
    charging.draft_claims(at=EVENING)
    claim.refresh_from_db()
    assert claim.state == ClaimState.READY
    hold.refresh_from_db()
    assert (hold.cleared_by, hold.cleared_reason) == (bea, "AUTH 998877")


def test_eptinezumab_for_cluster_headache_goes_to_clinical_review(centre, insured, bea):
    claim = diagnosed(centre.finished(insured, "eptinezumab"), CLUSTER, by=bea)
    assert said(claim).keys() == {"authorization:eptinezumab", "clinical_review:J3032"}


def test_the_payers_rows_decide_on_authorization_family_and_switches(centre, felix, pia, bea):
    payer = Payer.objects.create(name="Strict Health", payer_id="77777")
    insure(pia, by=felix, payer=payer)
    facts = {"payer": payer, "valid_from": date(2026, 1, 1)}
    PayerRule.objects.create(
        drug_code="eptinezumab", authorization="never", complex_administration=True, **facts
    )
    PayerRule.objects.create(
        authorization="unknown", valid_from=date(2020, 1, 1), valid_to=date(2020, 2, 1), payer=payer
    )
    claim = diagnosed(centre.finished(pia, "eptinezumab"), by=bea)
    assert (said(claim), lines(claim)[0]) == ({}, ("96413", 1, ()))


def test_a_facts_hold_cannot_be_talked_away(centre, insured, bea):
    claim = claim_of(centre.finished(insured, "ketorolac"))
    with pytest.raises(charging.NotClearable, match="settled by the facts"):
        charging.clear_hold(hold=claim.holds.get(), reason="Please", by=bea, at=EVENING)


def test_clearing_takes_a_reason_and_happens_once(centre, insured, bea):
    claim = diagnosed(centre.finished(insured, "eptinezumab"), by=bea)
    hold = claim.holds.get(cleared_at=None)
    with pytest.raises(charging.NotClearable, match="Say why"):
        charging.clear_hold(hold=hold, reason="  ", by=bea, at=EVENING)
    charging.clear_hold(hold=hold, reason="AUTH 1", by=bea, at=EVENING)
    with pytest.raises(Conflict, match="cleared this hold already"):
        charging.clear_hold(hold=hold, reason="AUTH 1", by=bea, at=EVENING)


def test_without_coverage_it_is_held_and_the_coverage_frees_it(centre, pia, felix, bea):
    claim = diagnosed(centre.finished(pia, "ketorolac"), by=bea)
    assert said(claim).keys() == {"no_coverage"}
    insure(pia, by=felix)
    charging.draft_claims(at=EVENING)
    claim.refresh_from_db()
    assert claim.state == ClaimState.READY


def test_what_the_file_could_not_carry_is_said_before_there_is_a_file(centre, pia, felix, bea):
    insure(pia, by=felix)
    registration.correct(patient=pia, street="", by=felix, at=NINE)
    claim = diagnosed(centre.finished(pia, "ketorolac"), by=bea)
    assert said(claim) == {
        "file:patient_facts": "The patient's birth date and address are needed on the claim."
    }


def test_an_npi_that_is_missing_or_wrong_is_said(centre, insured, dana, bea):
    dana.npi = ""
    dana.save()
    claim = diagnosed(centre.finished(insured, "ketorolac"), by=bea)
    assert said(claim).keys() == {"no_rendering_npi"}
    dana.npi = "1234567890"
    dana.save()
    charging.draft_claims(at=EVENING)
    assert said(claim).keys() == {"file:rendering_npi"}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("G43.7", "finer codes"),
        ("G43.999", "not in force"),
        ("Z99.99", "not in the loaded release"),
        ("migraine", "looks like"),
        ("", "looks like"),
    ],
)
def test_a_diagnosis_is_a_billable_code_of_its_day(centre, insured, bea, code, words):
    claim = claim_of(centre.finished(insured, "ketorolac"))
    with pytest.raises(DomainError, match=words):
        charging.set_diagnoses(claim=claim, codes=[code], by=bea, at=EVENING)
    claim.refresh_from_db()
    assert claim.diagnoses == []


def test_diagnoses_are_twelve_at_most_and_none_twice(centre, insured, bea):
    claim = claim_of(centre.finished(insured, "ketorolac"))
    with pytest.raises(charging.DiagnosesRefused, match="already"):
        charging.set_diagnoses(claim=claim, codes=["g43.709", "G43709"], by=bea, at=EVENING)
    with pytest.raises(charging.DiagnosesRefused, match="12"):
        charging.set_diagnoses(claim=claim, codes=[MIGRAINE] * 13, by=bea, at=EVENING)


def test_a_claim_stays_a_draft_until_the_note_is_signed_also_through_a_discharge_undone(
    centre, insured, nora, dana, bea
):
    visit = centre.seated(insured, "ketorolac")
    centre.give(visit, "ketorolac", start=NINE, minutes=2)
    claim = diagnosed(centre.discharge(visit, when=NINE + timedelta(minutes=5), signed=False), by=bea)
    assert (claim.state, claim.lines.count()) == (ClaimState.DRAFT, 0)
    flow.undo(visit=visit, reason="Wrong patient clicked", by=nora, at=NINE + timedelta(minutes=10))
    assert charging.draft_claims(at=EVENING) == 0
    centre.discharge(visit, when=NINE + timedelta(minutes=30))
    charging.draft_claims(at=EVENING)
    claim.refresh_from_db()
    assert (claim.state, claim.diagnoses) == (ClaimState.READY, [MIGRAINE])


def test_a_stop_time_found_later_is_what_is_billed(centre, insured, nora, bea):
    visit = centre.finished(insured, "magnesium_sulfate")
    claim = diagnosed(visit, by=bea)
    assert lines(claim)[0] == ("96365", 1, ())
    line = centre.line(visit, "magnesium_sulfate")
    stop = {"kind": "event", "row": line.events.get(kind="stop").pk, "field": "at"}
    found = {"found_at": NINE + timedelta(minutes=15), "reason": "The pump's log"}
    after_signing.correct(visit=visit, **stop, **found, by=nora, at=EVENING)
    assert charging.draft_claims(at=EVENING) == 1
    assert lines(claim)[0] == ("96374", 1, ())  # 15 minutes or less are a push
    line.refresh_from_db()
    assert line.stopped_at == NINE + timedelta(minutes=30)  # as it was charted


def test_what_was_entered_in_error_is_not_billed_any_more(centre, insured, nora, bea):
    visit = centre.finished(insured, "magnesium_sulfate", "ketorolac")
    claim = diagnosed(visit, by=bea)
    wrong = {"kind": "administration", "row": centre.line(visit, "ketorolac").pk, "field": "in_error"}
    after_signing.correct(visit=visit, **wrong, reason="It was another patient's", by=nora, at=EVENING)
    charging.draft_claims(at=EVENING)
    assert {code for code, *_ in lines(claim)} == {"96365", "J3475"}


def test_what_was_sent_for_the_patient_is_not_billed_as_a_drug(centre, insured, site, nora, bea):
    product = centre.lots["eptinezumab"].product
    facts = {"source": "white_bag", "patient": insured}
    centre.lots["eptinezumab"] = visit_scenes.lot(product, site=site, by=nora, number="WB1", **facts)
    claim = diagnosed(centre.finished(insured, "eptinezumab"), by=bea)
    assert lines(claim) == [("96365", 1, ())]


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
def test_two_sweeps_at_once_make_one_claim(centre, insured):
    centre.finished(insured, "ketorolac")
    together(lambda: charging.draft_claims(at=EVENING), times=4)
    claim = Claim.objects.get()
    assert [one.position for one in claim.lines.order_by("position")] == [1, 2]
    assert said(claim).keys() == {"no_diagnosis"}
