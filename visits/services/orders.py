"""Orders at a visit: written from what was booked, given at this visit, signed beside the chart."""

from datetime import datetime

from infusion_center.accounts.models import User
from infusion_center.errors import Conflict
from regimens.models import Check, Order
from regimens.services import ordering
from regimens.states import OrderState
from visits.models import Administration, Visit
from visits.services import booking, days
from visits.states import HOLDS_CHAIR, Given

SUPERSEDED = "Its order was withdrawn"


class NoRegimen(Conflict):
    """The visit was booked for a reason, not for a regimen."""


class VisitIsOver(Conflict):
    """Nothing more is ordered at a visit that has ended."""


def order_as_booked(*, visit: Visit, by: User, at: datetime) -> Order:
    """Write the draft of the regimen this visit was booked for, and give it here.

    Raises NoRegimen, VisitIsOver, and what `order_from_regimen` refuses (an old weight, a merged record).
    """
    if visit.regimen is None:
        raise NoRegimen("No regimen was chosen at booking. Write the order from the patient's page.")
    with days.changing("visit.order_written", site=visit.site, day=visit.day, by=by, at=at):
        order = ordering.order_from_regimen(patient=visit.patient, regimen=visit.regimen, by=by, at=at)
        give_here(visit=visit, order=order, by=by, at=at)
    return order


def give_here(*, visit: Visit, order: Order, by: User, at: datetime) -> None:
    """This order is given at this visit. What a withdrawn order had planned here is not given any more."""
    with days.changing("visit.order_attached", site=visit.site, day=visit.day, by=by, at=at):
        visit.refresh_from_db(fields=["status"])
        if visit.status not in HOLDS_CHAIR:
            raise VisitIsOver(f"The visit is {visit.get_status_display().lower()}: nothing more is ordered.")
        booking.attach_order(visit=visit, order=order, by=by, at=at)
        Administration.objects.filter(
            visit=visit, state=Given.ORDERED, step__order__state=OrderState.WITHDRAWN
        ).update(state=Given.NOT_GIVEN, reason=SUPERSEDED, updated_at=at)


def sign_here(*, visit: Visit, order: Order, check: Check, by: User, at: datetime) -> Order:
    """Sign an order under its check and give it at this visit: one act, one transaction."""
    with days.changing("visit.order_signed", site=visit.site, day=visit.day, by=by, at=at):
        signed = ordering.sign_order(order=order, check=check, by=by, at=at)
        give_here(visit=visit, order=signed, by=by, at=at)
    return signed
