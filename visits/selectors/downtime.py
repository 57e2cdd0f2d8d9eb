"""What stands in the pack for hours without the product, and whether it is still true."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import JSONObject

from infusion_center.places.models import Site
from patients.models import Measurement, Patient, ScreeningAnswer
from patients.selectors import card as patient_card
from patients.states import MeasurementKind, Question
from regimens.models import Order, OrderStep
from regimens.selectors import findings
from regimens.states import OrderState
from visits.models import DowntimePack, Visit
from visits.rules import holding
from visits.selectors import chart, facts
from visits.selectors.day import version_of
from visits.selectors.holding import tags_of
from visits.states import HOLDS_CHAIR, Status


@dataclass(frozen=True)
class Step:
    """One drug to give. `hold`: the limits at which it is not given, in words."""

    row: OrderStep
    hold: Sequence[str]


@dataclass(frozen=True)
class OnPaper:
    """An order with what the rules said of it last; `said` is of the newest check."""

    order: Order
    steps: Sequence[Step]
    said: Sequence[str]


@dataclass(frozen=True)
class Sheet:
    """One patient's pages. `person`: the kept record, with `active_allergies`.

    `weight` and `weighed_at` None: never weighed here.
    """

    visit: Visit
    person: Patient
    weight: str | None
    weighed_at: datetime | None
    orders: Sequence[OnPaper]
    not_asked: Sequence[Question]

    @property
    def steps(self) -> list[Step]:
        return [step for one in self.orders for step in one.steps]


@dataclass(frozen=True)
class Pack:
    site: Site
    day: date
    made_at: datetime
    sheets: Sequence[Sheet]


@dataclass(frozen=True)
class Standing:
    """The pack of a day as its page shows it. `changes`: verbs on that day since it was made."""

    pack: DowntimePack | None
    changes: int


def pack_of(*, site: Site, day: date, at: datetime) -> Pack:
    """Who is still to be treated or is being treated. A fixed number of queries."""
    visits = list(_visits().filter(site=site, day=day, status__in=HOLDS_CHAIR).order_by("planned", "pk"))
    patient_card.with_allergies({person.pk: person for person in map(facts.person_of, visits)}.values())
    said = findings.findings_of([order for visit in visits for order in visit.orders.all()])
    return Pack(site, day, at, [_sheet(visit, said) for visit in visits])


def standing(*, site: Site, day: date) -> Standing:
    """Two queries; the file itself is not read."""
    pack = DowntimePack.objects.defer("pdf").filter(site=site, day=day).first()
    return Standing(pack, version_of(site=site, day=day) - pack.version if pack else 0)


def charts_to_enter(*, site: Site, day: date) -> QuerySet[Visit]:
    """Whose paper may still have to be written down."""
    rows = chart.visits().filter(site=site, day=day, signed_at=None)
    return rows.exclude(status__in=[Status.EXPIRED, Status.CANCELLED]).order_by("planned", "pk")


def _visits() -> QuerySet[Visit]:
    steps = OrderStep.objects.select_related("drug").order_by("position")
    orders = (
        Order.objects.filter(state__in=[OrderState.DRAFT, OrderState.SIGNED])
        .select_related("signed_by")
        .prefetch_related(Prefetch("steps", steps))
        .order_by("pk")
    )
    theirs = facts.theirs()
    weighed = Measurement.objects.filter(theirs, kind=MeasurementKind.WEIGHT).order_by("-measured_at", "-pk")
    asked = ScreeningAnswer.objects.filter(
        theirs, asked_at__gte=OuterRef("planned__startswith") - facts.ASKED_FOR_THIS_VISIT
    )
    newest = weighed.values(data=JSONObject(value="value", unit="unit", at="measured_at"))
    return (
        chart.visits()
        .select_related("patient__merged_into")
        .prefetch_related(Prefetch("orders", orders))
        .annotate(weighed=Subquery(newest[:1]), asked=ArraySubquery(asked.values("question").distinct()))
    )


def _sheet(visit: Visit, said: dict[int, findings.OrderFindings]) -> Sheet:
    weighed = visit.weighed  # type: ignore[attr-defined]  # annotated above
    return Sheet(
        visit=visit,
        person=facts.person_of(visit),
        weight=f"{weighed['value']} {weighed['unit']}" if weighed else None,
        weighed_at=datetime.fromisoformat(weighed["at"]) if weighed else None,
        orders=[_order(order, said[order.pk]) for order in visit.orders.all()],
        not_asked=facts.not_asked(visit, visit.asked),  # type: ignore[attr-defined]  # annotated above
    )


def _order(order: Order, said: findings.OrderFindings) -> OnPaper:
    steps = [Step(row, _hold(row)) for row in order.steps.all()]
    return OnPaper(
        order, steps, [*filter(None, [said.problem]), *(found.message for found in said.in_the_way)]
    )


def _hold(row: OrderStep) -> list[str]:
    tags = tags_of(row.drug)
    return [*holding.limits_said(tags), *holding.watch_for(tags)]
