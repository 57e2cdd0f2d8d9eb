"""Every field is PHI or it is not. Models declare it in an inner `class PHI`; this reads the declarations.

    class PHI:
        fields = frozenset({"member_id"})       # says something about a person
        safe = frozenset({"id", "payer"})       # does not

Log redaction, `scrub`, exports and the audit pages all read this one declaration.
"""

from django.db import models

DATED = frozenset({"created_at", "updated_at"})
REVIEWED = frozenset({"reviewed_by", "reviewed_on"})


def declared(model: type[models.Model]) -> tuple[frozenset[str], frozenset[str]]:
    """(PHI fields, safe fields) of a model; both empty where it declares nothing."""
    phi = getattr(model, "PHI", None)
    if phi is None:
        return frozenset(), frozenset()
    return frozenset(phi.fields), frozenset(phi.safe) | DATED | REVIEWED


def is_phi(model: type[models.Model], field: str) -> bool:
    """True unless the field is declared safe: what nobody classified is treated as PHI."""
    return field not in declared(model)[1]
