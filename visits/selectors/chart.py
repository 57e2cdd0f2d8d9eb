"""One visit's chart: orders, lines with their events, reactions, scores, vitals, outcome."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from infusion_center.shared import clock
from patients.selectors import card as patient_card
from regimens.models import Order
from regimens.selectors import findings
from regimens.selectors import orders as regimen_orders
from regimens.states import Method, OrderState
from visits.models import (
    Administration,
    GivingEvent,
    HandOver,
    IvAccess,
    Outcome,
    Preparation,
    Score,
    VialUse,
    Visit,
    VisitOrder,
    Vitals,
)
from visits.rules import due, minutes, preparing, scores, vital_limits
from visits.rules import holding as rules
from visits.selectors import holding
from visits.selectors import reactions as reacting
from visits.states import CAME_TO_NOTHING, FINISHED, HOLDS_CHAIR, OPEN_LINE, EventKind, Given, Status

ACTS: dict[str, list[tuple[str, str]]] = {
    Given.ORDERED: [("start", "Start"), ("mix", "Mix"), ("push", "Was given"), ("not-given", "Not given")],
    Given.RUNNING: [
        ("stop", "Stop"),
        ("pause", "Pause"),
        ("rate", "Rate"),
        ("bag", "Bag"),
        ("bolus", "Bolus"),
        ("error", "Error"),
    ],
    Given.PAUSED: [("resume", "Resume"), ("stop", "Stop"), ("error", "Error")],
    Given.HELD: [("release", "Release"), ("error", "Error")],
}
# Once it is mixed.
MIXED_ACTS: dict[str, list[tuple[str, str]]] = {
    Given.ORDERED: [
        ("start", "Start"),
        ("push", "Was given"),
        ("throw", "Throw away"),
        ("not-given", "Not given"),
    ],
    Given.HELD: [("release", "Release"), ("throw", "Throw away"), ("error", "Error")],
}
NUMBERS = tuple(vital_limits.LIMITS)
TRAIL_LEFT, TRAIL_WIDTH, TRAIL_TOP, TRAIL_STEP = 40, 560, 14, 12  # of the drawing of the pain


@dataclass(frozen=True)
class EventRow:
    row: GivingEvent

    @property
    def late(self) -> bool:
        return minutes.is_late(happened_at=self.row.at, recorded_at=self.row.recorded_at)


@dataclass(frozen=True)
class Line:
    """One administration as the screen shows it. Minutes are whole, volume in mL (None: not reckoned)."""

    row: Administration
    events: Sequence[EventRow]
    minutes_run: int
    minutes_left: int | None
    volume_ml: Decimal | None
    effect: scores.Effect | None
    mixture: Preparation | None = None  # stands ready, or is in
    thrown: Sequence[Preparation] = ()
    wants_check: bool = False  # a second pair of eyes, before it runs

    @property
    def open(self) -> bool:
        return self.row.state in OPEN_LINE

    @property
    def over_by(self) -> int:
        return -(self.minutes_left or 0)

    @property
    def acts(self) -> list[tuple[str, str]]:
        """What may be written down for it now: the act and its button."""
        if self.mixture and self.row.state in MIXED_ACTS:
            return [*([("check", "Second check")] if self.wants_check else []), *MIXED_ACTS[self.row.state]]
        if self.row.state == Given.RUNNING and self.row.method != Method.IV_INFUSION:
            return [("stop", "Stop"), ("error", "Error")]
        return ACTS.get(self.row.state, [("error", "Error")])


@dataclass(frozen=True)
class InSpiteOf:
    """A drug (its code; empty: the visit) that is given although a rule asked for a reason; who gave it."""

    order_id: int
    drug: str
    message: str
    reason: str
    name: str


@dataclass(frozen=True)
class Point:
    """One score in the drawing: whole units from its top left corner."""

    x: int
    y: int
    score: Score


@dataclass(frozen=True)
class VitalsRow:
    row: Vitals
    warnings: dict[str, str]

    @property
    def numbers(self) -> list[tuple[str, Decimal | int | None, str]]:
        """(field, number, `high` or `low` or empty), in the order of the columns."""
        return [(name, getattr(self.row, name), self.warnings.get(name, "")) for name in NUMBERS]

    @property
    def late(self) -> bool:
        return minutes.is_late(happened_at=self.row.taken_at, recorded_at=self.row.recorded_at)


@dataclass(frozen=True)
class Chart:
    """Everything about one visit; `fall` is of the whole visit, in percent."""

    visit: Visit
    orders: Sequence[Order]
    unplaced: Sequence[Order]
    lines: Sequence[Line]
    in_error: Sequence[Administration]
    scores: Sequence[Score]
    vitals: Sequence[VitalsRow]
    outcome: Outcome | None
    due: Sequence[due.Due]
    overrides: Sequence["InSpiteOf"] = ()
    reactions: Sequence[reacting.Shown] = ()
    reactions_in_error: Sequence[reacting.Shown] = ()
    doses: Sequence[reacting.Dose] = ()
    hand_overs: Sequence[HandOver] = ()
    corrections: int = 0  # written after the signature; they stand in the note

    @property
    def open_for_entries(self) -> bool:
        return self.visit.status == Status.IN_CHAIR

    @property
    def open_for_orders(self) -> bool:
        return self.visit.status in HOLDS_CHAIR

    @property
    def trail(self) -> list[Point]:
        """The scores of what stands, from left to right by the clock."""
        wrong = {row.pk for row in self.in_error}
        taken = [score for score in self.scores if score.administration_id not in wrong]
        if not taken:
            return []
        first, last = taken[0].scored_at, taken[-1].scored_at
        whole = (last - first).total_seconds() or 1
        return [
            Point(
                x=TRAIL_LEFT + int(TRAIL_WIDTH * (score.scored_at - first).total_seconds() / whole),
                y=TRAIL_TOP + TRAIL_STEP * (10 - score.pain),
                score=score,
            )
            for score in taken
        ]

    @property
    def fall(self) -> int | None:
        return (
            scores.percent_fall(self.outcome.pain_before, self.outcome.pain_after) if self.outcome else None
        )

    @property
    def fall_words(self) -> str:
        return "" if self.fall is None else scores.fall_words(self.fall)

    @property
    def success(self) -> dict[str, bool | None]:
        """Both arms apart (requirements G3). None: not known."""
        if self.outcome is None:
            return {}
        active = {"yes": True, "no": False}.get(self.outcome.back_to_activity)
        return {"half": None if self.fall is None else self.fall >= scores.HALF, "active": active}


def visits() -> QuerySet[Visit]:
    """Visits with what every charting screen names."""
    placed = IvAccess.objects.filter(visit=OuterRef("pk"))
    out = Exists(placed) & ~Exists(placed.filter(removed_at=None))
    return Visit.objects.select_related("patient", "chair", "nurse", "site", "regimen").annotate(iv_out=out)


def chart_of(visit: Visit, *, at: datetime) -> Chart:
    """The whole chart, in a fixed number of queries."""
    rows = list(administrations().filter(visit=visit).prefetch_related(_vials()))
    taken = list(
        visit.scores.select_related("recorded_by", "administration__drug").order_by("scored_at", "pk")
    )
    vitals = list(visit.vitals.select_related("recorded_by").order_by("-taken_at", "-pk"))
    standing = [row for row in rows if row.state != Given.ENTERED_IN_ERROR]
    lines = lines_of(standing, readings_of(taken), at=at)
    orders = _orders_of(visit)
    reacted = reacting.of_visit(visit)
    age = clock.age_on(visit.patient.birth_date, visit.day)
    _describe_patient(visit)
    return Chart(
        visit=visit,
        orders=orders,
        unplaced=list(orders_without_visit(visit)) if visit.status in HOLDS_CHAIR else [],
        lines=lines,
        in_error=[row for row in rows if row.state == Given.ENTERED_IN_ERROR],
        scores=taken,
        vitals=[VitalsRow(row, vital_limits.warnings(numbers_of(row), age=age)) for row in vitals],
        outcome=Outcome.objects.filter(visit=visit).select_related("recorded_by").first(),
        due=due_of(
            lines,
            vitals_at=vitals[0].taken_at if vitals else None,
            numbers=_newest(vitals, taken, [row.pk for row in rows if row.state == Given.ENTERED_IN_ERROR]),
            baseline=any(score.moment == "baseline" for score in taken),
            at=at,
        ),
        overrides=_in_spite_of(orders),
        reactions=[one for one in reacted if one.row.in_error_at is None],
        reactions_in_error=[one for one in reacted if one.row.in_error_at is not None],
        doses=reacting.doses_of(visit, at=at),
        hand_overs=list(visit.hand_overs.select_related("giver", "taker").order_by("given_at", "pk")),
        corrections=visit.corrections.count() if visit.signed_at else 0,
    )


def orders_without_visit(visit: Visit) -> QuerySet[Order]:
    """This patient's open orders that are given nowhere yet, or whose visit came to nothing; newest first."""
    placed = VisitOrder.objects.filter(order=OuterRef("pk")).exclude(visit__status__in=CAME_TO_NOTHING)
    open_states = [OrderState.DRAFT, OrderState.SIGNED]
    return regimen_orders.orders_of(visit.patient).filter(~Exists(placed), state__in=open_states)


def _orders_of(visit: Visit) -> list[Order]:
    """Each with `found`: what the rules said of it last."""
    orders = list(
        visit.orders.select_related("patient", "signed_by", "written_by", "begun_by", "spoken_by").order_by(
            "pk"
        )
    )
    found = findings.findings_of(orders)
    for order in orders:
        order.found = found[order.pk]  # type: ignore[attr-defined]  # for visits/_chart_orders.html
    return orders


def _in_spite_of(orders: Iterable[Order]) -> list[InSpiteOf]:
    """The reasons behind what can be given or was."""
    return [
        InSpiteOf(order.pk, one.drug, one.message, one.reason, one.cleared_by.name)
        for order in orders
        if order.state != OrderState.WITHDRAWN
        for one in order.found.reasons  # type: ignore[attr-defined]  # set by _orders_of
    ]


def line_of(row: Administration, *, at: datetime) -> Line:
    """One line as it stands after an act, with the effect it has among the others of its visit."""
    taken = Score.objects.filter(visit=row.visit_id)
    rows = administrations().filter(visit=row.visit_id).prefetch_related(_vials())
    standing = rows.exclude(state=Given.ENTERED_IN_ERROR)
    return next(line for line in lines_of(standing, readings_of(taken), at=at) if line.row.pk == row.pk)


def administrations() -> QuerySet[Administration]:
    """Lines in their order with their events."""
    events = GivingEvent.objects.select_related("recorded_by").order_by("at", "pk")
    mixed = Preparation.objects.select_related("mixed_by", "checked_by", "thrown_by").order_by("pk")
    return (
        Administration.objects.select_related("drug", "step__order")
        .prefetch_related(Prefetch("events", events), Prefetch("preparations", mixed))
        .order_by("position", "pk")
    )


def lines_of(
    rows: Iterable[Administration], readings: Iterable[scores.Reading], *, at: datetime
) -> list[Line]:
    """Reckon minutes, volume and effect of each line. `rows` come with drug and events."""
    rows = list(rows)
    found = scores.effects([run_of(row) for row in rows if row.started_at], readings)
    return [_line(row, found.get(row.pk), at) for row in rows]


def readings_of(taken: Iterable[Score]) -> list[scores.Reading]:
    """The scores that go with a line."""
    return [
        scores.Reading(score.administration_id, score.moment, score.pain, score.scored_at)
        for score in taken
        if score.administration_id
    ]


def due_of(
    lines: Sequence[Line],
    *,
    vitals_at: datetime | None,
    numbers: rules.Numbers,
    baseline: bool,
    at: datetime,
) -> list[due.Due]:
    """What waits at this chair, the most overdue first. `numbers`: the newest, for the hold parameters."""
    running = [tag for line in lines if line.open for tag in _monitoring(line.row)]
    return due.acts(
        [_clock(line, numbers) for line in lines],
        vitals_at=vitals_at,
        every=due.vitals_every(running),
        baseline=baseline,
        unsigned=any(_unsigned(line.row) for line in lines),
        at=at,
    )


def numbers_of(row: Vitals) -> dict[str, int | Decimal | None]:
    return {name: getattr(row, name) for name in NUMBERS}


def unscored_before(line: Administration) -> Administration | None:
    """The agent that ended last at this visit, if nobody has asked for the pain since."""
    if not is_agent(line):
        return None
    ended = Administration.objects.filter(visit=line.visit_id, state__in=FINISHED).exclude(pk=line.pk)
    rows = ended.select_related("drug", "visit__site", "visit__patient").order_by("-stopped_at", "-pk")
    last = next((row for row in rows if is_agent(row)), None)
    if last is None or Score.objects.filter(visit=line.visit_id, scored_at__gte=last.stopped_at).exists():
        return None
    return last


def is_fluid(row: Administration) -> bool:
    """Fluids run beside an agent without being one."""
    return "fluid" in row.drug.class_tags


def is_agent(row: Administration) -> bool:
    """A treatment whose effect is asked for: no fluid, nothing given against another's side effect."""
    return not is_fluid(row) and "side_effect_counter_drug" not in row.drug.class_tags


def _unsigned(row: Administration) -> bool:
    return row.state == Given.ORDERED and not row.step.order.may_run


def _monitoring(row: Administration) -> list[str]:
    return row.drug.row.get("monitoring", {}).get("during", [])


def _vials() -> Prefetch:
    return Prefetch("vials", VialUse.objects.select_related("lot__product", "waste_witness").order_by("pk"))


def run_of(row: Administration) -> scores.Run:
    """Its time in the patient, as the effects see it."""
    return scores.Run(row.pk, row.started_at or row.created_at, row.stopped_at, fluid=is_fluid(row))


def _line(row: Administration, effect: scores.Effect | None, at: datetime) -> Line:
    events = list(row.events.all())
    plain = [_plain(event) for event in events]
    run = minutes.minutes_run(plain, until=at)
    mixed = list(row.preparations.all())
    mixture = next((one for one in mixed if one.thrown_at is None), None)
    return Line(
        row=row,
        events=[EventRow(event) for event in events],
        minutes_run=run,
        minutes_left=row.minutes - run if row.state in OPEN_LINE else None,
        volume_ml=minutes.volume_in(plain, until=at),
        effect=effect,
        mixture=mixture,
        thrown=[one for one in mixed if one.thrown_at],
        wants_check=mixture is not None
        and mixture.checked_by_id is None
        and preparing.needs_second_check(row.drug.class_tags),
    )


def _plain(event: GivingEvent) -> minutes.Event:
    bolus = event.volume_ml if event.kind == EventKind.BOLUS and event.volume_ml else Decimal(0)
    return minutes.Event(event.kind, event.at, event.rate_ml_h, bolus)


def _newest(vitals: Iterable[Vitals], taken: Iterable[Score], wrong: Iterable[int]) -> rules.Numbers:
    """The last of each number. `vitals` newest first; scores of lines in error (`wrong`, pk) do not count."""
    asked = [one for one in taken if one.administration_id not in set(wrong)]
    return rules.newest([*map(numbers_of, reversed(list(vitals))), *({"rass": one.rass} for one in asked)])


def _clock(line: Line, numbers: rules.Numbers) -> due.Line:
    return due.Line(
        key=line.row.key,
        name=line.row.drug.name,
        state=line.row.state,
        agent=is_agent(line.row),
        left=line.minutes_left,
        stopped_at=line.row.stopped_at,
        watch=line.row.drug.observation_minutes if line.row.state in FINISHED else 0,
        scored_after=line.effect is not None and line.effect.after is not None,
        hold=holding.held_because(line.row, numbers),
        check=line.wants_check,
        good_until=line.mixture.use_by if line.mixture else None,
    )


def _describe_patient(visit: Visit) -> None:
    """What the banner shows beside the name."""
    patient_card.with_same_name(patient_card.with_allergies([visit.patient]))


def since(moment: datetime | None, at: datetime) -> int | None:
    """Whole minutes gone by. None: never."""
    return None if moment is None else max(0, (at - moment) // timedelta(minutes=1))
