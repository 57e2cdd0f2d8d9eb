"""A signed visit in words. The database refuses whatever forgets to ask (models/locked.py)."""

from infusion_center.errors import Conflict
from infusion_center.shared import clock
from visits.models import Visit


class Signed(Conflict):
    """The chart is locked by a signature."""


def refuse_signed(visit: Visit) -> None:
    """Raises Signed: who signed, when, and what can be done instead. Asked where a verb refuses anyway."""
    if visit.signed_at is None or visit.signed_by is None:
        return
    when = clock.local(visit.signed_at, visit.site.zone)
    raise Signed(
        f"This visit was signed by {visit.signed_by.name} on {when:%d %b %Y at %H:%M}; "
        "add an addendum or a correction."
    )
