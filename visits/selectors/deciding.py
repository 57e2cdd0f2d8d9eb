"""What waits for a provider: visits without a signed order, drafts without a signature."""

from collections.abc import Sequence
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from infusion_center.places.models import Site
from patients.selectors import card
from regimens.models import Order
from regimens.selectors import orders
from regimens.states import OrderState
from visits.models import Visit, VisitOrder
from visits.states import HOLDS_CHAIR, Status

CAME_TO_NOTHING = [Status.EXPIRED, Status.CANCELLED, Status.NO_SHOW, Status.LEFT]


def visits_without_signed_order(*, site: Site, day: date) -> Sequence[Visit]:
    """Today's visits that nothing may start at yet, the ones in a chair first, then by the clock."""
    signed = VisitOrder.objects.filter(
        visit=OuterRef("pk"), order__state__in=[OrderState.SIGNED, OrderState.COMPLETED]
    )
    found = list(
        Visit.objects.on(site=site, day=day)
        .filter(~Exists(signed), status__in=HOLDS_CHAIR)
        .select_related("patient", "regimen", "chair")
        .order_by("planned", "pk")
    )
    card.with_same_name([visit.patient for visit in found])
    return sorted(found, key=lambda visit: HOLDS_CHAIR.index(Status(visit.status)), reverse=True)


def orders_without_visit(visit: Visit) -> QuerySet[Order]:
    """This patient's open orders that are given nowhere yet, or whose visit came to nothing; newest first."""
    placed = VisitOrder.objects.filter(order=OuterRef("pk")).exclude(visit__status__in=CAME_TO_NOTHING)
    open_states = [OrderState.DRAFT, OrderState.SIGNED]
    return orders.orders_of(visit.patient).filter(~Exists(placed), state__in=open_states)
