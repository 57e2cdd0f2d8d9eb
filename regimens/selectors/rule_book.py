"""The rule book as the center keeps it: drugs, rules and vocabulary of the database, read into one Book.

Read anew when a row has changed, in every process, without a restart: each asks the row history how far it
has grown (one query).
"""

from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from patients.models import Term
from regimens.models import Drug, Regimen, SafetyRule
from regimens.rules.safety.book import Book, read_book
from regimens.states import BookKind

# Where the document keeps each kind of row; regimens stand beside the book.
SHELVES = {
    BookKind.DRUG: "drugs",
    BookKind.RULE: "interaction_rules",
    BookKind.CONDITION: "condition_tags",
    BookKind.ALLERGY: "allergy_groups",
    BookKind.DRUG_GROUP: "external_drug_groups",
    BookKind.CLASS_TAG: "class_tags",
}
VOCABULARY = (BookKind.CONDITION, BookKind.ALLERGY, BookKind.DRUG_GROUP, BookKind.CLASS_TAG)
MEMBERS = {BookKind.ALLERGY: "drug_ids", BookKind.DRUG_GROUP: "members"}

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
    terms = list(Term.objects.order_by("kind", "label", "pk"))
    return {
        "vocab": {
            SHELVES[kind]: [_as_written(kind, term_row(term)) for term in terms if term.kind == kind]
            for kind in VOCABULARY
        },
        "drugs": [drug_row(drug) for drug in Drug.objects.order_by("code")],
        "interaction_rules": [rule.row for rule in SafetyRule.objects.order_by("code")],
    }


def document_with(kind: str, row: dict[str, Any]) -> dict[str, Any]:
    """The document as it would be with this row, in the place of the one with its id or beside the others."""
    whole = document()
    shelf = whole["vocab"] if kind in VOCABULARY else whole
    name = SHELVES[BookKind(kind)]
    if kind == BookKind.DRUG:
        stored = Drug.objects.filter(code=row["id"]).first()
        row = row | {"orderable_default": stored.orderable} if stored else row
    others = [one for one in shelf[name] if _id(one) != row["id"]]
    shelf[name] = [*others, _as_written(kind, row)]
    return whole


def entries(kind: str) -> QuerySet[Any]:
    """The stored rows of a kind, in the order of their names."""
    if kind == BookKind.DRUG:
        return Drug.objects.select_related("reviewed_by").order_by("name", "pk")
    if kind == BookKind.RULE:
        return SafetyRule.objects.select_related("reviewed_by").order_by("code", "pk")
    if kind == BookKind.REGIMEN:
        return Regimen.objects.select_related("reviewed_by").order_by("name", "pk")
    return Term.objects.filter(kind=kind).select_related("reviewed_by").order_by("label", "pk")


def entry(kind: str, code: str) -> Any | None:
    return entries(kind).filter(**{"term" if kind in VOCABULARY else "code": code}).first()


def row_of(kind: str, stored: Any) -> dict[str, Any]:
    """The whole row as it is written in the file."""
    return term_row(stored) if kind in VOCABULARY else dict(stored.row)


def term_row(term: Term) -> dict[str, Any]:
    members = MEMBERS.get(BookKind(term.kind))
    return {"id": term.term, "label": term.label, **({members: term.members} if members else {})} | term.row


def drug_row(drug: Drug) -> dict[str, Any]:
    """The drug's row; whether it may be ordered here is the center's own switch."""
    return {**drug.row, "orderable_default": drug.orderable}


@lru_cache(maxsize=4)
def _read(database: str, grown: tuple[Any, ...]) -> Book:
    return read_book(document())


def _as_written(kind: str, row: dict[str, Any]) -> Any:
    """Class tags are ids and nothing else; the label of a home medication group is ours alone."""
    if kind == BookKind.CLASS_TAG:
        return row["id"]
    return {key: value for key, value in row.items() if kind != BookKind.DRUG_GROUP or key != "label"}


def _id(row: Any) -> str:
    return str(row["id"]) if isinstance(row, dict) else str(row)
