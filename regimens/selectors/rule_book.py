"""The rule book as the center keeps it: drugs, rules and vocabulary of the database, read into one Book.

Read anew when a row has changed, in every process, without a restart: each asks the row history how far it
has grown (one query).
"""

from functools import lru_cache
from typing import Any

from django.db import connection

from patients.selectors import vocabulary
from patients.states import VocabularyKind
from regimens.models import Drug, SafetyRule
from regimens.rules.safety.book import Book, read_book

# The newest history rows of the tables that the book is made of.
GROWN = """
    SELECT (SELECT max(pgh_id) FROM regimens_drugevent),
           (SELECT max(pgh_id) FROM regimens_safetyruleevent),
           (SELECT max(pgh_id) FROM patients_termevent)
"""


def rule_book() -> Book:
    """The book as it stands. Raises BadRow where a stored row does not parse."""
    with connection.cursor() as cursor:
        cursor.execute(GROWN)
        grown = cursor.fetchone()
    return _read(connection.settings_dict["NAME"], grown)


def document() -> dict[str, Any]:
    """The center's rows in the shape of `data/formulary.json`: what `explain --rules` reads."""
    return {
        "vocab": _vocab(),
        "drugs": [drug_row(drug) for drug in Drug.objects.order_by("code")],
        "interaction_rules": [rule.row for rule in SafetyRule.objects.order_by("code")],
    }


def drug_row(drug: Drug) -> dict[str, Any]:
    """The drug's row; whether it may be ordered here is the center's own switch."""
    return {**drug.row, "orderable_default": drug.orderable}


@lru_cache(maxsize=4)
def _read(database: str, grown: tuple[Any, ...]) -> Book:
    return read_book(document())


def _vocab() -> dict[str, Any]:
    return {
        "condition_tags": [
            {"id": term.term, "label": term.label, **term.row}
            for term in vocabulary.terms(kind=VocabularyKind.CONDITION)
        ],
        "allergy_groups": [
            {"id": term.term, "label": term.label, "drug_ids": term.members, **term.row}
            for term in vocabulary.terms(kind=VocabularyKind.ALLERGY)
        ],
        "external_drug_groups": [
            {"id": term.term, "members": term.members, **term.row}
            for term in vocabulary.terms(kind=VocabularyKind.DRUG_GROUP)
        ],
        "class_tags": [term.term for term in vocabulary.terms(kind=VocabularyKind.CLASS_TAG)],
    }
