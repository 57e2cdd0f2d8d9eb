"""Who somebody is: birth dates and questions as people type them, and whether two records are one person."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from infusion_center.errors import DomainError
from infusion_center.shared.clock import age_on

OLDEST_YEARS = 120

# First letters of the months, English and Spanish.
MONTHS = {
    name: number
    for number, names in enumerate(
        ["jan ene", "feb", "mar", "apr abr", "may", "jun", "jul", "aug ago", "sep", "oct", "nov", "dec dic"],
        start=1,
    )
    for name in names.split()
}
_MONTH = rf"(?P<name>{'|'.join(MONTHS)})[a-z]*\.?"
_YEAR = r"(?P<year>\d{4}|\d{2})"
_SHAPES = [
    re.compile(shape, re.IGNORECASE)
    for shape in (
        r"(?<!\d)(?P<year>\d{4})[-/. ](?P<month>\d{1,2})[-/. ](?P<day>\d{1,2})(?!\d)",
        rf"(?<!\d)(?P<month>\d{{1,2}})[-/ ](?P<day>\d{{1,2}})[-/ ]{_YEAR}(?!\d)",
        rf"(?<!\d)(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.\s?{_YEAR}(?!\d)",
        rf"(?<!\d)(?P<day>\d{{1,2}})[-. ]*(?:de )?{_MONTH}[-, ]*(?:de )?{_YEAR}(?!\d)",
        rf"\b{_MONTH}[- ]*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[-, ]+{_YEAR}(?!\d)",
        r"^(?P<month>\d{2})(?P<day>\d{2})(?P<year>\d{4})$",
        r"^(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})$",
    )
]
_UNFINISHED = re.compile(r"(?<!\d)\d{1,2}/[\d/]*$")  # a birth date still being typed


class BadIdentity(DomainError):
    """What was given cannot be true of a person."""


@dataclass(frozen=True)
class Question:
    """What somebody typed into the one search box. Parts that are empty were not asked for.

    `family` and `given` are set where a comma says which is which; `names` has every word. `bare`: nothing
    but digits was typed, which may be a number, a piece of a phone, or eight of a birth date.
    """

    names: tuple[str, ...] = ()
    family: str = ""
    given: str = ""
    born: tuple[date, ...] = ()
    digits: str = ""
    bare: bool = False


@dataclass(frozen=True)
class Person:
    """What two records are compared by. Names folded, sounds by double metaphone, phones as digits."""

    given: str
    family: str
    given_sound: str
    family_sound: str
    birth_date: date | None
    phones: frozenset[str]


@dataclass(frozen=True)
class Likeness:
    score: int
    reasons: tuple[str, ...]


def dates_in(text: str) -> tuple[tuple[date, ...], str]:
    """Every reading of the first date in the text, likeliest first, and the text around it.

    With slashes and dashes the month comes first, as written here, unless only the other way is a date;
    with dots the day does. A year of two digits is read in both centuries.
    """
    for shape in _SHAPES:
        match = shape.search(text)
        readings = tuple(_readings(match)) if match else ()
        if match and readings:
            return readings, f"{text[: match.start()]} {text[match.end() :]}".strip(" ,")
    return (), text


def _readings(match: re.Match[str]) -> Iterator[date]:
    parts = match.groupdict()
    month = MONTHS[parts["name"].lower()] if parts.get("name") else int(parts["month"])
    day = int(parts["day"])
    for year in _years(parts["year"]):
        found = _date(year, month, day) or _date(year, day, month)
        if found:
            yield found


def _years(written: str) -> list[int]:
    return [int(written)] if len(written) == 4 else [2000 + int(written), 1900 + int(written)]


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read_birth_date(text: str, *, day: date) -> date:
    """The latest reading that is not after `day`. Raises BadIdentity for what is no date or cannot be."""
    readings, rest = dates_in(text.strip())
    if not readings or rest:
        raise BadIdentity("Write the birth date like 3/12/1980 or 12 Mar 1980.", field="birth_date")
    born = next((reading for reading in readings if reading <= day), readings[0])
    check_birth_date(born, day=day)
    return born


def check_birth_date(born: date, *, day: date) -> None:
    """Raises BadIdentity for a birth date after `day` or more than 120 years before it."""
    if born > day:
        raise BadIdentity(f"The birth date {born:%m/%d/%Y} is in the future.", field="birth_date")
    if age_on(born, day) > OLDEST_YEARS:
        raise BadIdentity(
            f"The birth date {born:%m/%d/%Y} is over {OLDEST_YEARS} years ago.", field="birth_date"
        )


def check_name(name: str, *, field: str, label: str) -> None:
    """Raises BadIdentity where a name has no letter in it."""
    if not any(letter.isalpha() for letter in name):
        raise BadIdentity(f"Give the {label}.", field=field)


def read_question(text: str) -> Question:
    """Take apart a name, a birth date, phone digits or a patient number, in any order."""
    text = " ".join(text.split())[:120]
    born, rest = dates_in(text)
    rest = _UNFINISHED.sub("", rest)
    bare = text.isdigit()
    digits = "".join(re.findall(r"\d", text if bare else rest))
    before, comma, after = rest.partition(",")
    family, given = (_letters(before), _letters(after)) if comma else ("", "")
    names = tuple(_letters(rest).split())[:6]
    return Question(names=names, family=family, given=given, born=born, digits=_national(digits), bare=bare)


def _letters(text: str) -> str:
    """Words that have a letter, with what stands inside names (O'Neil, Smith-Jones)."""
    words = (word.strip('.,;:#()"“”') for word in text.replace(",", " ").split())
    return " ".join(word for word in words if any(letter.isalpha() for letter in word))


def _national(digits: str) -> str:
    """Without the leading 1 that some people dial."""
    return digits[1:] if len(digits) == 11 and digits.startswith("1") else digits


def likeness(one: Person, other: Person) -> Likeness:
    """How much speaks for the two being one person, and what. 4 is worth showing, 6 is nearly sure."""
    found = [*_name_reasons(one, other), *_birth_reasons(one.birth_date, other.birth_date)]
    if one.phones & other.phones:
        found.append((3, "same phone"))
    return Likeness(sum(points for points, _ in found), tuple(reason for _, reason in found))


def _name_reasons(one: Person, other: Person) -> Iterator[tuple[int, str]]:
    straight = (one.given, one.family) == (other.given, other.family)
    if straight or (one.given, one.family) == (other.family, other.given):
        yield (4, "same name") if straight else (3, "names swapped")
    elif (one.given_sound, one.family_sound) == (other.given_sound, other.family_sound):
        yield (3, "name sounds the same")
    elif one.family_sound and one.family_sound == other.family_sound:
        yield (1, "family name sounds the same")
    elif one.given_sound and one.given_sound == other.given_sound:
        yield (1, "given name sounds the same")


def _birth_reasons(one: date | None, other: date | None) -> Iterator[tuple[int, str]]:
    if one is None or other is None:
        return
    if one == other:
        yield (3, "same birth date")
    elif one.year == other.year and (one.month, one.day) == (other.day, other.month):
        yield (2, "birth date with day and month swapped")
