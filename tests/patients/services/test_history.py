from datetime import date, timedelta
from decimal import Decimal

import pytest

from patients.models import Patient
from patients.rules.measures import Unbelievable
from patients.selectors import card
from patients.services import history, registration
from tests.clock import EIGHT, NINE, SEVEN, TEN
from tests.people import enroll


def answers(patient):
    return Patient.objects.values_list("allergies", "medications", "conditions").get(pk=patient.pk)


def weigh(patient, value, *, by, measured_at=SEVEN, at=NINE, unit="kg"):
    facts = {"kind": "weight", "value": Decimal(value), "unit": unit, "measured_at": measured_at}
    return history.measure(patient=patient, **facts, by=by, at=at)


def test_a_new_patient_was_never_asked_anything(pia):
    assert answers(pia) == ("not_asked", "not_asked", "not_asked")


def test_none_is_an_answer_with_its_person_and_moment(nora, pia):
    history.answer_none(patient=pia, what="allergies", by=nora, at=EIGHT)
    pia.refresh_from_db()
    assert answers(pia) == ("none", "not_asked", "not_asked")
    assert (pia.allergies_reviewed_at, pia.allergies_reviewed_by) == (EIGHT, nora)


def test_an_allergy_makes_the_list_listed_whatever_was_answered_before(nora, pia):
    history.answer_none(patient=pia, what="allergies", by=nora, at=EIGHT)
    history.add_allergy(patient=pia, text="Latex", by=nora, at=NINE)
    assert answers(pia)[0] == "listed"


@pytest.mark.parametrize(
    ("what", "add"),
    [
        ("allergies", history.add_allergy),
        ("medications", history.add_medication),
        ("conditions", history.add_condition),
    ],
)
def test_none_is_refused_while_something_is_listed(nora, pia, what, add):
    add(patient=pia, text="Something", by=nora, at=EIGHT)
    with pytest.raises(history.AnswerContradicts, match="are listed"):
        history.answer_none(patient=pia, what=what, by=nora, at=NINE)


def test_none_is_refused_while_a_merged_record_lists_something(max, nora, felix, pia):
    twin = enroll(by=felix)
    history.add_allergy(patient=twin, text="Latex", by=nora, at=SEVEN)
    registration.merge(duplicate=twin, into=pia, by=max, at=EIGHT)
    with pytest.raises(history.AnswerContradicts):
        history.answer_none(patient=pia, what="allergies", by=nora, at=NINE)
    assert card.facts(pia, "allergies").answer == "listed"


def test_when_the_last_one_goes_nobody_has_said_none(nora, pia):
    latex = history.add_allergy(patient=pia, text="Latex", by=nora, at=EIGHT)
    nuts = history.add_allergy(patient=pia, text="Nuts", by=nora, at=EIGHT)
    history.end_fact(fact=latex, by=nora, at=NINE)
    assert answers(pia)[0] == "listed"
    history.entered_in_error(fact=nuts, by=nora, at=NINE)
    assert answers(pia)[0] == "not_asked"
    assert {row.state for row in card.facts(pia, "allergies").past} == {"ended", "entered_in_error"}


def test_a_fact_is_ended_once(nora, pia):
    latex = history.add_allergy(patient=pia, text="Latex", by=nora, at=EIGHT)
    history.end_fact(fact=latex, by=nora, at=NINE)
    with pytest.raises(history.FactIsOver, match="not active any more"):
        history.entered_in_error(fact=latex, by=nora, at=TEN)


def test_the_same_allergy_is_not_listed_twice(nora, pia):
    history.add_allergy(patient=pia, text="Latex", by=nora, at=EIGHT)
    with pytest.raises(history.ListedAlready, match="on the list already"):
        history.add_allergy(patient=pia, text=" latex ", by=nora, at=NINE)


def test_a_review_says_who_and_when_and_changes_nothing(nora, pia):
    history.add_medication(patient=pia, text="sumatriptan", by=nora, at=EIGHT)
    history.review(patient=pia, what="medications", by=nora, at=NINE)
    pia.refresh_from_db()
    assert (pia.medications, pia.medications_reviewed_at, pia.medications_reviewed_by) == (
        "listed",
        NINE,
        nora,
    )


def test_what_nobody_asked_about_cannot_be_reviewed(nora, pia):
    with pytest.raises(history.AnswerContradicts, match="Nobody has asked"):
        history.review(patient=pia, what="conditions", by=nora, at=NINE)


def test_words_of_our_vocabularies_are_understood(nora, pia, words):
    allergy = history.add_allergy(patient=pia, text="Ibuprofen 400", by=nora, at=EIGHT)
    condition = history.add_condition(patient=pia, text="asthma, sulfite sensitive", by=nora, at=EIGHT)
    medication = history.add_medication(patient=pia, text="Sumatriptan 50 mg", by=nora, at=EIGHT)
    assert (allergy.group, condition.tag, medication.groups) == ("nsaid", "asthma_sulfite", ["triptan"])
    assert not (allergy.unmapped or condition.unmapped or medication.unmapped)


def test_a_combination_is_not_taken_for_its_first_half(nora, pia, words):
    medication = history.add_medication(patient=pia, text="sumatriptan/naproxen", by=nora, at=EIGHT)
    assert medication.groups == ["qt_drug"]


def test_unknown_words_are_kept_and_marked_for_review(nora, pia, words):
    assert history.add_allergy(patient=pia, text="the blue pill", by=nora, at=EIGHT).unmapped
    assert not history.add_allergy(patient=pia, text="nuts", group="other:nuts", by=nora, at=EIGHT).unmapped
    settled = history.add_medication(patient=pia, text="vitamin D", unmapped=False, by=nora, at=EIGHT)
    assert (settled.groups, settled.unmapped) == ([], False)


def test_last_taken_is_a_moment_or_not_known_and_never_in_the_future(nora, pia):
    taken = history.add_medication(patient=pia, text="sumatriptan", by=nora, at=EIGHT)
    assert (taken.last_taken_at, taken.last_taken_asked_at) == (None, None)
    history.answer_last_taken(medication=taken, last_taken_at=None, by=nora, at=NINE)
    assert (taken.last_taken_at, taken.last_taken_asked_at) == (None, NINE)
    history.answer_last_taken(medication=taken, last_taken_at=SEVEN, by=nora, at=TEN)
    taken.refresh_from_db()
    assert (taken.last_taken_at, taken.last_taken_asked_at) == (SEVEN, TEN)
    with pytest.raises(history.BadFact) as no:
        history.answer_last_taken(medication=taken, last_taken_at=TEN, by=nora, at=NINE)
    assert no.value.field == "last_taken_at"


def test_the_newest_pregnancy_answer_counts(nora, pia):
    history.answer_pregnancy(patient=pia, status="unknown", by=nora, at=EIGHT)
    history.answer_pregnancy(patient=pia, status="pregnant", due_on=date(2027, 5, 1), by=nora, at=NINE)
    assert card.pregnancy(pia).status == "pregnant"


@pytest.mark.parametrize(
    "facts",
    [
        {"status": "pregnant", "due_on": date(2028, 1, 1)},
        {"status": "pregnant", "due_on": date(2026, 1, 1)},
        {"status": "not_pregnant", "due_on": date(2027, 5, 1)},
        {"status": "maybe"},
    ],
)
def test_a_due_date_has_to_fit_a_pregnancy_of_today(nora, pia, facts):
    with pytest.raises(history.BadFact):
        history.answer_pregnancy(patient=pia, **facts, by=nora, at=NINE)
    assert card.pregnancy(pia) is None


def test_a_weight_counts_for_dosing_for_thirty_days(nora, pia):
    weigh(pia, "80", by=nora, measured_at=NINE - timedelta(days=30))
    assert card.newest_weight(pia, NINE).value == 80
    assert card.newest_weight(pia, NINE + timedelta(seconds=1)) is None
    (shown,) = card.weights(pia, NINE + timedelta(days=1))
    assert (shown.days_old, shown.too_old) == (31, True)


def test_the_newest_weight_wins_and_one_of_the_future_does_not(nora, pia):
    weigh(pia, "80", by=nora, measured_at=SEVEN)
    weigh(pia, "178", unit="lb", by=nora, measured_at=EIGHT)
    assert card.newest_weight(pia, NINE).value == Decimal("80.74")
    assert card.newest_weight(pia, SEVEN).value == 80
    with pytest.raises(history.BadFact, match="still to come"):
        weigh(pia, "80", by=nora, measured_at=TEN, at=NINE)


def test_limits_follow_the_age_on_the_day_of_weighing(nora, felix):
    child = enroll(by=felix, given_name="Kit", birth_date=date(2016, 11, 20))
    weigh(child, "18", by=nora, measured_at=SEVEN)
    with pytest.raises(Unbelievable):
        weigh(child, "4", by=nora, measured_at=SEVEN)
