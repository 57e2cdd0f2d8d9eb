"""One visit for the front desk: what it is, what is missing, what can be done with it now."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.shortcuts import get_object_or_404

from infusion_center.places.models import Site
from patients.models import Patient
from patients.selectors.card import with_allergies, with_same_name
from patients.selectors.results import AnswerLine
from regimens.states import OrderState
from visits.models import Chair, Visit, VisitMove
from visits.rules import readiness
from visits.selectors.board import group_of
from visits.selectors.facts import asked_of
from visits.selectors.growth import Growth, growth_of
from visits.states import HOLDS_CHAIR, MOVES, UNDOES, Status


@dataclass(frozen=True)
class Details:
    """`missing`: sentences, empty when ready. `undo_to`: the name of the state an undo leads to, or empty."""

    visit: Visit
    person: Patient
    what: str
    group: str
    missing: list[str]
    moves: list[VisitMove]
    chairs: list[Chair]
    undo_to: str
    asked: list[AnswerLine]
    growth: Growth | None = None

    @property
    def not_asked(self) -> int:
        """How many of the questions for this visit nobody has asked."""
        return sum(line.row is None for line in self.asked)

    @property
    def may_stay_longer(self) -> bool:
        return self.visit.status in HOLDS_CHAIR

    @property
    def may_go_to(self) -> set[str]:
        """The states one step ahead, undoing left out."""
        source = self.visit.status
        return {str(target) for target in MOVES.get(source, set()) if (source, target) not in UNDOES}


def visit_by_key(*, site: Site, key: UUID) -> Visit:
    """404 where this site has none."""
    rows = Visit.objects.select_related("site", "patient__merged_into", "chair", "regimen", "nurse")
    return get_object_or_404(rows, site=site, key=key)


def details_of(visit: Visit, *, at: datetime) -> Details:
    """A fixed number of queries."""
    orders = list(visit.orders.order_by("pk"))
    (person,) = with_allergies(with_same_name([visit.patient.merged_into or visit.patient]))
    facts = readiness.Facts(
        order_states=tuple(str(OrderState.SIGNED if order.may_run else order.state) for order in orders),
        driver_required=any(order.driver_required for order in orders) or _regimen_wants_driver(visit),
        has_driver=visit.has_driver,
        allergies=person.allergies,
        medications=person.medications,
    )
    waiting = visit.status in (Status.HELD, Status.BOOKED, Status.ARRIVED)
    undo = next((target for source, target in UNDOES if source == visit.status), None)
    return Details(
        visit=visit,
        person=person,
        what=", ".join(order.title for order in orders)
        or (visit.regimen.name if visit.regimen else visit.reason),
        group=group_of(visit.status, visit.starts_at, at, site=visit.site),
        missing=readiness.missing(facts) if waiting else [],
        moves=list(visit.moves.select_related("moved_by").order_by("pk")),
        chairs=free_chairs(visit) if visit.status == Status.ARRIVED else [],
        undo_to=Status(undo).label if undo else "",
        asked=asked_of(visit) if waiting or visit.status == Status.IN_CHAIR else [],
        growth=growth_of(visit, at=at) if orders else None,
    )


def free_chairs(visit: Visit) -> list[Chair]:
    """Chairs nobody sits in at this moment, the visit's own first."""
    taken = Visit.objects.filter(site=visit.site, status=Status.IN_CHAIR, chair__isnull=False)
    free = Chair.objects.filter(site=visit.site, active=True).exclude(
        pk__in=taken.exclude(pk=visit.pk).values("chair")
    )
    return sorted(free.order_by("position", "pk"), key=lambda chair: chair.pk != visit.chair_id)


def _regimen_wants_driver(visit: Visit) -> bool:
    return visit.regimen is not None and visit.regimen.driver == "required"
