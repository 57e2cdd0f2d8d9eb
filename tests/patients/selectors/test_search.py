from datetime import date

import pytest

from patients.selectors import card, search
from patients.services import registration
from tests.clock import EIGHT
from tests.people import enroll

BORN = date(1980, 3, 12)


@pytest.fixture
def people(felix):
    """name -> patient: a small town with a few hard names."""
    rows = [
        ("María", "García", date(1980, 3, 12), "312 555 0142"),
        ("Mary", "Garrison", date(1971, 5, 2), "773 555 0199"),
        ("John", "Smith", date(1955, 7, 1), "847 555 7711"),
        ("Jon", "Smyth", date(1990, 12, 24), "708 555 0101"),
        ("Catherine", "O'Neil", date(1962, 2, 28), "630 555 0155"),
        ("Ana", "de la Cruz", date(1999, 9, 9), "312 555 8888"),
        ("Wei", "Li", date(1988, 8, 8), "312 555 0188"),
        ("Björn", "Müller", date(1945, 4, 30), "312 555 0245"),
        ("小明", "王", date(1991, 1, 3), "312 555 0333"),
    ]
    return {
        f"{given} {family}": enroll(
            by=felix, given_name=given, family_name=family, birth_date=born, phones=[{"written": phone}]
        )
        for given, family, born, phone in rows
    }


def names(text):
    return [f"{p.given_name} {p.family_name}" for p in search.find(text=text)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("garcia", "María García"),
        ("García, María", "María García"),
        ("garcia, maria", "María García"),
        ("maria garcia", "María García"),
        ("garcia maria", "María García"),
        ("mar gar", "María García"),
        ("garci", "María García"),
        ("GARCIA", "María García"),
        ("3/12/1980", "María García"),
        ("1980-03-12", "María García"),
        ("12 mar 1980", "María García"),
        ("03121980", "María García"),
        ("garcia 3/12/80", "María García"),
        ("3125550142", "María García"),
        ("(312) 555-0142", "María García"),
        ("+1 312 555 0142", "María García"),
        ("0142", "María García"),
        ("garcia 0142", "María García"),
        ("muller", "Björn Müller"),
        ("bjorn", "Björn Müller"),
        ("katherine oneal", "Catherine O'Neil"),
        ("o'neil", "Catherine O'Neil"),
        ("de la cruz", "Ana de la Cruz"),
        ("cruz, ana", "Ana de la Cruz"),
        ("li", "Wei Li"),
        ("we", "Wei Li"),
        ("w", "Wei Li"),
        ("smiht", "John Smith"),
        ("王", "小明 王"),
        ("小明", "小明 王"),
    ],
)
def test_one_box_finds_the_person_however_they_are_asked_for(people, text, first):
    assert names(text)[:1] == [first]


def test_who_is_spelled_so_comes_before_who_only_sounds_so(people):
    assert names("smith") == ["John Smith", "Jon Smyth"]
    assert names("smyth") == ["Jon Smyth", "John Smith"]
    assert names("smyth, john")[0] in ("John Smith", "Jon Smyth")


def test_name_and_birth_date_have_to_fit_both(people):
    assert names("garcia 3/12/1981") == []
    assert names("smyth 7/1/1955") == ["John Smith"]


def test_a_number_finds_its_record_alone(people):
    wei = people["Wei Li"]
    assert [p.pk for p in search.find(text=wei.number)] == [wei.pk]
    assert [p.pk for p in search.find(text=f"#{wei.number}")] == [wei.pk]


@pytest.mark.parametrize(
    "text", ["", " ", "%", "_", "\\", "'", "--", "zzzzqq", "99/99/9999", "((", "a" * 500, "1" * 200]
)
def test_odd_questions_find_nobody_and_break_nothing(people, text):
    assert names(text) == []


def test_the_very_number_comes_first_and_then_phones_that_end_so(felix):
    first = enroll(by=felix, given_name="Zoe", family_name="Zorn")
    inside = {"phones": [{"written": f"312 {first.number} 5"}]}
    enroll(by=felix, given_name="Ann", family_name="Able", **inside)
    enroll(by=felix, given_name="Bob", family_name="Baker", phones=[{"written": f"3125{first.number}"}])
    assert [p.given_name for p in search.find(text=first.number)] == ["Zoe", "Bob", "Ann"]


def test_former_and_preferred_names_are_found(felix, people):
    registration.correct(
        patient=people["Wei Li"], former_name="Zhang", preferred_name="Vera", by=felix, at=EIGHT
    )
    assert names("zhang") == ["Wei Li"]
    assert names("vera li") == ["Wei Li"]


def test_a_merged_record_answers_as_the_kept_one_and_says_so(max, felix, people):
    maria = people["María García"]
    twin = enroll(by=felix, given_name="Marie", family_name="Garza", birth_date=BORN)
    registration.merge(duplicate=twin, into=maria, by=max, at=EIGHT)
    (by_number,) = search.find(text=twin.number)
    (by_name,) = search.find(text="garza marie")
    assert by_number == by_name == maria
    assert by_number.found_as == twin
    assert [p.found_as for p in search.find(text=maria.number)] == [None]


def test_the_limit_is_kept(people):
    assert len(search.find(text="312555", limit=2)) == 2


def test_searching_takes_the_same_queries_for_2_and_20_rows(felix, django_assert_num_queries):
    for n in range(20):
        enroll(by=felix, given_name="Ada", family_name=f"Stone{'abcdefghijklmnopqrst'[n]}")
    for limit in (2, 20):
        with django_assert_num_queries(3):  # rows, phones, namesakes
            assert len(search.find(text="stone", limit=limit)) == limit


def test_the_same_name_is_marked_whatever_the_accents_and_case(felix, people, django_assert_num_queries):
    other = enroll(by=felix, given_name="MARIA", family_name="Garcia", preferred_name="Mia")
    with django_assert_num_queries(1):
        listed = card.with_same_name([*people.values(), other])
    assert {p.pk for p in listed if p.same_name} == {other.pk, people["María García"].pk}


def test_a_merged_namesake_is_no_namesake(max, felix, people):
    maria = people["María García"]
    twin = enroll(by=felix, given_name="Maria", family_name="Garcia", birth_date=BORN)
    registration.merge(duplicate=twin, into=maria, by=max, at=EIGHT)
    assert [p.same_name for p in card.with_same_name([maria])] == [False]


def alike(given_name="", family_name="", **facts):
    found = search.possible_duplicates(given_name=given_name, family_name=family_name, **facts)
    return [(p.given_name, p.likeness.reasons) for p in found]


@pytest.mark.parametrize(
    ("typed", "reasons"),
    [
        ({"given_name": "maria", "family_name": "garcia"}, ("same name",)),
        (
            {"given_name": "Mariah", "family_name": "Garsia", "birth_date": BORN},
            ("name sounds the same", "same birth date"),
        ),
        (
            {"given_name": "García", "family_name": "María", "birth_date": BORN},
            ("names swapped", "same birth date"),
        ),
        (
            {"given_name": "Maria", "family_name": "Lopez", "birth_date": BORN},
            ("given name sounds the same", "same birth date"),
        ),
        (
            {"given_name": "Maria", "family_name": "Garcia", "phone": "312-555-0142"},
            ("same name", "same phone"),
        ),
    ],
)
def test_a_possible_duplicate_is_shown_with_its_reasons(people, typed, reasons):
    assert ("María", reasons) in alike(**typed)


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"given_name": "Maria"},
        {"given_name": "Maria", "family_name": "Lopez"},
        {"given_name": "Hugo", "family_name": "Stern", "birth_date": BORN},
        {"phone": "312 555 0142"},
        {"phone": "0142"},
    ],
)
def test_too_little_in_common_is_not_shown(people, typed):
    assert alike(**typed) == []


def test_a_merged_record_is_no_possible_duplicate(max, felix, people):
    maria = people["María García"]
    twin = enroll(by=felix, given_name="Maria", family_name="Garcia", birth_date=BORN)
    registration.merge(duplicate=twin, into=maria, by=max, at=EIGHT)
    assert [name for name, _ in alike(given_name="Maria", family_name="Garcia", birth_date=BORN)] == ["María"]
