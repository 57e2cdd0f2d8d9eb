"""What a patient can be booked for: an order that waits for a visit, a regimen, or not decided yet."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from infusion_center.shared import clock
from patients.models import Patient
from patients.selectors.card import records_of
from regimens.models import Order, Regimen
from regimens.rules.dosing import ADULT_FROM_YEARS, dosed_at
from regimens.rules.safety.sentences import listed
from regimens.states import OrderState
from visits.states import CAME_TO_NOTHING, VisitKind

UNDECIDED = "undecided"
UNDECIDED_MINUTES, UNDECIDED_LOAD = 120, 3  # the usual cocktail; the order will say


@dataclass(frozen=True)
class Wanted:
    """`code` is what a form sends back; minutes in the chair, load on a nurse who carries 12."""

    code: str
    name: str
    minutes: int
    load: int
    regimen: Regimen | None = None
    order: Order | None = None
    kind: str = VisitKind.RESCUE

    @property
    def facts(self) -> dict[str, Any]:
        """What a booking or a walk-in is told of it."""
        orders = [self.order] if self.order else []
        sizes: dict[str, Any] = {"minutes": self.minutes, "load": self.load, "kind": self.kind}
        return sizes | {"regimen": self.regimen, "orders": orders}


def wanted_by(patient: Patient) -> list[tuple[str, list[Wanted]]]:
    """(heading, choices): what is ordered for this patient first. Two queries."""
    undecided = Wanted(UNDECIDED, "Not decided yet", UNDECIDED_MINUTES, UNDECIDED_LOAD)
    groups = [
        ("Ordered", [_order(order) for order in open_orders(patient)]),
        ("Regimens", [_regimen(one) for one in Regimen.objects.filter(active=True).order_by("name", "pk")]),
        ("Otherwise", [undecided]),
    ]
    return [(heading, choices) for heading, choices in groups if choices]


def of_a_walk_in(patient: Patient) -> Wanted:
    """The one order that waits for them, else not decided yet. Two queries."""
    found = [one for _, group in wanted_by(patient) for one in group]
    ordered = [one for one in found if one.order]
    return ordered[0] if len(ordered) == 1 else found[-1]


def not_for_a_child(regimen: Regimen, *, patient: Patient, day: date) -> str:
    """What the desk should ask before it promises an adult's regimen to a minor; empty if nothing.

    No verdict: the rules judge the order when it is composed. One query, for a minor.
    """
    age = clock.age_on(patient.birth_date, day)
    if age >= ADULT_FROM_YEARS:
        return ""
    steps = regimen.steps.select_related("drug").order_by("position")
    adult = [
        step.drug.name for step in steps if not dosed_at(step.drug.row, age_years=age, per_kg=step.per_kg)
    ]
    if not adult:
        return ""
    names = listed(list(dict.fromkeys(adult)))
    return f"{patient.called} is {age}, and this is written for adults ({names}). Ask the provider first."


def open_orders(patient: Patient) -> list[Order]:
    """Drafts and signed orders that no visit is planned for, newest first."""
    free = Q(visit_order=None) | Q(visit_order__visit__status__in=CAME_TO_NOTHING)
    orders = Order.objects.filter(
        free,
        patient__in=records_of(patient),
        state__in=[OrderState.DRAFT, OrderState.SIGNED],
        replaced_by=None,
    )
    return list(orders.select_related("regimen").order_by("-written_at", "-pk"))


def _order(order: Order) -> Wanted:
    return Wanted(
        f"order:{order.key}",
        f"{order.title}, {order.get_state_display().lower()}",
        order.chair_minutes,
        order.load,
        regimen=order.regimen,
        order=order,
        kind=_kind(order.regimen),
    )


def _regimen(regimen: Regimen) -> Wanted:
    return Wanted(
        f"regimen:{regimen.code}",
        regimen.name,
        regimen.chair_minutes,
        regimen.load,
        regimen=regimen,
        kind=_kind(regimen),
    )


def _kind(regimen: Regimen | None) -> str:
    return VisitKind.SCHEDULED if regimen and regimen.series_days else VisitKind.RESCUE
