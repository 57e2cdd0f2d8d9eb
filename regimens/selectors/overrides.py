"""The pharmacist's list: what was gone on with in spite of the rules, and nobody has looked at yet."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from patients.selectors import card
from regimens.models import Clearance, Drug
from regimens.rules.safety.verdicts import Severity


@dataclass(frozen=True)
class Override:
    """`drug` is its name; empty: about the visit."""

    row: Clearance
    drug: str


def waiting() -> Sequence[Override]:
    """Unreviewed overrides, oldest first. Three queries."""
    rows = list(
        Clearance.objects.filter(reviewed_at=None, severity=Severity.OVERRIDE_REASON)
        .select_related("order__patient", "cleared_by")
        .order_by("cleared_at", "pk")
    )
    card.with_same_name([row.order.patient for row in rows])
    names = dict(Drug.objects.filter(_named(rows)).values_list("code", "name"))
    return [Override(row, names.get(row.drug, row.drug)) for row in rows]


def _named(rows: Sequence[Clearance]) -> Q:
    return Q(code__in={row.drug for row in rows if row.drug})
