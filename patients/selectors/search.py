"""One box: name, birth date, phone digits or number, in any order. Typing stays quick at 200,000 patients.

Each way of matching is a small query that one index answers, capped; the capped rows together are ranked.
A merged record is found by its old name and number, and answered as the record it was merged into.
"""

from collections.abc import Iterator
from datetime import date

from django.db.models import Case, IntegerField, Q, QuerySet, TextField, Value, When, prefetch_related_objects
from django.db.models.expressions import Combinable
from django.db.models.functions import Concat

from patients.models import Patient, Phone
from patients.models.patient import Fold, PatientQuerySet, Sound
from patients.rules import identity, phone as phones
from patients.selectors import card

POOL = 200  # rows that one way of matching may bring: with more namesakes than that, a birth date helps
LIKELY = 4  # identity.likeness from which a record is shown as a possible duplicate
FEWEST_DIGITS = 3  # of a phone; fewer are in every number


def find(*, text: str, limit: int = 20) -> list[Patient]:
    """The best matches, each with `same_name`, its phones, and `found_as` (the old number, where it was merged)."""
    asked = identity.read_question(text)
    rows = _ranked(_pools(asked, text), asked, limit)
    if not rows and asked.names:
        rows = _ranked([_nearly(asked)], asked, limit)
    return _shown(rows)


def possible_duplicates(
    *, given_name: str, family_name: str, birth_date: date | None = None, phone: str = "", limit: int = 5
) -> list[Patient]:
    """Kept records that may be this person, likeliest first, each with `likeness` (score and reasons)."""
    digits = _digits(phone)
    asked = list(Patient.objects.kept().filter(pk__in=_union(_alike(given_name, family_name, birth_date, digits))))
    prefetch_related_objects(asked, "phones")
    this = _typed_person(given_name, family_name, birth_date, digits)
    for patient in asked:
        patient.likeness = identity.likeness(this, _person(patient))  # type: ignore[attr-defined]  # for the form
    likely = [patient for patient in asked if patient.likeness.score >= LIKELY]  # type: ignore[attr-defined]
    return sorted(likely, key=lambda patient: (-patient.likeness.score, patient.pk))[:limit]  # type: ignore[attr-defined]


def _pools(asked: identity.Question, text: str) -> Iterator[QuerySet[Patient]]:
    """The ways in which the question can be met."""
    base = Patient.objects.filter(birth_date__in=asked.born) if asked.born else Patient.objects.all()
    if asked.names:
        yield from _by_name(_with_phone(base, asked.digits), asked)
    elif asked.digits:
        yield base.filter(number__startswith=asked.digits)
        if len(asked.digits) >= FEWEST_DIGITS:
            yield _with_phone(Patient.objects.all() if text.strip().isdigit() else base, asked.digits)
    if asked.born and not asked.names and (not asked.digits or text.strip().isdigit()):
        yield base


def _with_phone(base: PatientQuerySet, digits: str) -> PatientQuerySet:
    return base.filter(phones__digits__contains=digits) if digits else base


def _by_name(base: PatientQuerySet, asked: identity.Question) -> Iterator[PatientQuerySet]:
    """Every word begins a name, or is inside one; or the names sound so. One letter is only a beginning."""
    first = _fold(asked.names[0])
    if max(map(len, asked.names)) == 1:
        yield base.filter(search_name__startswith=first)
        return
    yield base.filter(*(Q(search_name__contains=_start(word)) | Q(search_name__startswith=_fold(word)) for word in asked.names))
    longer = [Q(search_name__contains=_fold(word)) for word in asked.names if len(word) > 2]
    if longer:
        yield base.filter(*longer)
    yield base.filter(_sounds(asked))


def _sounds(asked: identity.Question) -> Q:
    """Family name, or both names in either order; with a comma in the order given."""
    if asked.given:
        return _sound_pair(asked.given, asked.family)
    names = asked.names
    if len(names) == 1:
        return Q(family_sound=_sound(names[0])) & ~Q(family_sound="")
    pairs = Q()
    for cut in range(1, len(names)):
        left, right = " ".join(names[:cut]), " ".join(names[cut:])
        pairs |= _sound_pair(left, right) | _sound_pair(right, left)
    return pairs


def _sound_pair(given: str, family: str) -> Q:
    return Q(family_sound=_sound(family), given_sound=_sound(given)) & ~Q(family_sound="")


def _nearly(asked: identity.Question) -> PatientQuerySet:
    """For slips of the finger, when nothing else was found."""
    base = Patient.objects.filter(birth_date__in=asked.born) if asked.born else Patient.objects.all()
    return base.filter(*(Q(search_name__trigram_word_similar=_fold(word)) for word in asked.names))


def _ranked(pools: "Iterator[QuerySet[Patient]] | list[PatientQuerySet]", asked: identity.Question, limit: int) -> list[Patient]:
    found = Patient.objects.filter(pk__in=_union(pools)).select_related("merged_into")
    return list(found.order_by(_closeness(asked), "family_name", "given_name", "birth_date", "pk")[:limit])


def _union(pools: "Iterator[QuerySet[Patient]] | list[PatientQuerySet]") -> QuerySet[Patient]:
    capped = [pool.order_by().values("pk")[:POOL] for pool in pools]
    if not capped:
        return Patient.objects.none()
    return capped[0].union(*capped[1:]) if len(capped) > 1 else capped[0]


def _closeness(asked: identity.Question) -> Combinable:
    """0 where every word is a whole name, 1 where it begins one, 2 inside, 3 only by sound."""
    padded = Patient.objects  # noqa
    raise NotImplementedError
