"""What a spoken order may be about, and who may have said it."""

from collections.abc import Iterable
from datetime import datetime

from infusion_center.accounts.models import User
from infusion_center.accounts.permissions import GRANTS, Can
from infusion_center.places.models import Site
from regimens.models import Order, Protocol
from regimens.selectors import formulary, protocols
from regimens.states import OrderState
from visits.models import Visit
from visits.states import HOLDS_CHAIR

DRAFT, REGIMEN = "draft", "regimen"


def providers_at(site: Site) -> list[User]:
    """Who signs orders here, by name. One query."""
    signing = [role for role, abilities in GRANTS.items() if Can.SIGN_ORDER in abilities]
    rows = User.objects.filter(sites=site, is_active=True, roles__overlap=signing)
    return list(rows.order_by("last_name", "first_name", "pk"))


def startable(visit: Visit, orders: Iterable[Order], *, by: User, at: datetime) -> list[Protocol]:
    """The standing orders this person may start at this visit, beside its `orders`. One query at most."""
    if visit.status not in HOLDS_CHAIR or not by.can(Can.CHART_VISIT):
        return []
    ordered = {order.regimen_id for order in orders if order.may_run}
    fit = protocols.startable(patient=visit.patient, day=visit.site.day_of(at), by=by)
    return [one for one in fit if one.regimen_id not in ordered]


def drafts_of(visit: Visit) -> list[Order]:
    """Composed for this visit and not begun. One query."""
    return list(visit.orders.filter(state=OrderState.DRAFT, begun_at=None).order_by("pk"))


def spoken_about(visit: Visit, *, by: User) -> list[tuple[str, str]]:
    """(value, words) of what may begin by word: the visit's drafts, then the regimens in use. Two queries."""
    drafts = [(f"{DRAFT}:{order.key}", f"The draft {order.title}") for order in drafts_of(visit)]
    recipes = formulary.regimens_for(by)
    return [*drafts, *((f"{REGIMEN}:{one.code}", one.name) for one in recipes)]
