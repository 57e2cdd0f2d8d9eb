"""What other people's codes and names mean in our vocabularies, by ingredient and class.

A `Book` holds the vocabulary of the formulary and the rows of the mapping tables. The questions are three:
what is this drug at home, what is this condition, what is this allergy. An answer that is not `understood`
goes to a person; silence is never an answer (design.md: what has no place is kept as text, "unmapped").
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from patients.rules import rxnorm_names
from patients.rules.rxnorm_names import Ingredient, Written

CONDITION, ALLERGY, DRUG_GROUP = "condition", "allergy", "drug_group"
# Tags that the safety engine works out itself (contracts.md 1). A record of one is shown to a person instead.
COMPUTED = frozenset(
    {"anticoagulant_therapy", "maoi_within_14_days", "pregnancy", "preeclampsia_suspected", "hypotension_now"}
)
NONE_KNOWN = "none_known"  # said by an allergy code that means "no known allergies"
# Beside these words a condition's name does not say that the person has it.
_DOUBT = re.compile(
    r"\b(?:no history|no known|absence of|family history|suspected|risk|screening|ruled out|contact with)\b"
)
_ALLERGY_WORDS = re.compile(
    r"\((?:disorder|finding|substance|situation|product)\)|\b(?:allergic reaction|allerg(?:y|ies|ic)"
    r"|hypersensitivity|intolerance|adverse reaction|products?|substances?|containing|drugs?"
    r"|caused by|to|the)\b"
)
_NONE_SAID = re.compile(r"\s*(?:no known (?:drug |medication )?allerg(?:y|ies)|nka|nkda)\b", re.I)
_NOT_ABOUT_DRUGS = re.compile(
    r"\s*no known (?:food|environmental|insect|latex|seasonal) allerg(?:y|ies)\b", re.I
)
_LOW_DOSE_MG = 100  # aspirin up to here keeps platelets apart; over it, it is an NSAID


@dataclass(frozen=True)
class Coding:
    """One code as a sender wrote it; `system` is snomed, rxnorm, icd10, loinc or empty."""

    system: str
    code: str
    display: str = ""


@dataclass(frozen=True)
class Row:
    """One row of the mapping tables. No `terms`: known, and no rule asks for it."""

    terms: tuple[str, ...] = ()
    ingredient: str = ""


@dataclass(frozen=True)
class Member:
    """One member of a home medication group: all its `names` must be in the product."""

    group: str
    names: frozenset[str]


@dataclass(frozen=True)
class Book:
    """Everything known about codes and names.

    `rows` by (system, kind) and then by code; the systems `ingredient`, `brand`, `substance` and `words` are
    keyed by lower-case names, in which `*` stands for anything; `icd10` by the beginning of the code.
    """

    rows: Mapping[tuple[str, str], Mapping[str, Row]] = field(default_factory=dict)
    members: tuple[Member, ...] = ()

    def row(self, system: str, kind: str, code: str) -> Row | None:
        """The row of exactly this code; failing that, of the longest pattern that fits it."""
        rows = self.rows.get((system, kind), {})
        if code in rows:
            return rows[code]
        fitting = [pattern for pattern in rows if "*" in pattern and fnmatchcase(code, pattern)]
        return rows[max(fitting, key=len)] if fitting else None


@dataclass(frozen=True)
class Medicine:
    """A drug taken at home. `conditions`: tags that taking it amounts to (digoxin)."""

    ingredient: str
    groups: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    understood: bool = True


@dataclass(frozen=True)
class Meaning:
    """Of a condition its tag, of an allergy its group; empty with `understood`: no rule asks for it."""

    term: str = ""
    understood: bool = True


def members_of(group: str, written: Iterable[str]) -> list[Member]:
    """The members of a group as the formulary writes them ("tramadol oral", "nirmatrelvir/ritonavir").

    Left out are those that are no drug to be named on a list, or depend on dose or use: the code below knows
    aspirin and epinephrine, and a nerve block and a drink are asked about on the day.
    """
    qualified = re.compile(r"aspirin|emergency|nerve block|\d|products|smoking|juice")
    plain = re.compile(r"\s*\(.*?\)|\s+(?:oral/nasal|oral|nasal|replacement)$")
    return [
        Member(group, frozenset(plain.sub("", name).split("/")))
        for name in written
        if ("/" in name and "aspirin" in name) or not qualified.search(name)
    ]


# --- Drugs at home ------------------------------------------------------------------------------------


def medicine(book: Book, codings: Iterable[Coding], text: str) -> Medicine:
    """What a drug at home is, from its names first and from its code where no name is understood."""
    codings = tuple(codings)
    names = [name for name in [*(coding.display for coding in codings), text] if name]
    readings = [_by_name(book, name) for name in names] + [m for c in codings if (m := _by_code(book, c))]
    understood = [reading for reading in readings if reading.understood]
    return next(iter(understood or readings), Medicine("", understood=False))


def _by_code(book: Book, coding: Coding) -> Medicine | None:
    row = book.row(coding.system, DRUG_GROUP, coding.code)
    if row is None:
        return None
    named = _by_name(book, row.ingredient) if row.ingredient else Medicine(coding.display.lower())
    return Medicine(named.ingredient, _union(named.groups, row.terms), named.conditions)


def _by_name(book: Book, name: str) -> Medicine:
    written = rxnorm_names.read(name)
    whole = _of_product(book, written)
    if whole.understood:
        return whole
    brands = [written.brand, *(i.names[0] for i in written.ingredients)]
    for row in (book.row("brand", DRUG_GROUP, brand) for brand in brands if brand):
        if row is not None:
            return _of_product(book, rxnorm_names.read(row.ingredient))
    return whole


def _of_product(book: Book, written: Written) -> Medicine:
    names = frozenset(_known_name(book, ingredient) for ingredient in written.ingredients)
    rows = [book.row("ingredient", DRUG_GROUP, name) for name in names]
    told = [term for row in rows if row for term in row.terms]
    listed = [member.group for member in book.members if member.names <= names]
    groups = _union(told, listed, _special(written, names))
    if written.local:
        groups = tuple(group for group in groups if group == "nsaid_home")
    implied = [row for name in names if (row := book.row("ingredient", CONDITION, name))]
    return Medicine(
        ingredient=" / ".join(sorted(names)),
        groups=groups,
        conditions=_union(*(row.terms for row in implied)),
        understood=bool(names) and all(_is_known(book, name) for name in names),
    )


def _special(written: Written, names: frozenset[str]) -> list[str]:
    """Where dose or use decides (members "aspirin 81 mg", "epinephrine (other than emergency)")."""
    found = []
    for ingredient in written.ingredients:
        if "aspirin" in ingredient.names:
            low = ingredient.mg is not None and ingredient.mg <= _LOW_DOSE_MG and len(names) == 1
            found.append("aspirin_low_dose" if low else "nsaid_home")
        if ingredient.bare in ("epinephrine", "racepinephrine") and not written.injected:
            found.append("vasoconstrictor_drug")
    return found


def _known_name(book: Book, ingredient: Ingredient) -> str:
    """The name we know it by: one written out in a row, else the barest that a pattern fits."""
    exact = book.rows.get(("ingredient", DRUG_GROUP), {})
    return next((name for name in ingredient.names if name in exact), ingredient.bare)


def _is_known(book: Book, name: str) -> bool:
    return book.row("ingredient", DRUG_GROUP, name) is not None or any(name in m.names for m in book.members)


# --- Conditions ---------------------------------------------------------------------------------------


def condition(book: Book, codings: Iterable[Coding], text: str, *, active: bool) -> Meaning:
    """The tag of a condition: by its code, else by what its name says.

    While active, a tag that the engine computes is not understood: a person has to answer it in its place.
    """
    codings = tuple(codings)
    rows = [row for coding in codings if (row := _condition_row(book, coding))]
    names = [name for name in [*(coding.display for coding in codings), text] if name]
    rows += [row for name in names if (row := _by_words(book, name))]
    if not rows:
        return Meaning(understood=False)
    term = next(iter(rows[0].terms), "")
    if term in COMPUTED:
        return Meaning(understood=not active)
    return Meaning(term)


def _condition_row(book: Book, coding: Coding) -> Row | None:
    if coding.system != "icd10":
        return book.row(coding.system, CONDITION, coding.code)
    rows = book.rows.get(("icd10", CONDITION), {})
    code = coding.code.upper()
    beginnings = (code[:length] for length in range(len(code), 2, -1))
    return next((rows[beginning] for beginning in beginnings if beginning in rows), None)


def _by_words(book: Book, name: str) -> Row | None:
    """The row of the longest phrase in the name; none where the name puts it in doubt."""
    said = f" {re.sub(r'[^a-z0-9+]+', ' ', name.lower())} "
    if _DOUBT.search(said):
        return None
    rows = book.rows.get(("words", CONDITION), {})
    spoken = [phrase for phrase in rows if f" {phrase} " in said]
    return rows[max(spoken, key=len)] if spoken else None


# --- Allergies ----------------------------------------------------------------------------------------


def allergy(book: Book, codings: Iterable[Coding], text: str, *, categories: Iterable[str] = ()) -> Meaning:
    """The group of an allergy: by code, by ingredient, by class or substance named; `other:TEXT` for no drug.

    A food or something in the air that we have no row for is `other:` too (no rule can ask for it); a drug
    that we do not know is not understood. NONE_KNOWN for "no known allergies"; an empty term that is
    understood for "no known food allergies", which says nothing about drugs.
    """
    codings = tuple(codings)
    for coding in codings:
        if row := book.row(coding.system, ALLERGY, coding.code):
            return Meaning(row.terms[0] if row.terms else _other(coding.display or text))
    names = [name for name in [*(coding.display for coding in codings), text] if name]
    for name in names:
        if (meaning := _none_said(name) or _allergen(book, name)) is not None:
            return meaning
    coded = (m for coding in codings if (m := _by_code(book, coding)) and m.understood)
    if drug := next(coded, None):
        return _of_drugs(book, drug.ingredient.split(" / "))
    if names and set(categories) & {"food", "environment"}:
        return Meaning(_other(_substance(names[0])))
    return Meaning(understood=False)


def _none_said(name: str) -> Meaning | None:
    if _NONE_SAID.match(name):
        return Meaning(NONE_KNOWN)
    return Meaning() if _NOT_ABOUT_DRUGS.match(name) else None


def _allergen(book: Book, name: str) -> Meaning | None:
    said = _substance(name)
    if row := book.row("substance", ALLERGY, said) or book.row("substance", ALLERGY, said.removesuffix("s")):
        return Meaning(row.terms[0] if row.terms else _other(said))
    drugs = _drug_names(book, name) or _drug_names(book, said)
    return _of_drugs(book, drugs) if drugs else None


def _of_drugs(book: Book, drugs: list[str]) -> Meaning:
    """The class that rules ask for, of whichever ingredient has one."""
    rows = [row for drug in drugs if (row := book.row("ingredient", ALLERGY, drug)) and row.terms]
    return Meaning(rows[0].terms[0] if rows else _other(" / ".join(drugs)))


def _drug_names(book: Book, name: str) -> list[str]:
    """The ingredients a name stands for; none unless all of them are known."""
    names = [_known_name(book, ingredient) for ingredient in rxnorm_names.read(name).ingredients]
    if names and all(_is_known(book, drug) for drug in names):
        return names
    row = next((row for drug in names if (row := book.row("brand", DRUG_GROUP, drug))), None)
    return _drug_names(book, row.ingredient) if row else []


def _substance(name: str) -> str:
    """`Allergy to tree pollen (disorder)` → `tree pollen`."""
    return " ".join(_ALLERGY_WORDS.sub(" ", name.lower()).replace(",", " ").split())


def _other(text: str) -> str:
    return f"other:{' '.join(text.lower().split())}"[:80]


def _union(*lists: Iterable[str]) -> tuple[str, ...]:
    """Everything once, in alphabetical order."""
    return tuple(sorted({term for terms in lists for term in terms}))
