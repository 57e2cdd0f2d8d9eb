"""The questions of the day: where each answer goes, and what was not asked."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from infusion_center.errors import DomainError
from patients.models import HomeDose, HomeMedication, PregnancyAnswer, ScreeningAnswer
from patients.selectors import results as found
from patients.services import history, registration, screening
from patients.services.screening import Block, Pack, Pregnancy, Said, Taken
from patients.states import Question
from tests.clock import EIGHT, MINUTE, NINE, SEVEN, TEN
from tests.people import enroll

pytestmark = pytest.mark.usefixtures("words")


def ask(patient, *, by, at=NINE, during="check_in", **said):
    return screening.ask(patient=patient, said=Said(**said), asked_during=during, by=by, at=at)


@pytest.fixture
def sumatriptan(pia, nora):
    return history.add_medication(patient=pia, text="sumatriptan 50 mg", by=nora, at=SEVEN)


def answered(patient, since=SEVEN):
    return {question: row.answer for question, row in found.answers(patient, since).items()}


def test_what_nobody_asked_has_no_row_and_is_no_no(pia, nora):
    ask(pia, by=nora)
    assert not ScreeningAnswer.objects.exists()
    lines = found.answer_lines(pia, SEVEN, questions=found.questions_for(pia, visit=True))
    assert {line.words for line in lines} == {"not asked"}


def test_a_listed_triptan_gets_its_last_dose(pia, nora, sumatriptan):
    ask(pia, by=nora, last_taken={sumatriptan: EIGHT})
    sumatriptan.refresh_from_db()
    assert (sumatriptan.last_taken_at, sumatriptan.last_taken_asked_at) == (EIGHT, NINE)
    assert answered(pia) == {"triptan": "yes"}


def test_not_known_stays_not_known(pia, nora, sumatriptan):
    ask(pia, by=nora, last_taken={sumatriptan: None}, plain={Question.NEW_HEADACHE_TYPE: "unknown"})
    sumatriptan.refresh_from_db()
    assert (sumatriptan.last_taken_at, sumatriptan.last_taken_asked_at) == (None, NINE)
    assert answered(pia) == {"triptan": "unknown", "new_headache_type": "unknown"}


def test_a_medication_nobody_listed_is_put_on_the_list(pia, nora):
    ask(pia, by=nora, taken={Question.NSAID: Taken("yes", EIGHT, "my blue pills")})
    row = HomeMedication.objects.get()
    assert (row.text, row.groups, row.last_taken_at) == ("my blue pills", ["nsaid_home"], EIGHT)
    pia.refresh_from_db()
    assert pia.medications == "listed"
    ask(pia, by=nora, at=TEN, taken={Question.NSAID: Taken("yes", NINE, "My blue pills")})
    assert HomeMedication.objects.get().last_taken_at == NINE  # the same one, not a second


def test_takes_none_is_refused_beside_a_listed_one_and_no_other_is_not(pia, nora, sumatriptan):
    with pytest.raises(screening.AnswerRefused, match="“sumatriptan 50 mg” is on the list") as no:
        ask(pia, by=nora, taken={Question.TRIPTAN: Taken("no")})
    assert no.value.field == "triptan"
    ask(pia, by=nora, last_taken={sumatriptan: EIGHT}, taken={Question.TRIPTAN: Taken("no")})
    assert answered(pia) == {"triptan": "yes"}


def test_a_steroid_pack_counts_as_one_dose_at_home_told_twice_or_not(pia, nora):
    last_day = NINE - timedelta(days=5)
    for _ in range(2):
        ask(pia, by=nora, pack=Pack("yes", last_day))
    (dose,) = found.home_doses(pia, NINE - timedelta(days=31))
    assert (dose.drug, dose.amount, dose.taken_at) == ("methylprednisolone", None, last_day)
    assert found.home_doses(pia, NINE - timedelta(days=2)) == []


def test_no_steroid_pack_is_an_answer_without_a_dose(pia, nora):
    ask(pia, by=nora, pack=Pack("no"))
    assert answered(pia) == {"steroid_pack": "no"}
    assert not HomeDose.objects.exists()


def test_could_you_be_pregnant_keeps_what_was_said_earlier(pia, nora):
    history.answer_pregnancy(
        patient=pia, status="unknown", contraception="effective", breastfeeding=False, by=nora, at=SEVEN
    )
    ask(pia, by=nora, pregnancy=Pregnancy("not_pregnant"))
    newest = PregnancyAnswer.objects.latest("answered_at")
    assert (newest.status, newest.contraception, newest.breastfeeding) == ("not_pregnant", "effective", False)
    assert answered(pia)["pregnancy"] == "no"


@pytest.mark.parametrize(
    ("status", "word"),
    [("pregnant", "yes"), ("unknown", "unknown"), ("not_pregnant", "no"), ("not_possible", "no")],
)
def test_each_answer_about_pregnancy(pia, nora, status, word):
    ask(pia, by=nora, pregnancy=Pregnancy(status))
    assert answered(pia) == {"pregnancy": word}
    assert PregnancyAnswer.objects.get().status == status


def test_a_nerve_block_comes_with_its_drug(pia, nora):
    ask(pia, by=nora, plain={Question.NERVE_BLOCK: "yes"}, block=Block("lidocaine", Decimal(60), EIGHT))
    row = found.answers(pia, SEVEN)["nerve_block"]
    assert (row.block_drug, row.block_mg, row.block_at) == ("lidocaine", Decimal(60), EIGHT)
    assert found.answer_words(row) == "yes, lidocaine 60 mg"
    ask(pia, by=nora, at=TEN, plain={Question.NERVE_BLOCK: "no"}, block=Block())
    assert answered(pia) == {"nerve_block": "no"}  # the newest counts


def test_the_number_of_an_infusion(pia, nora):
    ask(pia, by=nora, infusion_number=3)
    assert found.answers(pia, SEVEN)["infusion_number"].number == 3


def test_lists_are_reviewed_with_the_rest(pia, nora):
    history.add_allergy(patient=pia, text="Latex", by=nora, at=SEVEN)
    ask(pia, by=nora, lists={"allergies": "same", "conditions": "none"})
    pia.refresh_from_db()
    assert (pia.allergies, pia.allergies_reviewed_at, pia.conditions) == ("listed", NINE, "none")


def test_one_refusal_and_nothing_is_written(pia, nora, sumatriptan):
    with pytest.raises(screening.AnswerRefused, match="which one"):
        ask(
            pia,
            by=nora,
            last_taken={sumatriptan: EIGHT},
            taken={Question.NSAID: Taken("yes", EIGHT, "")},
            plain={Question.NEW_HEADACHE_TYPE: "no"},
        )
    sumatriptan.refresh_from_db()
    assert sumatriptan.last_taken_at is None
    assert not ScreeningAnswer.objects.exists()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"taken": {Question.TRIPTAN: Taken("yes", None, "sumatriptan")}}, "triptan_time"),
        ({"taken": {Question.TRIPTAN: Taken("yes", NINE + MINUTE, "sumatriptan")}}, "triptan_time"),
        ({"taken": {Question.NSAID: Taken("yes", EIGHT, "x" * 201)}}, "nsaid_name"),
        ({"pack": Pack("yes")}, "steroid_pack_on"),
        ({"pack": Pack("yes", TEN)}, "steroid_pack_on"),
        ({"pack": Pack("yes", EIGHT, Decimal(-1))}, "steroid_pack_mg"),
        ({"infusion_number": 0}, "infusion_number"),
        ({"plain": {Question.FASTED: "maybe"}}, "fasted"),
        ({"plain": {Question.NERVE_BLOCK: "yes"}, "block": Block("tea")}, "block_drug"),
        ({"plain": {Question.NERVE_BLOCK: "yes"}, "block": Block("", Decimal(9999))}, "block_mg"),
        ({"plain": {Question.NERVE_BLOCK: "yes"}, "block": Block("", None, TEN)}, "block_at"),
    ],
)
def test_what_cannot_be_is_one_sentence_at_its_field(pia, nora, said, field):
    with pytest.raises(DomainError) as no:
        ask(pia, by=nora, **said)
    assert no.value.field == field
    assert not ScreeningAnswer.objects.exists() and not HomeDose.objects.exists()


def test_answers_of_a_merged_record_are_the_persons(max, nora, felix, pia):
    twin = enroll(by=felix)
    ask(twin, by=nora, at=EIGHT, plain={Question.NEW_HEADACHE_TYPE: "yes"}, pack=Pack("yes", SEVEN))
    registration.merge(duplicate=twin, into=pia, by=max, at=NINE)
    assert answered(pia) == {"new_headache_type": "yes", "steroid_pack": "yes"}
    assert len(found.home_doses(pia, SEVEN)) == 1


def test_an_old_answer_is_not_todays(pia, nora):
    ask(pia, by=nora, at=SEVEN, plain={Question.ALCOHOL_TODAY: "no"})
    assert answered(pia, since=EIGHT) == {}


def test_nobody_asks_a_man_whether_he_is_pregnant(paul, pia):
    assert Question.PREGNANCY not in found.questions_for(paul, visit=True)
    assert Question.PREGNANCY in found.questions_for(pia, visit=False)


def test_a_dose_at_home_once_and_struck_out_with_a_reason(pia, nora):
    facts = {"patient": pia, "drug": "ketorolac", "amount": Decimal(10), "taken_at": EIGHT, "by": nora}
    dose = screening.note_home_dose(**facts, at=NINE)
    with pytest.raises(screening.DoseTwice):
        screening.note_home_dose(**facts, at=NINE)
    screening.home_dose_in_error(dose=dose, reason="It was naproxen", by=nora, at=TEN)
    assert found.home_doses(pia, SEVEN) == []
    screening.note_home_dose(**facts, at=TEN)
    assert len(found.home_doses(pia, SEVEN)) == 1


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"drug": "aspirin"}, "drug"),
        ({"amount": Decimal(0)}, "amount"),
        ({"amount": Decimal("NaN")}, "amount"),
        ({"taken_at": TEN}, "taken_at"),
    ],
)
def test_a_dose_at_home_that_cannot_be(pia, nora, facts, field):
    whole = {"drug": "ketorolac", "amount": Decimal(10), "taken_at": EIGHT} | facts
    with pytest.raises(DomainError) as no:
        screening.note_home_dose(patient=pia, **whole, by=nora, at=NINE)
    assert no.value.field == field


def test_an_answer_only_grows(pia, nora):
    (row,) = ask(pia, by=nora, plain={Question.FASTED: "yes"})
    for act in (row.delete, row.save):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
