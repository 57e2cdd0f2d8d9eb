"""The vocabulary and the mapping tables, as the rules want them."""

from collections import defaultdict

from patients.models import CodeMapping, Term
from patients.rules.fhir_mapping import Book, Row, members_of
from patients.states import VocabularyKind


def book() -> Book:
    """Everything known about codes and names: two queries, read once per file."""
    rows: dict[tuple[str, str], dict[str, Row]] = defaultdict(dict)
    columns = CodeMapping.objects.values_list("system", "kind", "code", "terms", "ingredient")
    for system, kind, code, terms, ingredient in columns.order_by("pk"):
        rows[system, kind][code] = Row(tuple(terms), ingredient)
    groups = Term.objects.filter(kind=VocabularyKind.DRUG_GROUP).order_by("term")
    members = [member for group in groups for member in members_of(group.term, group.members)]
    return Book(rows=dict(rows), members=tuple(members))
