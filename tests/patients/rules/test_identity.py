from datetime import date

import pytest

from patients.rules.identity import BadIdentity, Person, likeness, read_birth_date, read_question

TODAY = date(2026, 11, 20)
MARCH = date(1980, 3, 12)


@pytest.mark.parametrize(
    "written",
    [
        "3/12/1980",
        "03/12/1980",
        "3-12-1980",
        "3 12 1980",
        "3/12/80",
        "1980-03-12",
        "1980/3/12",
        "12.3.1980",
        "12 mar 1980",
        "12 March 1980",
        "12-Mar-80",
        "Mar 12, 1980",
        "march 12th 1980",
        "12 de marzo de 1980",
        "03121980",
        "19800312",
    ],
)
def test_a_birth_date_is_read_however_it_is_typed(written):
    assert read_birth_date(written, day=TODAY) == MARCH


def test_the_day_comes_first_only_where_the_month_cannot():
    assert read_birth_date("25/3/1980", day=TODAY) == date(1980, 3, 25)
    assert read_birth_date("4/5/1980", day=TODAY) == date(1980, 4, 5)


def test_two_digits_of_a_year_mean_the_latest_past_one():
    assert read_birth_date("1/2/26", day=TODAY) == date(2026, 1, 2)
    assert read_birth_date("1/2/27", day=TODAY) == date(1927, 1, 2)


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("3/12/2030", "in the future"),
        ("3/12/1900", "over 120 years ago"),
        ("yesterday", "Write the birth date like"),
        ("31/31/1980", "Write the birth date like"),
        ("3/12/1980 or so", "Write the birth date like"),
        ("", "Write the birth date like"),
    ],
)
def test_a_birth_date_that_cannot_be_is_refused_in_words(written, sentence):
    with pytest.raises(BadIdentity, match=sentence) as no:
        read_birth_date(written, day=TODAY)
    assert no.value.field == "birth_date"


def test_somebody_may_be_120_years_old_and_born_today():
    assert read_birth_date("11/20/1906", day=TODAY) == date(1906, 11, 20)
    assert read_birth_date("11/20/2026", day=TODAY) == TODAY


def test_a_question_is_taken_apart_in_any_order():
    asked = read_question("garcia 3/12/1980 maria (312) 555-0142")
    assert (asked.names, asked.born, asked.digits) == (("garcia", "maria"), (MARCH,), "3125550142")


def test_a_comma_says_which_name_is_the_family_name():
    asked = read_question("de la Cruz, Ana María")
    assert (asked.family, asked.given) == ("de la Cruz", "Ana María")


def test_bare_digits_may_be_a_number_a_phone_or_a_birth_date():
    asked = read_question("03121980")
    assert asked.bare and asked.born == (MARCH,) and asked.digits == "03121980"


def test_a_dialled_one_is_no_part_of_the_number():
    assert read_question("1 312 555 0142").digits == "3125550142"


@pytest.mark.parametrize("text", ["", "   ", ",", "-", "/", "(", "#", "“”", "\\", "%", "_'"])
def test_signs_alone_ask_for_nothing(text):
    asked = read_question(text)
    assert not (asked.names or asked.born or asked.digits)


def test_a_birth_date_half_typed_is_no_phone():
    assert read_question("garcia 3/12/19").digits == ""
    assert read_question("garcia 3/1").digits == ""


def person(**facts):
    defaults = {
        "given": "maria",
        "family": "garcia",
        "given_sound": "MR",
        "family_sound": "KRS",
        "birth_date": MARCH,
        "phones": frozenset({"3125550142"}),
    }
    return Person(**(defaults | facts))


@pytest.mark.parametrize(
    ("facts", "score", "reasons"),
    [
        ({}, 10, ("same name", "same birth date", "same phone")),
        ({"phones": frozenset()}, 7, ("same name", "same birth date")),
        (
            {"given": "garcia", "family": "maria", "phones": frozenset()},
            6,
            ("names swapped", "same birth date"),
        ),
        ({"given": "mary", "phones": frozenset()}, 6, ("name sounds the same", "same birth date")),
        (
            {"birth_date": date(1980, 12, 3), "phones": frozenset()},
            6,
            ("same name", "birth date with day and month swapped"),
        ),
        ({"birth_date": date(1955, 1, 1), "phones": frozenset()}, 4, ("same name",)),
        (
            {"given": "lia", "given_sound": "L", "phones": frozenset()},
            4,
            ("family name sounds the same", "same birth date"),
        ),
        (
            {"given": "x", "given_sound": "KS", "family": "y", "family_sound": "", "birth_date": None},
            3,
            ("same phone",),
        ),
    ],
)
def test_what_speaks_for_one_person_is_counted_and_said(facts, score, reasons):
    found = likeness(person(), person(**facts))
    assert (found.score, found.reasons) == (score, reasons)
