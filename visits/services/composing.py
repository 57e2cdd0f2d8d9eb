"""Saving what was composed: the draft, its place at the visit, and a check of it; and the signature."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import ProtectedError

from infusion_center.accounts.models import User
from infusion_center.errors import Conflict
from patients.models import Patient
from regimens.models import Order, Regimen
from regimens.selectors.composing import PlannedStep
from regimens.services import ordering
from regimens.states import CheckMoment, OrderState
from visits.models import Administration, Visit, VisitOrder
from visits.services import checking, days, giving, orders
from visits.states import Given


class AlreadyCharted(Conflict):
    """Something was written about a line of this draft at the chair."""


def save_draft(
    *,
    patient: Patient,
    visit: Visit | None,
    order: Order | None,
    steps: Sequence[PlannedStep],
    regimen: Regimen | None,
    title: str = "",
    note: str = "",
    by: User,
    at: datetime,
) -> Order:
    """A new draft; the steps of the draft `order` replaced; or a new version of the signed `order`.

    A new draft is given at `visit`. A new version is placed there by its signature: until then the old one
    stands. The rules are asked at once. Raises what ordering refuses, VisitIsOver, AlreadyCharted.
    """
    facts: dict[str, Any] = {
        "steps": steps,
        "regimen": regimen,
        "title": title,
        "note": note,
        "by": by,
        "at": at,
    }
    if order is None:
        saved = _new(patient, visit, facts)
    elif order.state == OrderState.DRAFT:
        saved = _recomposed(order, facts)
    else:
        saved = ordering.new_version(order=order, **facts)
    return _checked(saved, visit, "Saved", by=by, at=at)


def write_as_booked(*, visit: Visit, by: User, at: datetime) -> Order:
    """The draft of what was booked, with one tap, and what the rules say of it."""
    return _checked(orders.order_as_booked(visit=visit, by=by, at=at), visit, "Saved", by=by, at=at)


def _checked(order: Order, visit: Visit | None, because: str, *, by: User, at: datetime) -> Order:
    """Apart from the saving: a check that fails must not take the draft with it."""
    checking.check_order(order=order, visit=visit, moment=CheckMoment.ORDER, because=because, by=by, at=at)
    return order


def _new(patient: Patient, visit: Visit | None, facts: dict[str, Any]) -> Order:
    if visit is None:
        return ordering.compose_order(patient=patient, **facts)
    by, at = facts["by"], facts["at"]
    with days.changing("visit.order_written", site=visit.site, day=visit.day, by=by, at=at):
        order = ordering.compose_order(patient=patient, **facts)
        orders.give_here(visit=visit, order=order, by=by, at=at)
    return order


def _recomposed(order: Order, facts: dict[str, Any]) -> Order:
    """In place. What was planned of the draft at a visit is planned anew."""
    link = VisitOrder.objects.filter(order=order).select_related("visit__site").first()
    if link is None:
        return ordering.recompose(order=order, **facts)
    visit, by, at = link.visit, facts["by"], facts["at"]
    with days.changing("visit.order_recomposed", site=visit.site, day=visit.day, by=by, at=at):
        _unplan(order)
        saved = ordering.recompose(order=order, **facts)
        giving.plan_administrations(visit=visit, order=saved, by=by, at=at)
    return saved


def _unplan(order: Order) -> None:
    """Lines of a draft are a plan, nothing clinical: nothing of them can have started."""
    lines = Administration.objects.filter(step__order=order)
    try:
        lines.filter(state=Given.ORDERED).delete()
    except ProtectedError as charted:
        raise AlreadyCharted(ALREADY) from charted
    if lines.exists():
        raise AlreadyCharted(ALREADY)


ALREADY = "Something was charted about a line of this draft: withdraw it and compose a new order."
