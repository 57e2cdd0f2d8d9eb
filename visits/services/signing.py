"""The signature: the rules are asked once more, and it is refused while anything stands in the way."""

from datetime import datetime

from infusion_center.accounts.models import User
from regimens.models import Order
from regimens.selectors import findings
from regimens.services import ordering
from regimens.states import CheckMoment
from visits.models import Visit
from visits.services import checking, orders, standing


def sign(*, order: Order, visit: Visit | None, by: User, at: datetime) -> Order:
    """Check, then sign; with a visit, the order is given there. Raises NotCleared, and what signing refuses.

    The check is kept whether or not the signature follows. What has begun without one is signed off.
    """
    if order.waits_for_sign_off:
        return standing.sign_off(order=order, by=by, at=at)
    ordering.must_be_draft(order)
    check = checking.check_order(
        order=order, visit=visit, moment=CheckMoment.ORDER, because="signing", by=by, at=at
    )
    left = findings.standing_of(check)
    if check.problem or left:
        raise checking.NotCleared(left, check.problem)
    if visit is not None:
        return orders.sign_here(visit=visit, order=order, check=check, by=by, at=at)
    return ordering.sign_order(order=order, check=check, by=by, at=at)
