"""The rules, asked at signing, at check-in, before each start, and when a fact arrives; and the signature."""

from datetime import datetime

from infusion_center.accounts.models import User
from infusion_center.errors import Conflict
from regimens.models import Check, Order, OrderStep
from regimens.services import ordering
from regimens.states import CheckMoment
from visits.models import Visit
from visits.services import orders as visit_orders


class NotCleared(Conflict):
    """Findings stand in the way: blocks, or what nobody has answered for."""


def check(
    *,
    order: Order,
    visit: Visit | None,
    moment: CheckMoment,
    because: str,
    by: User | None,
    at: datetime,
    step: OrderStep | None = None,
) -> Check:
    """Ask the rules about the order, or one step of it, and keep what they said with the facts."""
    return Check.objects.create(
        order=order, step=step, moment=moment, because=because, checked_at=at, checked_by=by, verdict="allow"
    )


def sign(*, order: Order, visit: Visit | None, by: User, at: datetime) -> Order:
    """Check again, and sign if nothing stands in the way. Raises NotCleared, and what signing refuses."""
    if visit is not None:
        return visit_orders.sign_here(visit=visit, order=order, by=by, at=at)
    return ordering.sign_order(order=order, by=by, at=at)
