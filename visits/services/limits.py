"""How often one patient may be booked: the site's own limits (issue 4; requirement 43).

A policy, not a promise of the database: it is asked with the visit's day held, and two desks that book two
days of one patient at the same moment may both pass.
"""

from infusion_center.errors import Conflict
from visits.models import Visit
from visits.selectors.known import RESCUE_DAYS, Known
from visits.states import VisitKind


class TooOften(Conflict):
    """This patient has as many bookings, or rescue visits, as the site allows."""


def within(visit: Visit, known: Known, *, because: str) -> None:
    """Raises TooOften for one more visit than the site allows, unless there is a reason."""
    ahead, rescues = visit.site.most_bookings_ahead, visit.site.most_rescues_in_30_days
    if because.strip():
        return
    booked, came = known.booked_ahead, known.rescues
    if ahead is not None and booked >= ahead:
        raise _too_often(f"This patient has {booked} bookings ahead already; the site allows {ahead}.")
    if rescues is not None and visit.kind == VisitKind.RESCUE and came >= rescues:
        raise _too_often(
            f"This would be rescue visit {came + 1} within {RESCUE_DAYS} days; the site allows {rescues}. "
            "Ask a provider first."
        )


def _too_often(sentence: str) -> TooOften:
    return TooOften(sentence, field="beyond_limit_because")
