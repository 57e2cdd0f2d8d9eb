"""Where a lot went."""

from regimens.models import Lot
from visits.models import VialUse


def given_from(lot: Lot) -> list[VialUse]:
    """Doses drawn from a lot that stand, the newest first, each with its line, visit and patient."""
    uses = VialUse.objects.filter(lot=lot, reversed_at=None, given__gt=0).select_related(
        "administration__drug", "administration__visit__patient", "administration__visit__site"
    )
    return list(uses.order_by("-administration__started_at", "-pk"))
