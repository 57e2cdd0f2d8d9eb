"""Orders: written from steps or a regimen, edited as drafts, signed, changed by a new version, withdrawn.

The safety checks are asked where the visit is known: visits/services/checking.py.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from infusion_center.accounts.models import User
from infusion_center.audit import history
from infusion_center.errors import Conflict, DomainError
from patients.models import Patient
from regimens.models import Check, Order, OrderStep, Protocol, Regimen
from regimens.rules.step_limits import MOST_STEPS
from regimens.selectors import findings
from regimens.selectors import protocols as limits
from regimens.selectors.composing import Composition, Planned, PlannedStep, compose, compose_steps
from regimens.services import protocols, versions
from regimens.states import ORDER_MOVES, Authority, OrderState

NAMED_IN_TITLE = 3
CHECK_KEEPS = timedelta(minutes=5)  # a signature follows its check at once


class CannotOrder(DomainError):
    """The patient, the regimen, the steps or a drug do not allow an order."""


class NotChecked(Conflict):
    """Nothing is signed that the rules were not asked about, or that they refuse."""


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
        composed = _from_recipe(patient, regimen, without, at=at)
        return _write(patient, composed, title=regimen.name, note=note, by=by, at=at)


def compose_order(
    *,
    patient: Patient,
    steps: Sequence[PlannedStep],
    regimen: Regimen | None = None,
    title: str = "",
    note: str = "",
    by: User,
    at: datetime,
) -> Order:
    """A draft of these steps in this order. `regimen` is what they were made from, if anything.

    A typed dose stays as typed; a dose per kg is resolved with the newest weight of the last 30 days and
    capped, in words. Raises CannotOrder, StepRefused, WeightNeeded.
    """
    with transaction.atomic(), history.verb("order.written", by=by, at=at):
        composed = _from_steps(patient, steps, regimen, at=at)
        return _write(patient, composed, title=title, note=note, by=by, at=at)


def recompose(
    *,
    order: Order,
    steps: Sequence[PlannedStep],
    regimen: Regimen | None = None,
    title: str = "",
    note: str = "",
    by: User,
    at: datetime,
) -> Order:
    """A draft's steps, replaced in place; what was cleared of the old ones is to be read again.

    Raises CannotMove past a draft, and as `compose_order`.
    """
    with transaction.atomic(), history.verb("order.recomposed", by=by, at=at):
        row = Order.objects.select_for_update(of=("self",), no_key=True).get(pk=order.pk)
        _only_newest(row)
        _refuse_begun(row)
        if row.state != OrderState.DRAFT:
            raise CannotMove(
                f"This order is {row.get_state_display().lower()}: its steps change by a new version."
            )
        composed = _from_steps(row.patient, steps, regimen, at=at)
        _clear_steps(row)
        facts = {"title": title.strip() or _title(composed), "note": note, **_facts_of(composed, at=at)}
        # Changed steps are no longer the ones that were approved.
        Order.objects.filter(pk=row.pk).update(
            **facts, protocol=None, written_at=at, written_by=by, updated_at=at
        )
        _write_steps(row, composed)
    order.refresh_from_db()
    return order


def change_order(
    *, order: Order, without: Collection[int] = (), note: str = "", by: User, at: datetime
) -> Order:
    """A new version from the same regimen and the newest weight. The old one stands until it is signed."""
    regimen = order.regimen
    if regimen is None:
        raise CannotMove("This order was made without a regimen: compose its new version.")

    def composed() -> Composition:
        return _from_recipe(order.patient, regimen, without, at=at)

    return _next_version(order, composed, title=regimen.name, note=note, by=by, at=at)


def new_version(
    *,
    order: Order,
    steps: Sequence[PlannedStep],
    regimen: Regimen | None = None,
    title: str = "",
    note: str = "",
    by: User,
    at: datetime,
) -> Order:
    """A new version of these steps. The old one stands until it is signed. Raises as `compose_order`."""

    def composed() -> Composition:
        return _from_steps(order.patient, steps, regimen, at=at)

    return _next_version(order, composed, title=title, note=note, by=by, at=at)


def sign_order(*, order: Order, check: Check, by: User, at: datetime) -> Order:
    """Draft to signed under a `check` of just now that nothing stands in the way of; the versions it
    replaces are withdrawn. Raises CannotOrder, CannotMove, NotChecked.
    """
    with transaction.atomic(), history.verb("order.signed", by=by, at=at):
        _refuse_begun(order)
        _refuse_unchecked(order, check, at)
        _refuse_patient(order.patient)
        _refuse_drugs(order)
        _move(order, OrderState.SIGNED, only=OrderState.DRAFT, signed_at=at, signed_by=by)
        _withdraw_earlier_versions(order, by=by, at=at)
    return order


def must_be_draft(order: Order) -> None:
    """Raises CannotMove in words when somebody was first: what is signed is not asked about again."""
    order.refresh_from_db(fields=["state"])
    if order.state != OrderState.DRAFT:
        raise CannotMove(f"This order is {order.get_state_display().lower()} already.")


def withdraw_order(*, order: Order, reason: str, by: User, at: datetime) -> Order:
    """Draft or signed to withdrawn, with the reason."""
    if not reason.strip():
        raise DomainError("Say why this order is withdrawn.", field="reason")
    with transaction.atomic(), history.verb("order.withdrawn", by=by, at=at):
        _refuse_begun(order)
        return _withdraw(order, reason.strip(), by=by, at=at)


def begin_under_protocol(*, order: Order, check: Check, by: User, at: datetime) -> Order:
    """The draft runs from now on under its standing order, and waits for a signature.

    Raises NotChecked where the check is none of now or found more than the standing order allows,
    CannotOrder, CannotMove.
    """
    protocol = order.protocol
    if protocol is None:
        raise CannotMove("This order is not as the standing order was approved.")
    if limits.above(protocol, [findings.finding_of(row) for row in check.findings]):
        raise NotChecked("The safety check found more than the standing order allows: a provider signs it.")
    facts = {"authority": Authority.PROTOCOL, "sign_by": protocols.sign_by(protocol, at=at)}
    return _begin(order, check, "order.begun_under_protocol", by=by, at=at, **facts)


def begin_verbal(
    *,
    order: Order,
    check: Check,
    spoken_by: User,
    spoken: str,
    spoken_at: datetime,
    sign_by: datetime,
    by: User,
    at: datetime,
) -> Order:
    """The draft is what a provider said aloud, read back; it runs from now on and waits for the signature.

    Raises NotChecked, CannotOrder, CannotMove.
    """
    facts = {"authority": Authority.VERBAL, "spoken_by": spoken_by, "spoken": spoken, "read_back": True}
    facts |= {"spoken_at": spoken_at, "sign_by": sign_by}
    return _begin(order, check, "order.begun_by_word", by=by, at=at, **facts)


def sign_off(*, order: Order, by: User, at: datetime) -> Order:
    """A provider signs what has begun on their word or under the standing order. Raises CannotMove.

    No check stands in the way: what was given was checked at the beginning and before each start, and what is
    left will be. The signature says that it was ordered so.
    """
    with transaction.atomic(), history.verb("order.signed_off", by=by, at=at):
        _only_begun(order)
        return _move(order, OrderState.SIGNED, only=OrderState.DRAFT, signed_at=at, signed_by=by)


def dispute(*, order: Order, reason: str, by: User, at: datetime) -> Order:
    """A provider did not order it so: nothing more of it starts; what was given stays in the chart."""
    if not reason.strip():
        raise DomainError("Say what is wrong with it.", field="reason")
    with transaction.atomic(), history.verb("order.disputed", by=by, at=at):
        _only_begun(order)
        facts = {"withdrawn_at": at, "withdrawn_by": by, "withdrawn_reason": reason.strip(), "disputed": True}
        return _move(order, OrderState.WITHDRAWN, only=OrderState.DRAFT, **facts)


def mark_for_protocol(*, order: Order, protocol: Protocol, by: User, at: datetime) -> Order:
    """This draft was made from the standing order's version, and may begin under it."""
    with transaction.atomic(), history.verb("order.made_for_protocol", by=by, at=at):
        if order.regimen_version_id != protocol.version_id:
            raise CannotOrder(
                f"{protocol.regimen.name} has changed since it was approved as a standing order: "
                "it has to be approved anew."
            )
        Order.objects.filter(pk=order.pk).update(protocol=protocol, updated_at=at)
    order.refresh_from_db()
    return order


def _begin(order: Order, check: Check, verb: str, *, by: User, at: datetime, **facts: Any) -> Order:
    with transaction.atomic(), history.verb(verb, by=by, at=at):
        _refuse_unchecked(order, check, at)
        _refuse_patient(order.patient)
        _refuse_drugs(order)
        _only_newest(order)
        if order.replaces_id is not None:
            raise CannotMove("A new version of a signed order waits for its signature.")
        drafts = Order.objects.filter(pk=order.pk, state=OrderState.DRAFT, begun_at=None)
        moved = drafts.update(begun_at=at, begun_by=by, updated_at=at, **facts)
        order.refresh_from_db()
        if not moved:
            raise CannotMove("This order has begun already, or is not open any more.")
    return order


def _only_begun(order: Order) -> None:
    order.refresh_from_db()
    if not order.waits_for_sign_off:
        raise CannotMove(
            f"This order does not wait to be signed off: it is {order.get_state_display().lower()}."
        )


def _refuse_begun(order: Order) -> None:
    """It may have been given: it is signed or disputed first, by a provider. Within a transaction."""
    row = Order.objects.select_for_update(of=("self",), no_key=True).get(pk=order.pk)
    if row.waits_for_sign_off:
        raise CannotMove("This order has begun without a signature: a provider signs or disputes it first.")


def complete_order(*, order: Order, by: User, at: datetime) -> Order:
    """Signed to completed: the visit it was for is done."""
    with transaction.atomic(), history.verb("order.completed", by=by, at=at):
        return _move(order, OrderState.COMPLETED)


def reopen_order(*, order: Order, by: User, at: datetime) -> Order:
    """Completed back to signed: the discharge was a wrong click."""
    with transaction.atomic(), history.verb("order.reopened", by=by, at=at):
        return _move(order, OrderState.SIGNED, only=OrderState.COMPLETED)


def _next_version(
    order: Order, composed: Callable[[], Composition], *, title: str, note: str, by: User, at: datetime
) -> Order:
    if order.state not in {OrderState.DRAFT, OrderState.SIGNED}:
        raise CannotMove(f"This order is {order.get_state_display().lower()}: write a new one instead.")
    latest = _only_newest(order)
    facts: dict[str, Any] = {"replaces": latest, "version": latest.version + 1}
    try:
        with transaction.atomic(), history.verb("order.changed", by=by, at=at):
            _refuse_begun(order)
            return _write(order.patient, composed(), title=title, note=note, by=by, at=at, **facts)
    except IntegrityError as twice:
        raise CannotMove("Somebody else has just changed this order: open it again.") from twice


def _only_newest(order: Order) -> Order:
    """The version a next one would follow: this one, or withdrawn ones after it. Raises CannotMove."""
    latest = _latest_version(order)
    if latest.pk != order.pk and latest.state != OrderState.WITHDRAWN:
        raise CannotMove(f"Version {latest.version} of this order exists already.")
    return latest


def _from_recipe(
    patient: Patient, regimen: Regimen, without: Collection[int], *, at: datetime
) -> Composition:
    _refuse_patient(patient)
    _refuse_regimen(regimen)
    composed = compose(patient=patient, regimen=regimen, without_steps=without, at=at)
    if not composed.steps:
        raise CannotOrder(f"Nothing is left of {regimen.name}.", field="steps")
    return composed


def _from_steps(
    patient: Patient, steps: Sequence[PlannedStep], regimen: Regimen | None, *, at: datetime
) -> Composition:
    _refuse_patient(patient)
    if regimen is not None:
        _refuse_regimen(regimen)
    if not steps:
        raise CannotOrder("Add a drug first: there is nothing to save.", field="steps")
    if len(steps) > MOST_STEPS:
        raise CannotOrder(f"An order has at most {MOST_STEPS} steps.", field="steps")
    return compose_steps(patient=patient, steps=steps, regimen=regimen, at=at)


def _write(
    patient: Patient, composed: Composition, *, title: str, note: str, by: User, at: datetime, **facts: Any
) -> Order:
    order = Order.objects.create(
        patient=patient,
        title=title.strip() or _title(composed),
        note=note,
        written_at=at,
        written_by=by,
        **_facts_of(composed, at=at),
        **facts,
    )
    _write_steps(order, composed)
    return order


def _write_steps(order: Order, composed: Composition) -> None:
    OrderStep.objects.bulk_create([_step(order, planned) for planned in composed.steps])


def _clear_steps(order: Order) -> None:
    try:
        order.steps.all().delete()
    except ProtectedError as used:
        raise CannotMove(
            "Something was written about a step of this draft already: withdraw it and compose a new order."
        ) from used


def _title(composed: Composition) -> str:
    """The regimen's name, or the agents'."""
    if composed.regimen is not None:
        return composed.regimen.name
    names = list(dict.fromkeys(planned.step.drug.name for planned in composed.steps))
    more = f" and {len(names) - NAMED_IN_TITLE} more" if len(names) > NAMED_IN_TITLE else ""
    title = ", ".join(names[:NAMED_IN_TITLE]) + more
    return (title[:1].upper() + title[1:])[: Order._meta.get_field("title").max_length]


def _facts_of(composed: Composition, *, at: datetime) -> dict[str, Any]:
    regimen = composed.regimen
    return {
        "regimen": regimen,
        "regimen_version": versions.keep(regimen=regimen, by=None, at=at) if regimen else None,
        "weight_kg": composed.weight_kg,
        "weight_measured_at": composed.weighed_at,
        "chair_minutes": composed.plan.chair_minutes,
        "load": composed.plan.load,
        "driver_required": composed.plan.driver_required,
    }


def _step(order: Order, planned: Planned) -> OrderStep:
    """From a recipe the position stays the recipe's, so that steps keep naming each other."""
    step, place = planned.step, planned.place
    return OrderStep(
        order=order,
        position=place.position,
        drug=step.drug,
        dose=planned.dose.amount,
        unit=planned.dose.unit,
        reckoning=planned.dose.reckoning,
        dose_per_kg=step.dose if step.per_kg else None,
        max_dose=step.max_dose,
        method=step.method,
        diluent=step.diluent,
        volume_ml=planned.volume_ml,
        minutes=step.minutes,
        start_after=list(place.start_after),
        gap_minutes=step.gap_minutes,
        mode=place.mode,
        indication=step.indication,
        only_if_pain_over=step.only_if_pain_over,
        note=step.note,
    )


def _refuse_regimen(regimen: Regimen) -> None:
    if not regimen.active:
        raise CannotOrder(f"{regimen.name} is no longer in use.", field="regimen")


def _refuse_patient(patient: Patient) -> None:
    if patient.merged_into_id is not None:
        raise CannotOrder("This record was merged into another: order for the record that was kept.")
    if patient.died_on is not None:
        raise CannotOrder("This patient is recorded as deceased.")


def _refuse_unchecked(order: Order, check: Check, at: datetime) -> None:
    """Raises NotChecked unless this is a check of the whole order, of just now, that lets it pass."""
    fresh = at - CHECK_KEEPS <= check.checked_at <= at
    if check.order_id != order.pk or check.step_id is not None or check.problem or not fresh:
        raise NotChecked("The safety check is missing or too old: check again, then sign.")
    if findings.standing_of(check):
        raise NotChecked("Findings stand in the way: read them, then sign.")


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
