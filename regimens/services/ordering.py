"""Orders: written from a regimen, signed, changed by a new version, withdrawn, completed.

No safety check runs here yet: what the formulary says about a patient is shown beside the order as words.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from infusion_center.accounts.models import User
from infusion_center.audit import history
from infusion_center.errors import Conflict, DomainError
from patients.models import Patient
from regimens.models import Order, OrderStep, Regimen
from regimens.selectors.composing import Composition, Planned, compose
from regimens.states import ORDER_MOVES, OrderState


class CannotOrder(DomainError):
    """The patient, the regimen or a drug does not allow an order."""


class CannotMove(Conflict):
    """The order is past this: somebody else was first."""


def order_from_regimen(
    *,
    patient: Patient,
    regimen: Regimen,
    without: Collection[int] = (),
    note: str = "",
    by: User,
    at: datetime,
) -> Order:
    """A draft: doses resolved and capped, optional steps at the positions `without` left out.

    Raises CannotOrder, WeightNeeded, CannotLeaveOut.
    """
    with transaction.atomic(), history.verb("order.written", by=by, at=at):
        return _write(patient, regimen, without, by=by, at=at, note=note)


def change_order(
    *, order: Order, without: Collection[int] = (), note: str = "", by: User, at: datetime
) -> Order:
    """A new version from the same regimen and the newest weight. The old one stands until it is signed."""
    if order.state not in {OrderState.DRAFT, OrderState.SIGNED} or order.regimen is None:
        raise CannotMove(f"This order is {order.get_state_display().lower()}: write a new one instead.")
    latest = _latest_version(order)
    if latest.pk != order.pk and latest.state != OrderState.WITHDRAWN:
        raise CannotMove(f"Version {latest.version} of this order exists already.")
    facts: dict[str, Any] = {"replaces": latest, "version": latest.version + 1}
    try:
        with transaction.atomic(), history.verb("order.changed", by=by, at=at):
            return _write(order.patient, order.regimen, without, by=by, at=at, note=note, **facts)
    except IntegrityError as twice:
        raise CannotMove("Somebody else has just changed this order: open it again.") from twice


def sign_order(*, order: Order, by: User, at: datetime) -> Order:
    """Draft to signed; the versions it replaces are withdrawn. Raises CannotOrder, CannotMove."""
    with transaction.atomic(), history.verb("order.signed", by=by, at=at):
        _refuse_patient(order.patient)
        _refuse_drugs(order)
        _move(order, OrderState.SIGNED, only=OrderState.DRAFT, signed_at=at, signed_by=by)
        _withdraw_earlier_versions(order, by=by, at=at)
    return order


def withdraw_order(*, order: Order, reason: str, by: User, at: datetime) -> Order:
    """Draft or signed to withdrawn, with the reason."""
    if not reason.strip():
        raise DomainError("Say why this order is withdrawn.", field="reason")
    with transaction.atomic(), history.verb("order.withdrawn", by=by, at=at):
        return _withdraw(order, reason.strip(), by=by, at=at)


def complete_order(*, order: Order, by: User, at: datetime) -> Order:
    """Signed to completed: the visit it was for is done."""
    with transaction.atomic(), history.verb("order.completed", by=by, at=at):
        return _move(order, OrderState.COMPLETED)


def reopen_order(*, order: Order, by: User, at: datetime) -> Order:
    """Completed back to signed: the discharge was a wrong click."""
    with transaction.atomic(), history.verb("order.reopened", by=by, at=at):
        return _move(order, OrderState.SIGNED, only=OrderState.COMPLETED)


def _write(
    patient: Patient,
    regimen: Regimen,
    without: Collection[int],
    *,
    by: User,
    at: datetime,
    note: str,
    **facts: Any,
) -> Order:
    _refuse_patient(patient)
    if not regimen.active:
        raise CannotOrder(f"{regimen.name} is no longer in use.", field="regimen")
    composed = compose(patient=patient, regimen=regimen, without_steps=without, at=at)
    if not composed.steps:
        raise CannotOrder(f"Nothing is left of {regimen.name}.", field="steps")
    order = Order.objects.create(
        patient=patient,
        title=regimen.name,
        note=note,
        written_at=at,
        written_by=by,
        **_facts_of(composed),
        **facts,
    )
    OrderStep.objects.bulk_create([_step(order, planned) for planned in composed.steps])
    return order


def _facts_of(composed: Composition) -> dict[str, Any]:
    return {
        "regimen": composed.regimen,
        "weight_kg": composed.weight_kg,
        "weight_measured_at": composed.weighed_at,
        "chair_minutes": composed.chair_minutes,
        "load": composed.load,
        "driver_required": composed.driver_required,
    }


def _step(order: Order, planned: Planned) -> OrderStep:
    """The position stays the recipe's, so that steps keep naming each other."""
    step = planned.step
    return OrderStep(
        order=order,
        position=step.position,
        drug=step.drug,
        dose=planned.dose.amount,
        unit=planned.dose.unit,
        reckoning=planned.dose.reckoning,
        method=step.method,
        diluent=step.diluent,
        volume_ml=planned.volume_ml,
        minutes=step.minutes,
        start_after=list(planned.start_after),
        gap_minutes=step.gap_minutes,
        mode=step.mode,
        note="; ".join(part for part in (step.condition, step.note) if part),
    )


def _refuse_patient(patient: Patient) -> None:
    if patient.merged_into_id is not None:
        raise CannotOrder("This record was merged into another: order for the record that was kept.")
    if patient.died_on is not None:
        raise CannotOrder("This patient is recorded as deceased.")


def _refuse_drugs(order: Order) -> None:
    drugs = [step.drug for step in order.steps.select_related("drug").order_by("position")]
    if not drugs:
        raise CannotOrder("This order has no steps: there is nothing to sign.")
    closed = [drug.name for drug in drugs if not drug.orderable]
    if closed:
        raise CannotOrder(f"Not orderable at this center: {', '.join(dict.fromkeys(closed))}.")


def _withdraw(order: Order, reason: str, *, by: User, at: datetime) -> Order:
    return _move(order, OrderState.WITHDRAWN, withdrawn_at=at, withdrawn_by=by, withdrawn_reason=reason)


def _withdraw_earlier_versions(order: Order, *, by: User, at: datetime) -> None:
    earlier = order.replaces
    while earlier is not None:
        if earlier.state != OrderState.WITHDRAWN:
            _withdraw(earlier, f"Replaced by version {order.version}", by=by, at=at)
        earlier = earlier.replaces


def _latest_version(order: Order) -> Order:
    while newer := Order.objects.filter(replaces=order).first():
        order = newer
    return order


def _move(order: Order, target: OrderState, *, only: OrderState | None = None, **facts: Any) -> Order:
    """Compare and set, from every state that may go there or from `only` one. Raises CannotMove."""
    sources = [state for state, targets in ORDER_MOVES.items() if target in targets and only in (None, state)]
    moved = Order.objects.filter(pk=order.pk, state__in=sources).update(state=target, **facts)
    order.refresh_from_db()
    if not moved:
        raise CannotMove(f"This order is {order.get_state_display().lower()} already.")
    return order
