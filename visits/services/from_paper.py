"""A visit that happened without the product: its way into the chair, with the times on the paper.

The rest is charted as ever: each form takes its time, and what is written down long after shows as late.
"""

from datetime import datetime

from infusion_center.accounts.models import User
from infusion_center.errors import DomainError
from visits.models import Chair, Visit
from visits.rules import minutes
from visits.services import arriving, flow
from visits.states import Status


def begin(
    *, visit: Visit, arrived_at: datetime, seated_at: datetime, chair: Chair, by: User, at: datetime
) -> Visit:
    """Checked in and seated as the paper says. Raises CannotMove, ChairTaken, MomentRefused."""
    if seated_at < arrived_at:
        raise DomainError("Nobody sits before they arrive.", field="seated_at")
    for field, moment in (("arrived_at", arrived_at), ("seated_at", seated_at)):
        minutes.check_moment(moment, now=at, not_before=moment, before_what="", field=field)
    if visit.status == Status.BOOKED:
        visit = arriving.check_in(visit=visit, arrived_at=arrived_at, by=by, at=at)
    return flow.seat(visit=visit, chair=chair, seated_at=seated_at, by=by, at=at)
