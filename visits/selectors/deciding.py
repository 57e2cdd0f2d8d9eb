"""What waits for a provider, in one list: reactions, orders, scores that ask for the next step, rules that
say something new, signatures afterwards, notes to sign.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from infusion_center.places.models import Site
from infusion_center.shared import clock
from patients.models import Patient
from patients.selectors import card
from regimens.models import MAY_RUN, Order
from regimens.rules.safety.verdicts import Finding
from regimens.selectors import findings, orders
from regimens.states import Authority, OrderState
from visits.models import Administration, CoSignature, EmergencyDose, Score, Visit, VisitOrder
from visits.rules import deciding as rules
from visits.rules import scores
from visits.selectors import chart, reactions
from visits.states import ENDED_IN_CHAIR, HOLDS_CHAIR, OPEN_LINE, Given, Grade, ScoreMoment, Status

HERE = [Status.ARRIVED, Status.IN_CHAIR]

# Whatever changes the list, besides the clock: each verb of the day, each order, check and clearance, and any
# visit, co-signature, reaction and emergency dose, because one of an earlier day may be signed today.
GROWN = """
    SELECT (SELECT version FROM visits_clinicday WHERE site_id = %s AND day = %s),
           (SELECT max(pgh_id) FROM visits_visitevent),
           (SELECT max(pgh_id) FROM visits_cosignatureevent),
           (SELECT max(pgh_id) FROM regimens_orderevent),
           (SELECT max(id) FROM regimens_check),
           (SELECT max(pgh_id) FROM regimens_clearanceevent),
           (SELECT max(pgh_id) FROM visits_reactionevent),
           (SELECT max(pgh_id) FROM visits_emergencydoseevent)
"""


class Kind(StrEnum):
    """What is to be decided; the value is its badge."""

    REACTION = "Reaction"
    EMERGENCY = "Emergency dose to sign"
    RULES = "The rules say something new"
    NEXT = "Next or stop?"
    NO_ORDER = "No order yet"
    TO_SIGN = "Order to sign"
    VERBAL = "Verbal order to sign"
    PROTOCOL = "Standing order to sign"
    NOTE = "Note to sign"
    COSIGN = "Note to co-sign"


@dataclass(frozen=True)
class Decision:
    """One line. `minutes`: since it waits. `visit`: if there is one; `order`, `reaction`: what about."""

    kind: Kind
    patient: Patient
    since: datetime
    minutes: int
    what: str
    visit: Visit | None = None
    order: Order | None = None
    reaction: reactions.Shown | None = None
    doses: Sequence[EmergencyDose] = ()
    standing: Sequence[Finding] = ()
    due_at: datetime | None = None
    overdue: bool = False
    status: str = field(default="", repr=False)

    @property
    def grade(self) -> int:
        """Of the reaction. An emergency dose for a reaction that nobody has written down counts as severe."""
        if self.reaction is not None:
            return self.reaction.row.grade
        return 0 if all(dose.written_down for dose in self.doses) else Grade.SEVERE  # type: ignore[attr-defined]

    @property
    def in_the_chart(self) -> bool:
        """It is decided beside the chart; an order whose visit is over, or that has none, on its own page."""
        return self.visit is not None and self.visit.status in HOLDS_CHAIR

    @property
    def key(self) -> str:
        """Names the line on the page, the same after a refresh."""
        about = (self.reaction and self.reaction.row) or self.order or self.visit
        return f"{self.kind.name.lower()}-{about.key if about else ''}"


def tag(*, site: Site, day: date, at: datetime) -> str:
    """Changes when the list may, and each minute, because it counts minutes. One query."""
    with connection.cursor() as cursor:
        cursor.execute(GROWN, [site.pk, day])
        grown = cursor.fetchone()
    return "-".join(str(part or 0) for part in [site.pk, f"{day:%Y%m%d}", int(at.timestamp()) // 60, *grown])


def to_decide(*, site: Site, day: date, at: datetime) -> list[Decision]:
    """Everything, the most urgent first. About a dozen queries, whatever waits."""
    drafts = list(_placed(orders.waiting_for_signature().filter(begun_at=None), site))
    begun = list(_placed(orders.to_sign_off(), site))
    running = list(_running(site, day))
    found = findings.findings_of([*drafts, *running])
    decisions = [
        *_reactions(site, at),
        *_emergencies(site, at),
        *_next_steps(site, day, at),
        *_without_order(site, day, at),
        *(_draft(order, found[order.pk], at) for order in drafts),
        *(_sign_off(order, at) for order in begun),
        *(_new_finding(order, found[order.pk], at) for order in running if found[order.pk].in_the_way),
        *(_not_checked(order, found[order.pk], at) for order in running if found[order.pk].problem),
        *(_note(visit, at) for visit in _to_sign(site)),
        *(_cosign(row, at) for row in _to_cosign(site)),
    ]
    card.with_same_name([one.patient for one in decisions])
    return sorted(decisions, key=lambda one: (*rules.urgency(_waiting(one), at=at), one.key))


def _waiting(one: Decision) -> rules.Waiting:
    return rules.Waiting(one.since, one.status, one.due_at, one.grade)


def _decision(kind: Kind, since: datetime, what: str, at: datetime, **about: Any) -> Decision:
    visit = about.get("visit")
    return Decision(
        kind=kind,
        patient=(visit or about["order"]).patient,
        since=since,
        minutes=rules.minutes_waited(since, at=at),
        what=what,
        status=visit.status if visit else "",
        overdue=(due := about.get("due_at")) is not None and due <= at,
        **about,
    )


# --- Reactions ----------------------------------------------------------------------------------------


def _reactions(site: Site, at: datetime) -> list[Decision]:
    """Going on, and no provider has looked: of whatever day, so that none is lost. One query."""
    found = [reactions.Shown(row) for row in reactions.unseen(site)]
    return [
        _decision(Kind.REACTION, one.row.began_at, one.words, at, visit=one.row.visit, reaction=one)
        for one in found
    ]


def _emergencies(site: Site, at: datetime) -> list[Decision]:
    """Given without an order, to be signed: one line a visit. One query."""
    return [
        _decision(
            Kind.EMERGENCY, doses[0].given_at, _given(doses, site), at, visit=doses[0].visit, doses=doses
        )
        for doses in reactions.unsigned(site).values()
    ]


def _given(doses: Sequence[EmergencyDose], site: Site) -> str:
    """`epinephrine 0.3 mg IM at 10:29 by Nora North, RN`, and whether its reaction is written down."""
    said = [
        f"{reactions.dose_said(one)} at {clock.local(one.given_at, site.zone):%H:%M} by {one.given_by.name}"
        for one in doses
    ]
    missing = any(not dose.written_down for dose in doses)  # type: ignore[attr-defined]  # of the selector
    return "; ".join(said) + (". No reaction is written down for it yet" if missing else "")


# --- Orders -------------------------------------------------------------------------------------------


def _placed(rows: QuerySet[Order], site: Site) -> QuerySet[Order]:
    """Of this site, or of no visit yet; with visit and chair."""
    here = Q(visit_order=None) | Q(visit_order__visit__site=site)
    return rows.filter(here).select_related(
        "patient",
        "written_by",
        "begun_by",
        "spoken_by",
        "regimen",
        "visit_order__visit__chair",
        "visit_order__visit__patient",
    )


def _running(site: Site, day: date) -> QuerySet[Order]:
    """What may be given to those who are here."""
    rows = Order.objects.filter(
        MAY_RUN, visits__site=site, visits__day=day, visits__status__in=HERE
    ).select_related("patient", "visit_order__visit__chair", "visit_order__visit__patient")
    return rows.order_by("pk")


def _visit_of(order: Order) -> Visit | None:
    """None: given nowhere yet."""
    link = getattr(order, "visit_order", None)
    return link.visit if link else None


def _draft(order: Order, found: findings.OrderFindings, at: datetime) -> Decision:
    version = f", version {order.version}" if order.version > 1 else ""
    what = f"{order.title}{version}, written by {order.written_by.name}"
    about = {"order": order, "visit": _visit_of(order), "standing": found.in_the_way}
    return _decision(Kind.TO_SIGN, order.written_at, what, at, **about)


def _sign_off(order: Order, at: datetime) -> Decision:
    verbal = order.authority == Authority.VERBAL
    begun = order.begun_by.name if order.begun_by else ""
    said = f"said by {order.spoken_by.name}: “{order.spoken}”, " if verbal and order.spoken_by else ""
    what = f"{order.title}, {said}begun by {begun}"
    kind = Kind.VERBAL if verbal else Kind.PROTOCOL
    since = order.begun_at or order.written_at
    return _decision(kind, since, what, at, order=order, visit=_visit_of(order), due_at=order.sign_by)


def _new_finding(order: Order, found: findings.OrderFindings, at: datetime) -> Decision:
    since = found.check.checked_at if found.check else order.written_at
    about = {"order": order, "visit": _visit_of(order), "standing": found.in_the_way}
    because = f", looked at because of: {found.check.because}" if found.check else ""
    return _decision(Kind.RULES, since, f"{order.title}{because}", at, **about)


def _not_checked(order: Order, found: findings.OrderFindings, at: datetime) -> Decision:
    since = found.check.checked_at if found.check else order.written_at
    what = f"{order.title}: {found.problem}"
    return _decision(Kind.RULES, since, what, at, order=order, visit=_visit_of(order))


def _without_order(site: Site, day: date, at: datetime) -> list[Decision]:
    """Today's visits with nothing that may run and no draft that waits: there is an order to write."""
    any_order = VisitOrder.objects.filter(visit=OuterRef("pk")).exclude(order__state=OrderState.WITHDRAWN)
    rows = (
        Visit.objects.on(site=site, day=day)
        .filter(~Exists(any_order), status__in=HOLDS_CHAIR)
        .select_related("patient", "regimen", "chair")
        .order_by("planned", "pk")
    )
    return [_no_order(visit, at) for visit in rows]


def _no_order(visit: Visit, at: datetime) -> Decision:
    since = visit.seated_at or visit.arrived_at or visit.booked_at or visit.starts_at
    what = f"Booked for {visit.regimen.name}" if visit.regimen else visit.reason or "No regimen was chosen"
    return _decision(Kind.NO_ORDER, since, what, at, visit=visit)


# --- Notes --------------------------------------------------------------------------------------------


def _to_sign(site: Site) -> QuerySet[Visit]:
    """Every visit of this site that is over and not signed, of whatever day. One query, by its own index."""
    rows = Visit.objects.filter(site=site, status__in=ENDED_IN_CHAIR, signed_at=None)
    return rows.select_related("patient", "chair", "nurse").order_by("left_at", "pk")


def _note(visit: Visit, at: datetime) -> Decision:
    since = visit.left_at or visit.ends_at
    nurse = f", {visit.nurse.name}" if visit.nurse else ""
    what = f"{visit.reason or visit.get_kind_display()}{nurse}"
    return _decision(Kind.NOTE, since, what, at, visit=visit, due_at=since + rules.NOTE_SIGNED_WITHIN)


def _to_cosign(site: Site) -> QuerySet[CoSignature]:
    rows = CoSignature.objects.filter(signed_at=None, visit__site=site)
    return rows.select_related("visit__patient", "visit__chair", "provider", "asked_by").order_by("pk")


def _cosign(row: CoSignature, at: datetime) -> Decision:
    what = f"Asked of {row.provider.name} by {row.asked_by.name}"
    due_at = row.asked_at + rules.NOTE_SIGNED_WITHIN
    return _decision(Kind.COSIGN, row.asked_at, what, at, visit=row.visit, due_at=due_at)


# --- Scores -------------------------------------------------------------------------------------------


def _next_steps(site: Site, day: date, at: datetime) -> Iterable[Decision]:
    """Scored after an agent, another one still ordered, none going in since. Two queries."""
    seated = Visit.objects.on(site=site, day=day).filter(status=Status.IN_CHAIR)
    lines: dict[int, list[Administration]] = {}
    rows = Administration.objects.filter(visit__in=seated).exclude(state=Given.ENTERED_IN_ERROR)
    related = ("drug", "step__order", "visit__patient", "visit__chair")
    for row in rows.select_related(*related).order_by("position", "pk"):
        lines.setdefault(row.visit_id, []).append(row)
    taken: dict[int, list[Score]] = {}
    for score in Score.objects.filter(visit__in=seated, administration__isnull=False).order_by(
        "scored_at", "pk"
    ):
        taken.setdefault(score.visit_id, []).append(score)
    for visit, given in lines.items():
        decision = _next_step(given, taken.get(visit, []), at)
        if decision is not None:
            yield decision


def _next_step(lines: Sequence[Administration], taken: Sequence[Score], at: datetime) -> Decision | None:
    agents = [row for row in lines if chart.is_agent(row)]
    ordered = [row for row in agents if row.state == Given.ORDERED and row.step.order.may_run]
    after = [one for one in taken if one.moment == ScoreMoment.AFTER]
    if not ordered or not after or any(row.state in OPEN_LINE for row in agents):
        return None
    newest = after[-1]
    scored = next((row for row in agents if row.pk == newest.administration_id), None)
    if scored is None or any(row.started_at and row.started_at >= newest.scored_at for row in agents):
        return None
    runs = [chart.run_of(row) for row in lines if row.started_at]
    effect = scores.effects(runs, chart.readings_of(taken))[scored.pk]
    before = "?" if effect.before is None else effect.before
    what = (
        f"After {scored.drug.name}: {before} → {newest.pain}, {effect.words}. "
        f"Next ordered: {ordered[0].drug.name}"
    )
    return _decision(Kind.NEXT, newest.scored_at, what, at, visit=scored.visit)
