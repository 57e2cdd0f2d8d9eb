"""One box: name, birth date, phone digits or number, in any order. Typing stays quick at 200,000 patients.

Each way of matching is a small query that one index answers, capped; the capped rows together are ranked.
A merged record is found by its old name and number, and answered as the record it was merged into.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, cast

from django.contrib.postgres.search import TrigramSimilarity
from django.db import connection, transaction
from django.db.models import (
    Case,
    Exists,
    FloatField,
    OuterRef,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
    prefetch_related_objects,
)
from django.db.models.functions import Concat

from patients.models import Patient, Phone
from patients.models.patient import Fold, PatientQuerySet, Sound
from patients.rules import identity
from patients.rules import phone as phones
from patients.selectors import card

POOL = 200  # rows that one way of matching may bring: with more namesakes than that, a birth date helps
LIKELY = 4  # points of identity.likeness from which a record is shown as a possible duplicate
NEARLY = 0.5  # share of a word's trigrams a name has to have; "smiht" has half of those of "smith"
FEWEST_DIGITS = 3  # of a phone; fewer are in every number

Pools = Iterable[QuerySet[Patient]]


def find(*, text: str, limit: int = 20) -> list[Patient]:
    """The best matches, each with `same_name`, its phones, and `found_as`: the old record of a merged one."""
    asked = identity.read_question(text)
    rows = _ranked(_pools(asked), asked, limit)
    if not rows and asked.names:
        rows = _nearly(asked, limit)
    return _shown(rows)


def possible_duplicates(
    *, given_name: str, family_name: str, birth_date: date | None = None, phone: str = "", limit: int = 5
) -> list[Patient]:
    """Kept records that may be this person, likeliest first, each with `likeness` (score and reasons)."""
    digits = _digits(phone)
    pools = _alike(given_name, family_name, birth_date, digits)
    rows = Patient.objects.kept().filter(pk__in=_union(pools)).prefetch_related("phones")
    typed = _typed(given_name, family_name, birth_date, digits)
    scored = [(identity.likeness(typed, _person(row)), row) for row in _folded(rows)]
    for likeness, row in scored:
        row.likeness = likeness  # type: ignore[attr-defined]  # for patients/_duplicates.html
    scored.sort(key=lambda pair: (-pair[0].score, pair[1].pk))
    return [row for likeness, row in scored if likeness.score >= LIKELY][:limit]


def _pools(asked: identity.Question) -> Iterator[QuerySet[Patient]]:
    """The ways in which the question can be met."""
    base = Patient.objects.filter(birth_date__in=asked.born) if asked.born else Patient.objects.all()
    if asked.names:
        yield from _by_name(_with_phone(base, asked.digits), asked)
    elif not asked.digits:
        yield base if asked.born else base.none()
    elif asked.born and not asked.bare:
        yield _with_phone(base, asked.digits)
    else:
        yield from _by_digits(asked)


def _by_digits(asked: identity.Question) -> Iterator[QuerySet[Patient]]:
    """Nothing but digits: a number, a piece of a phone, or eight of a birth date."""
    yield Patient.objects.filter(number__startswith=asked.digits)
    if len(asked.digits) >= FEWEST_DIGITS:
        yield _with_phone(Patient.objects.all(), asked.digits)
    if asked.born:
        yield Patient.objects.filter(birth_date__in=asked.born)


def _with_phone(base: PatientQuerySet, digits: str) -> PatientQuerySet:
    return base.filter(phones__digits__contains=digits) if digits else base


def _by_name(base: PatientQuerySet, asked: identity.Question) -> Iterator[QuerySet[Patient]]:
    """Whole names, beginnings, pieces, sounds. A single letter: a name, or where the first one starts."""
    words = [word for word in asked.names if len(word) > 1]
    if not words:
        yield base.filter(_whole(asked.names[0]))
        yield base.filter(search_name__startswith=_fold(asked.names[0]))
        return
    yield base.filter(*(_whole(word) for word in words))
    yield base.filter(*(_begins(word) for word in words))
    if all(len(word) > 2 for word in words):
        yield base.filter(*(Q(search_name__contains=_fold(word)) for word in words))
    yield base.filter(_sounds(asked))


def _whole(word: str) -> Q:
    return Q(search_name__contains=_fold(f" {word} ")) | Q(search_name__startswith=_fold(f"{word} "))


def _begins(word: str) -> Q:
    return Q(search_name__contains=_fold(f" {word}")) | Q(search_name__startswith=_fold(word))


def _sounds(asked: identity.Question) -> Q:
    """The family name, or both names in either order; with a comma in the order given."""
    if asked.given:
        return _sound_pair(asked.given, asked.family)
    if len(asked.names) == 1:
        return _audible(family_sound=_sound(asked.names[0]))
    pairs = Q()
    for cut in range(1, len(asked.names)):
        left, right = " ".join(asked.names[:cut]), " ".join(asked.names[cut:])
        pairs |= _sound_pair(left, right) | _sound_pair(right, left)
    return pairs


def _sound_pair(given: str, family: str) -> Q:
    return _audible(family_sound=_sound(family), given_sound=_sound(given))


def _audible(**sounds: Sound) -> Q:
    """Names in other scripts have no sound; they would all sound alike."""
    return Q(**sounds) & ~Q(family_sound="")


def _nearly(asked: identity.Question, limit: int) -> list[Patient]:
    """For slips of the finger, when nothing else was found."""
    base = Patient.objects.filter(birth_date__in=asked.born) if asked.born else Patient.objects.all()
    words = [Q(search_name__trigram_word_similar=_fold(word)) for word in asked.names if len(word) > 2]
    if not words:
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL pg_trgm.word_similarity_threshold = %s", [NEARLY])
        return _ranked([base.filter(*words)], asked, limit)


def _alike(
    given_name: str, family_name: str, birth_date: date | None, digits: str
) -> Iterator[QuerySet[Patient]]:
    """Who shares both sounds, or the birth date and one sound, or the phone."""
    kept = Patient.objects.kept()
    given, family = Q(given_sound=_sound(given_name)), Q(family_sound=_sound(family_name))
    swapped = Q(given_sound=_sound(family_name), family_sound=_sound(given_name))
    if given_name and family_name:
        yield kept.filter(given & family)
    if birth_date:
        yield kept.filter(given | family | swapped, birth_date=birth_date)
    if digits:
        yield kept.filter(phones__digits=digits)


def _ranked(pools: Pools, asked: identity.Question, limit: int) -> list[Patient]:
    found = Patient.objects.filter(pk__in=_union(pools)).select_related("merged_into")
    padded = found.annotate(padded=Concat(Value(" "), "search_name", Value(" "), output_field=TextField()))
    return list(
        padded.order_by(*_closest_first(asked), "family_name", "given_name", "birth_date", "pk")[:limit]
    )


def _union(pools: Pools) -> QuerySet[Any, Any]:
    capped = [pool.order_by().values("pk")[:POOL] for pool in pools]
    if not capped:
        return Patient.objects.none().values("pk")
    return capped[0].union(*capped[1:]) if len(capped) > 1 else capped[0]


def _closest_first(asked: identity.Question) -> list[Case]:
    """Nothing to tell people born on one day apart by."""
    if asked.names:
        return [_by_words(asked.names)]
    return [_by_ending(asked.digits)] if asked.digits else []


def _by_words(names: tuple[str, ...]) -> Case:
    """0: every word is a whole name. 1: begins one. 2: is inside one. 3 to 4: by sound, most alike first."""
    shapes = (" {} ", " {}", "{}")
    rows = [Q(*(Q(padded__contains=_fold(shape.format(word))) for word in names)) for shape in shapes]
    cases = [When(row, then=Value(float(place))) for place, row in enumerate(rows)]
    unlike = Value(4.0) - TrigramSimilarity("search_name", cast(str, _fold(" ".join(names))))
    return Case(*cases, default=unlike, output_field=FloatField())


def _by_ending(digits: str) -> Case:
    """0: the very number. 1: a phone ends so, as people say it. 2: anything else."""
    phone = Phone.objects.filter(patient=OuterRef("pk"), digits__endswith=digits)
    cases = [When(number=digits, then=Value(0.0)), When(Exists(phone), then=Value(1.0))]
    return Case(*cases, default=Value(2.0), output_field=FloatField())


def _shown(rows: list[Patient]) -> list[Patient]:
    """Each person once, as the kept record."""
    people: dict[int, Patient] = {}
    for row in rows:
        person = people.setdefault(row.merged_into_id or row.pk, row.merged_into or row)
        person.found_as = row if row.merged_into_id else None  # type: ignore[attr-defined]  # for patients/_found.html
    found = list(people.values())
    prefetch_related_objects(found, "phones")
    return card.with_same_name(found)


def _folded(rows: QuerySet[Patient]) -> QuerySet[Patient]:
    return rows.annotate(folded_given=Fold("given_name"), folded_family=Fold("family_name"))


def _person(row: Patient) -> identity.Person:
    return identity.Person(
        given=row.folded_given,  # type: ignore[attr-defined]  # annotated by _folded
        family=row.folded_family,  # type: ignore[attr-defined]  # annotated by _folded
        given_sound=row.given_sound,
        family_sound=row.family_sound,
        birth_date=row.birth_date,
        phones=frozenset(phone.digits for phone in row.phones.all()),
    )


def _typed(given_name: str, family_name: str, birth_date: date | None, digits: str) -> identity.Person:
    """What is in the form, folded and sounded by the database, so that both sides are done alike."""
    names = Patient.objects.values_list(
        _fold(given_name), _fold(family_name), _sound(given_name), _sound(family_name)
    )
    given, family, given_sound, family_sound = names.first() or ("", "", "", "")
    known = frozenset({digits}) if digits else frozenset()
    return identity.Person(given, family, given_sound, family_sound, birth_date, known)


def _fold(text: str) -> Fold:
    return Fold(Value(text))


def _sound(name: str) -> Sound:
    return Sound(_fold(" ".join(name.split())))


def _digits(phone: str) -> str:
    try:
        return phones.read_phone(phone).digits if phone.strip() else ""
    except phones.UnreadablePhone:
        return ""
