"""The one place that moves a claim from state to state, by compare-and-set; and the numbers we give out."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Model

from billing.models import Claim
from billing.states import ClaimState, sources_of
from infusion_center.errors import Conflict

HIGHEST_NUMBER = 999_999_999  # nine digits in ISA13 (billing.x12.elements)


class CannotMove(Conflict):
    """Somebody else was first, or the claim is past this."""


def move_claim(claim: Claim, target: str, *, at: datetime, **facts: object) -> Claim:
    """One claim, with the facts that belong to the move. Raises CannotMove in words."""
    moved = move_claims([claim.pk], target, at=at, **facts)
    claim.refresh_from_db()
    if not moved:
        raise CannotMove(f"This claim is {claim.get_state_display().lower()} already.")
    return claim


@transaction.atomic
def move_claims(pks: Iterable[int], target: str, *, at: datetime, **facts: object) -> int:
    """How many of these claims could be moved; the others were moved by somebody else."""
    sources = sources_of(target)
    rows = Claim.objects.filter(pk__in=list(pks), state__in=sources)
    return rows.update(state=ClaimState(target), updated_at=at, **facts)


def next_number(model: type[Model]) -> int:
    """The next value of the model's own key sequence: never given twice; a gap does no harm."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [model._meta.db_table])
        return int(cursor.fetchone()[0]) % HIGHEST_NUMBER
