"""Orders as their pages show them."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from patients.models import Patient
from patients.selectors import card
from regimens.models import Order, OrderStep, Regimen
from regimens.rules.chair_time import Run
from regimens.selectors.composing import margins_of
from regimens.selectors.timeline import Timeline, timeline
from regimens.states import OrderState


@dataclass(frozen=True)
class OrderPage:
    order: Order
    steps: list[OrderStep]
    picture: Timeline
    replaced_by: Order | None


@dataclass(frozen=True)
class Advice:
    """What the recipe says about whom it suits, as words: nothing here is checked by itself."""

    exclusions: tuple[str, ...]
    required_checks: tuple[str, ...]
    lines: tuple[tuple[str, str], ...]


def order_by_key(key: UUID) -> Order:
    """Raises Order.DoesNotExist."""
    related = (
        "patient",
        "regimen",
        "written_by",
        "signed_by",
        "withdrawn_by",
        "replaces",
        "begun_by",
        "spoken_by",
        "regimen_version",
    )
    return Order.objects.select_related(*related).get(key=key)


def order_page(order: Order) -> OrderPage:
    steps = list(order.steps.select_related("drug").order_by("position"))
    around = margins_of(order.regimen)
    picture = timeline(
        ((step.drug.name, run_of(step)) for step in steps),
        setup=around.setup,
        discharge=around.discharge,
        # What was reckoned when it was written, whatever the recipe says today.
        watched_at_least=order.chair_minutes - around.setup - around.discharge,
    )
    return OrderPage(order, steps, picture, Order.objects.filter(replaces=order).first())


def run_of(step: OrderStep) -> Run:
    """The step as it is reckoned with in time. Wants its drug."""
    after = tuple(step.start_after)
    return Run(step.position, step.minutes, step.drug.observation_minutes, after, step.gap_minutes)


def to_sign_off() -> QuerySet[Order]:
    """Begun by protocol or by word and not signed yet, longest first. Of every site."""
    return (
        Order.objects.filter(state=OrderState.DRAFT, begun_at__isnull=False)
        .select_related("patient", "regimen", "written_by", "begun_by", "spoken_by")
        .order_by("begun_at", "pk")
    )


def waiting_for_signature() -> QuerySet[Order]:
    """Drafts, longest waiting first; one that a newer version took over is not waiting any more."""
    newer = Order.objects.filter(replaces=OuterRef("pk")).exclude(state=OrderState.WITHDRAWN)
    return (
        Order.objects.filter(~Exists(newer), state=OrderState.DRAFT)
        .select_related("patient", "regimen", "written_by")
        .order_by("written_at", "pk")
    )


def orders_of(patient: Patient) -> QuerySet[Order]:
    """A patient's orders, newest first."""
    return (
        Order.objects.filter(patient__in=card.records_of(patient))
        .select_related("regimen", "signed_by")
        .order_by("-written_at", "-pk")
    )


def advice(regimen: Regimen | None) -> Advice:
    row = regimen.row if regimen else {}
    said = (
        ("Meant for", row.get("population", "")),
        ("Purpose", row.get("purpose", "")),
        ("Repeat", row.get("repeat_limit", "")),
        ("If it does not help", row.get("second_line", "")),
        ("Nurses", row.get("staffing", "")),
        ("Note", row.get("notes", "")),
    )
    return Advice(
        exclusions=tuple(row.get("exclusions", [])),
        required_checks=tuple(row.get("required_checks", [])),
        lines=tuple((label, text) for label, text in said if text),
    )
