"""Results written, read, computed and struck out."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from infusion_center.errors import DomainError
from patients.models import Result
from patients.rules.clearance import CannotCompute
from patients.rules.results import ResultRefused
from patients.selectors import results as found
from patients.services import history, registration, results
from tests.clock import EIGHT, ELEVEN, MINUTE, NINE, SEVEN, TEN
from tests.people import enroll


def write(patient, kind, value, *, by, taken_at=EIGHT, at=NINE, **facts):
    said = {"outcome": value} if value in ("negative", "positive", "indeterminate") else {}
    said = said or {"number": Decimal(value)}
    return results.record(patient=patient, kind=kind, **said, taken_at=taken_at, by=by, at=at, **facts)


def weigh(patient, kg, *, by, at=EIGHT):
    history.measure(
        patient=patient, kind="weight", value=Decimal(kg), unit="kg", measured_at=at, by=by, at=at
    )


def test_a_result_carries_its_moment_its_method_and_its_person(pia, nora):
    row = write(pia, "hcg", "negative", by=nora)
    assert (row.outcome, row.number, row.unit, row.method) == ("negative", None, "", "urine")
    assert (row.taken_at, row.recorded_at, row.recorded_by) == (EIGHT, NINE, nora)
    ecg = write(pia, "ecg", 412, by=nora)
    assert (ecg.number, ecg.unit, ecg.method) == (Decimal(412), "ms", "twelve_lead")


def test_a_creatinine_brings_its_clearance(pia, nora):
    weigh(pia, "70", by=nora)
    creatinine = write(pia, "creatinine", "0.8", by=nora, method="point_of_care")
    clearance = found.newest(pia, "clearance", NINE)
    assert (clearance.number, clearance.unit, clearance.method) == (Decimal(101), "mL/min", "computed")
    assert (clearance.computed_from, clearance.taken_at) == (creatinine, EIGHT)
    assert "Cockcroft" in clearance.note


def test_without_a_weight_the_clearance_is_not_known_until_they_are_weighed(pia, nora):
    creatinine = write(pia, "creatinine", "0.8", by=nora)
    assert "clearance" not in found.newest_results(pia, TEN)
    assert "no weight" in found.why_not_computed(creatinine, at=TEN)
    with pytest.raises(CannotCompute):
        results.compute_clearance(creatinine=creatinine, by=nora, at=TEN)
    weigh(pia, "70", by=nora, at=TEN)
    assert results.compute_clearance(creatinine=creatinine, by=nora, at=TEN).number == 101
    results.compute_clearance(creatinine=creatinine, by=nora, at=ELEVEN)
    assert Result.objects.filter(kind="clearance").count() == 1


def test_a_clearance_that_cannot_be_is_not_kept(pia, nora):
    weigh(pia, "300", by=nora)
    creatinine = write(pia, "creatinine", "0.1", by=nora)
    assert "cannot be" in found.why_not_computed(creatinine, at=NINE)
    assert not Result.objects.filter(kind="clearance").exists()


def test_a_newer_creatinine_makes_an_older_clearance_unknown(pia, nora):
    write(pia, "clearance", 90, by=nora, taken_at=SEVEN)
    assert found.newest(pia, "clearance", NINE).number == 90
    write(pia, "creatinine", "4.0", by=nora, taken_at=EIGHT)  # no weight: nothing can be computed
    assert found.newest(pia, "clearance", NINE) is None
    assert found.newest_results(pia, NINE)["creatinine"].number == Decimal("4.0")


def test_the_newest_by_the_moment_it_was_taken_counts_and_none_from_later(pia, nora):
    write(pia, "ecg", 440, by=nora, taken_at=EIGHT)
    write(pia, "ecg", 410, by=nora, taken_at=SEVEN, at=TEN)  # written later, taken earlier
    write(pia, "ecg", 460, by=nora, taken_at=TEN, at=TEN)
    assert found.newest(pia, "ecg", NINE).number == 440
    assert found.newest(pia, "ecg", TEN).number == 460
    assert found.newest(pia, "hcg", TEN) is None


def test_the_newest_results_take_one_query(pia, nora, django_assert_num_queries):
    for kind, value in [("hcg", "negative"), ("ecg", 420), ("alt", 30), ("mri", "negative")]:
        write(pia, kind, value, by=nora)
    with django_assert_num_queries(1):
        assert set(found.newest_results(pia, NINE)) == {"hcg", "ecg", "alt", "mri"}


def test_what_is_struck_out_counts_no_more_and_is_kept_with_its_reason(pia, nora):
    weigh(pia, "70", by=nora)
    wrong = write(pia, "creatinine", "0.8", by=nora)
    results.enter_in_error(result=wrong, reason=" Another patient's tube ", by=nora, at=TEN)
    assert found.newest_results(pia, TEN) == {}  # nor the clearance that came from it
    card = found.result_card(pia)
    assert (card.rows, len(card.wrong)) == ([], 2)
    assert {row.row.in_error_reason for row in card.wrong} == {"Another patient's tube"}
    with pytest.raises(results.InErrorAlready):
        results.enter_in_error(result=wrong, reason="Again", by=nora, at=TEN)


def test_striking_out_wants_a_reason(pia, nora):
    row = write(pia, "ecg", 420, by=nora)
    with pytest.raises(DomainError, match="what was wrong"):
        results.enter_in_error(result=row, reason="  ", by=nora, at=TEN)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"taken_at": NINE + MINUTE}, "taken_at"),
        ({"taken_at": NINE - timedelta(days=366 * 60)}, "taken_at"),
        ({"method": "urine"}, "method"),
        ({"note": "x" * 121}, "note"),
    ],
)
def test_what_cannot_be_is_one_sentence_at_its_field(pia, nora, facts, field):
    with pytest.raises(DomainError) as no:
        write(pia, "ecg", 420, by=nora, **facts)
    assert no.value.field == field
    assert not Result.objects.exists()


def test_a_number_with_too_many_digits_is_words_too(pia, nora):
    with pytest.raises(ResultRefused) as no:
        write(pia, "creatinine", "1.2345", by=nora)
    assert no.value.field == "number"


def test_results_of_a_merged_record_are_the_persons(max, nora, felix, pia):
    twin = enroll(by=felix)
    write(twin, "ecg", 431, by=nora)
    registration.merge(duplicate=twin, into=pia, by=max, at=NINE)
    assert found.newest(pia, "ecg", TEN).number == 431


def test_the_age_of_the_formula_is_that_of_the_day_of_the_blood(nora, felix):
    eve = enroll(by=felix, birth_date=date(2008, 11, 21))  # 18 tomorrow
    weigh(eve, "60", by=nora)
    assert "under 18" in found.why_not_computed(write(eve, "creatinine", "0.8", by=nora), at=NINE)


@pytest.mark.parametrize(
    "facts",
    [
        {"kind": "ecg", "number": 400, "unit": ""},
        {"kind": "hcg", "outcome": "negative", "number": 3, "unit": "x"},
        {"kind": "hcg"},
        {"kind": "urine", "outcome": "negative"},
        {"kind": "hcg", "outcome": "negative", "taken_at": TEN},
        {"kind": "hcg", "outcome": "negative", "in_error_at": TEN},
        {"kind": "clearance", "number": 90, "unit": "mL/min", "method": "computed"},
    ],
)
def test_the_database_keeps_the_promises_too(pia, nora, facts):
    whole = {"method": "urine", "taken_at": EIGHT, "recorded_at": NINE, "recorded_by": nora} | facts
    with pytest.raises(IntegrityError), transaction.atomic():
        Result.objects.create(patient=pia, **whole)


def test_a_result_is_never_deleted(pia, nora):
    row = write(pia, "ecg", 420, by=nora)
    with pytest.raises(DatabaseError), transaction.atomic():
        row.delete()


def test_a_weighing_completes_the_clearance_that_waited(pia, nora):
    write(pia, "creatinine", "0.8", by=nora)
    results.weigh(patient=pia, value=Decimal(70), unit="kg", measured_at=TEN, by=nora, at=TEN)
    assert found.newest(pia, "clearance", TEN).number == 101
    results.weigh(patient=pia, value=Decimal(71), unit="kg", measured_at=ELEVEN, by=nora, at=ELEVEN)
    assert Result.objects.filter(kind="clearance").count() == 1


def test_the_weight_of_the_kept_record_serves_the_creatinine_of_the_merged_one(max, nora, felix, pia):
    twin = enroll(by=felix)
    creatinine = write(twin, "creatinine", "0.8", by=nora)
    registration.merge(duplicate=twin, into=pia, by=max, at=NINE)
    weigh(pia, "70", by=nora, at=TEN)
    creatinine = found.result_of(pia, creatinine.key)
    assert results.compute_clearance(creatinine=creatinine, by=nora, at=TEN).number == 101
