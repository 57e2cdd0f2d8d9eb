"""Our vocabularies: what a word means to the rules."""

import re

from django.db.models import QuerySet

from patients.models import Term


def terms(*, kind: str) -> QuerySet[Term]:
    """Every term of a kind, by label."""
    return Term.objects.filter(kind=kind).order_by("label", "pk")


def meanings(*, kind: str, text: str) -> list[str]:
    """The ids whose id, label or one of whose members the text is, or begins with ("sumatriptan 50 mg")."""
    said = text.strip().lower()
    return [term.term for term in terms(kind=kind) if any(_says(said, name) for name in _names(term))]


def _names(term: Term) -> list[str]:
    return [term.term.replace("_", " "), term.label, *term.members]


def _says(said: str, name: str) -> bool:
    return bool(re.match(rf"{re.escape(name.lower())}(?![\w/])", said))
