"""The patient is here: checked in, and the rules asked again, because home doses were taken since."""

from datetime import datetime

from infusion_center.accounts.models import User
from regimens.states import CheckMoment
from visits.models import Visit
from visits.services import checking, flow


def check_in(*, visit: Visit, by: User, at: datetime, arrived_at: datetime | None = None) -> Visit:
    """Arrived; then every open order of the visit is checked anew. `arrived_at`: earlier, as a paper says.

    Raises what `flow.check_in` refuses.
    """
    arrived = flow.check_in(visit=visit, by=by, at=at, arrived_at=arrived_at or at)
    checking.recheck(visit=arrived, moment=CheckMoment.CHECK_IN, because="check-in", by=by, at=at)
    return arrived
