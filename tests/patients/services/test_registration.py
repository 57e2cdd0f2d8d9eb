from datetime import date, timedelta

import pghistory.models
import pytest

from patients.models import Patient
from patients.rules.identity import BadIdentity
from patients.rules.phone import UnreadablePhone
from patients.selectors import card, search
from patients.services import coverage, history, reaching, registration
from tests.clock import EIGHT, NINE, SEVEN, TEN
from tests.people import enroll


def verbs(row):
    events = pghistory.models.Events.objects.tracks(row).order_by("pgh_id")
    return [event.pgh_context["verb"] for event in events]


@pytest.fixture
def twin(felix):
    """Pia again, registered by a desk that did not look."""
    return enroll(by=felix, given_name="Pía", street="12 Elm St")


def test_a_new_record_gets_the_next_number_and_is_written_down_with_its_verb(felix):
    first, second = enroll(by=felix), enroll(by=felix, given_name="Paul")
    assert int(second.number) == int(first.number) + 1
    assert verbs(first) == ["patient.registered"]


def test_spaces_are_tidied_and_phones_come_along_with_consent(felix):
    phone = {"kind": "mobile", "written": "312-555-0142", "may_text": "yes"}
    patient = enroll(by=felix, given_name="  Ana   María ", phones=[phone])
    assert patient.given_name == "Ana María"
    assert [(p.written, p.may_text, p.may_text_at, p.may_text_by) for p in patient.phones.all()] == [
        ("(312) 555-0142", "yes", SEVEN, felix)
    ]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"birth_date": date(2026, 11, 22)}, "birth_date"),
        ({"birth_date": date(1900, 1, 1)}, "birth_date"),
        ({"given_name": "  "}, "given_name"),
        ({"family_name": "123"}, "family_name"),
        ({"email": "nobody"}, "email"),
        ({"sex_at_birth": "f"}, "sex_at_birth"),
        ({"city": "x" * 61}, "city"),
        ({"died_on": date(1970, 1, 1)}, "died_on"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_leaves_nothing(felix, facts, field):
    with pytest.raises(registration.DomainError) as no:
        enroll(by=felix, **facts)
    assert no.value.field == field
    assert not Patient.objects.exists()


def test_an_unreadable_phone_leaves_no_half_record(felix):
    with pytest.raises(UnreadablePhone):
        enroll(by=felix, phones=[{"written": "555"}])
    assert not Patient.objects.exists()


def test_correcting_changes_what_is_given_and_nothing_else(felix, pia):
    registration.correct(patient=pia, family_name="Pelletier", former_name="Pell", by=felix, at=EIGHT)
    assert (pia.family_name, pia.former_name, pia.city) == ("Pelletier", "Pell", "Chicago")
    assert verbs(pia) == ["patient.registered", "patient.corrected"]


def test_the_second_editor_is_told_instead_of_overwriting_the_first(felix, pia):
    seen = pia.updated_at
    registration.correct(patient=pia, city="Joliet", unchanged_since=seen, by=felix, at=EIGHT)
    with pytest.raises(registration.ChangedMeanwhile):
        registration.correct(patient=pia, city="Aurora", unchanged_since=seen, by=felix, at=NINE)
    assert Patient.objects.get(pk=pia.pk).city == "Joliet"


def test_a_refused_correction_does_not_linger_in_the_record(felix, pia):
    with pytest.raises(BadIdentity):
        registration.correct(patient=pia, family_name="", by=felix, at=EIGHT)
    assert pia.family_name == "Pell"


def test_a_merged_record_is_read_as_the_one_kept(max, felix, nora, pia, twin):
    history.add_allergy(patient=twin, text="Latex", by=nora, at=SEVEN)
    registration.merge(duplicate=twin, into=pia, by=max, at=EIGHT)
    assert card.patient_by_key(twin.key) == pia
    assert [row.text for row in card.facts(pia, "allergies").active] == ["Latex"]
    assert [row.number for row in search.find(text=twin.number)] == [pia.number]
    assert verbs(twin)[-1] == "patient.merged"


def test_no_row_moves_when_records_are_merged_and_undo_brings_everything_back(max, nora, pia, twin):
    latex = history.add_allergy(patient=twin, text="Latex", by=nora, at=SEVEN)
    registration.merge(duplicate=twin, into=pia, by=max, at=EIGHT)
    latex.refresh_from_db()
    assert latex.patient_id == twin.pk
    registration.undo_merge(patient=twin, by=max, at=NINE)
    assert card.patient_by_key(twin.key) == twin
    assert not card.facts(pia, "allergies").active
    assert [row.text for row in card.facts(twin, "allergies").active] == ["Latex"]


def test_a_merge_is_undone_once(max, pia, twin):
    registration.merge(duplicate=twin, into=pia, by=max, at=EIGHT)
    registration.undo_merge(patient=twin, by=max, at=NINE)
    with pytest.raises(registration.CannotMerge, match="stands for itself already"):
        registration.undo_merge(patient=twin, by=max, at=TEN)


def test_no_circles_no_chains_no_self(max, felix, pia, twin):
    third = enroll(by=felix, given_name="Pea")
    registration.merge(duplicate=twin, into=pia, by=max, at=EIGHT)
    refused = [(pia, pia), (pia, twin), (twin, pia), (twin, third), (third, twin), (pia, third)]
    for duplicate, into in refused:
        with pytest.raises(registration.CannotMerge):
            registration.merge(duplicate=duplicate, into=into, by=max, at=NINE)
    registration.merge(duplicate=third, into=pia, by=max, at=NINE)
    assert [row.number for row in card.merged_records(pia)] == [third.number, twin.number]


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"birth_date": date(1984, 10, 4)}, "birth dates differ"),
        ({"sex_at_birth": "male"}, "sex at birth differs"),
        ({"died_on": date(2020, 1, 1)}, "has died"),
    ],
)
def test_records_whose_hard_facts_differ_are_not_merged(max, felix, pia, facts, sentence):
    other = enroll(by=felix, **facts)
    with pytest.raises(registration.CannotMerge, match=sentence):
        registration.merge(duplicate=other, into=pia, by=max, at=EIGHT)


def test_an_unknown_sex_does_not_stand_in_the_way(max, felix, pia):
    other = enroll(by=felix, sex_at_birth="unknown")
    registration.merge(duplicate=other, into=pia, by=max, at=EIGHT)
    assert card.patient_by_key(other.key) == pia


def test_two_first_payers_have_to_be_settled_before_a_merge(max, felix, pia, twin, payer, other_payer):
    coverage.add_coverage(patient=pia, payer=payer, member_id="A1", by=felix, at=SEVEN)
    theirs = coverage.add_coverage(patient=twin, payer=other_payer, member_id="B2", by=felix, at=SEVEN)
    with pytest.raises(registration.CannotMerge, match="running coverage at place 1"):
        registration.merge(duplicate=twin, into=pia, by=max, at=EIGHT)
    coverage.end(coverage=theirs, ends_on=EIGHT.date(), by=felix, at=EIGHT)
    registration.merge(duplicate=twin, into=pia, by=max, at=NINE)


def test_the_same_plan_on_both_records_is_shown_once(max, felix, pia, twin, payer):
    for record in (pia, twin):
        coverage.add_coverage(patient=record, payer=payer, member_id="A1", by=felix, at=SEVEN)
    registration.merge(duplicate=twin, into=pia, by=max, at=EIGHT)
    assert [row.patient for row in card.coverages(pia)] == [pia]


def test_the_same_number_again_corrects_the_phone_and_keeps_an_earlier_consent(felix, nora, pia):
    reaching.add_phone(patient=pia, written="312-555-0142", may_text="yes", by=felix, at=SEVEN)
    reaching.add_phone(patient=pia, written="(312) 555 0142", kind="home", by=nora, at=EIGHT)
    (phone,) = card.phones(pia)
    assert (phone.kind, phone.may_text, phone.may_text_at, phone.may_text_by) == ("home", "yes", SEVEN, felix)


def test_consent_carries_who_heard_it_last_and_when(felix, nora, pia):
    phone = reaching.add_phone(patient=pia, written="312-555-0142", may_text="yes", by=felix, at=SEVEN)
    reaching.answer_texting(phone=phone, may_text="no", by=nora, at=EIGHT)
    phone.refresh_from_db()
    assert (phone.may_text, phone.may_text_at, phone.may_text_by) == ("no", EIGHT, nora)


def test_a_contact_needs_a_name_and_a_phone_that_rings(felix, pia):
    with pytest.raises(reaching.BadContact):
        reaching.add_contact(patient=pia, name=" ", by=felix, at=SEVEN)
    with pytest.raises(UnreadablePhone) as no:
        reaching.add_contact(patient=pia, name="Sam", phone="home", by=felix, at=SEVEN)
    assert no.value.field == "phone"
    reaching.add_contact(patient=pia, name="Sam", phone="312 555 0111", drives=True, by=felix, at=SEVEN)
    assert [(c.name, c.phone, c.drives) for c in card.contacts(pia)] == [("Sam", "(312) 555-0111", True)]


def test_a_dropped_phone_leaves_its_history(felix, pia):
    phone = reaching.add_phone(patient=pia, written="312-555-0142", by=felix, at=SEVEN)
    kept = pghistory.models.Events.objects.filter(pgh_obj_model="patients.Phone", pgh_obj_id=str(phone.pk))
    reaching.drop_phone(phone=phone, by=felix, at=SEVEN + timedelta(minutes=1))
    assert not card.phones(pia)
    assert [event.pgh_context["verb"] for event in kept.order_by("pgh_created_at", "pgh_id")] == [
        "phone.noted",
        "phone.dropped",
    ]
