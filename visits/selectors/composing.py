"""The composing page: what the steps come to, what the rules say beside each, what can be added.

Nothing here writes. The page asks with its whole form each time, so nothing is remembered between two looks.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_UP, Decimal
from functools import cached_property

from django.db.models import QuerySet

from infusion_center.errors import DomainError
from patients.models import Measurement, Patient, PregnancyAnswer
from patients.selectors import card
from regimens.models import Drug, Order, Regimen
from regimens.rules.dosing import Dose, NothingToDraw, WeightNeeded, usual_dose
from regimens.rules.indications import usual_indication
from regimens.rules.safety.verdicts import Answer, Finding, Severity
from regimens.selectors import composing
from regimens.selectors.composing import Body, Plan, PlannedStep
from regimens.selectors.timeline import NARROW, Timeline, timeline
from regimens.states import CheckMoment
from visits.models import Visit, VisitOrder
from visits.rules import leaving
from visits.selectors.availability import OpenDay, open_day
from visits.selectors.growth import Growth, Need, grown, need_of, room
from visits.selectors.judging import Bench, Proposed, bench
from visits.selectors.loads import loads_on
from visits.states import HOLDS_CHAIR, Status

log = logging.getLogger(__name__)

ADULT = 18  # years
DID_NOT_RUN = "The safety check did not run: nothing can be signed until it has."
NO_DOSE = Decimal(
    "0.001"
)  # stands in for a dose per kg of somebody not weighed, where only the drug is asked about


@dataclass(frozen=True)
class Facts:
    """What the provider has to know of the person while composing. None: not known."""

    weight: Measurement | None
    pregnancy: PregnancyAnswer | None


@dataclass(frozen=True)
class Row:
    """One step as far as it is clear. `problems`: a sentence by field. `index` counts the whole form."""

    index: int
    dose: Dose | None = None
    problems: dict[str, str] | None = None
    findings: Sequence[Finding] = ()


@dataclass(frozen=True)
class Look:
    """What the form comes to. `unclear`: rows that do not count yet, because something in them is not clear.

    `problem` is set where the check did not run: then no verdict is known.
    """

    rows: Sequence[Row]
    plan: Plan | None
    picture: Timeline | None
    visit: Visit | None
    leaves_at: datetime | None
    late: Sequence[leaving.Late]
    unclear: int
    weight_needed: bool
    answer: Answer
    problem: str
    growth: Growth | None = None

    @property
    def load(self) -> int | None:
        """On a nurse who carries 12: as the site reckons where the visit has grown, else the formulary's."""
        return self.growth.need.load if self.growth else self.plan.load if self.plan else None

    @property
    def general(self) -> list[Finding]:
        """About the visit, or about no drug that is on the list."""
        beside = {id(finding) for row in self.rows for finding in row.findings}
        return [finding for finding in self.answer.findings if id(finding) not in beside]

    @property
    def unjudged(self) -> int:
        """Steps without a dose so far: the verdict says nothing of them."""
        return sum(row.dose is None for row in self.rows)

    @property
    def counts(self) -> list[tuple[Severity, int]]:
        """How many of each, most severe first."""
        found = [finding.severity for finding in self.answer.findings]
        return [(one, found.count(one)) for one in Severity if one in found]


@dataclass(frozen=True)
class Candidate:
    """A drug of the picker. `against` is the most severe finding about it; `why` stands in the picker."""

    drug: Drug
    usual: str
    against: Finding | None
    orderable: bool

    @property
    def greyed(self) -> bool:
        """It cannot be given as things stand. It may still be chosen: the verdict beside it says the same."""
        return not self.orderable or (self.against is not None and self.against.severity is Severity.BLOCK)


@dataclass(frozen=True)
class Table:
    """Who is composed for, and where. A look and the picker stand at one: what both need is read once.

    `changing`: the order whose steps these are; what is planned of it does not stand beside them.
    """

    patient: Patient
    visit: Visit | None
    changing: Order | None
    at: datetime

    @cached_property
    def body(self) -> Body:
        return composing.body_of(self.patient, at=self.at)

    @cached_property
    def day(self) -> OpenDay:
        """Who else is there that day: whether a longer visit fits."""
        assert self.visit is not None  # noqa: S101 - asked only beside a visit
        return open_day(site=self.visit.site, day=self.visit.day, at=self.at)

    def judge(self, proposed: Sequence[Proposed], *, only: str | None = None) -> tuple[Answer, str]:
        """The verdict, or the words that there is none. `only`: on this drug among the proposed."""
        facts, problem = self._bench
        if facts is None:
            return Answer(), problem
        try:
            return facts.judge(proposed, CheckMoment.ORDER, only=only), ""
        except Exception as error:  # whatever it was, the page says so instead of passing for a clean answer
            log.error("Judging failed: %s", type(error).__name__)
            return Answer(), DID_NOT_RUN

    @cached_property
    def _bench(self) -> tuple[Bench | None, str]:
        besides = [self.changing.pk] if self.changing else []
        try:
            return bench(patient=self.patient, visit=self.visit, at=self.at, besides=besides), ""
        except DomainError as no:
            return None, f"{DID_NOT_RUN} {no.message}"


def facts_of(patient: Patient, *, at: datetime) -> Facts:
    weights = card.weights(patient, at, limit=1)
    return Facts(weights[0] if weights else None, card.pregnancy(patient))


def visit_of(order: Order) -> Visit | None:
    """Where an order is given, or the version it replaces. None: nowhere yet, or that came to nothing."""
    versions = [order.pk]
    while order.replaces is not None:
        order = order.replaces
        versions.append(order.pk)
    rows = VisitOrder.objects.filter(order__in=versions, visit__status__in=[*HOLDS_CHAIR, Status.DONE])
    link = rows.select_related("visit__site", "visit__patient").order_by("-order").first()
    return link.visit if link else None


def drugs_by_code(codes: Iterable[str]) -> dict[str, Drug]:
    """With their vials. Two queries."""
    return {drug.code: drug for drug in _drugs().filter(code__in=set(codes))}


def regimen_by_code(code: str) -> Regimen | None:
    return Regimen.objects.filter(code=code, active=True).first() if code else None


def look(table: Table, steps: Sequence[PlannedStep | None], regimen: Regimen | None) -> Look:
    """Minutes, doses and verdict. A step that is None could not be read and does not count."""
    visit = table.visit
    rows = [_row(index, step, table.body) for index, step in enumerate(steps)]
    clear = [step for step, row in zip(steps, rows, strict=True) if step and not _timeless(row)]
    plan = composing.plan_of(clear, composing.places_of(clear), regimen) if clear else None
    begins = _begins(visit, plan, table.at)
    leaves = begins + timedelta(minutes=plan.chair_minutes) if plan else None
    proposed = _proposed(steps, rows, plan, begins)
    answer, problem = table.judge(proposed) if proposed else (Answer(), "")
    return Look(
        rows=_beside(rows, steps, answer),
        plan=plan,
        picture=_picture(plan),
        visit=visit,
        leaves_at=leaves if visit else None,
        late=_late(table, leaves),
        unclear=len(steps) - len(clear),
        weight_needed=table.body.kilos is None and any(step and step.per_kg for step in steps),
        answer=answer,
        problem=problem,
        growth=_growth(table, clear, plan),
    )


def candidates(table: Table, steps: Sequence[PlannedStep | None]) -> list[tuple[str, list[Candidate]]]:
    """(kind, drugs): every drug at its usual dose beside what is on the list, asked one by one."""
    rows = [_row(index, step, table.body) for index, step in enumerate(steps)]
    ordered = _proposed(steps, rows, None, table.at)
    groups: dict[str, list[Candidate]] = {}
    for drug in _drugs().order_by("name", "pk"):
        groups.setdefault(drug.category, []).append(_candidate(table, drug, ordered))
    return sorted(groups.items(), key=lambda group: -len(group[1]))


def usual_step(drug: Drug, *, patient: Patient, at: datetime) -> dict[str, str]:
    """A row of the form as the formulary would fill it; empty where it says nothing."""
    return _usual_row(drug, composing.body_of(patient, at=at).age)


def adult_step(drug: Drug) -> dict[str, str]:
    """The same for a recipe, which knows no patient: the adult dose."""
    return _usual_row(drug, ADULT)


def _usual_row(drug: Drug, age: int) -> dict[str, str]:
    dose = usual_dose(drug.row, age_years=age)
    methods = sorted(drug.methods.all(), key=lambda one: (not one.is_default, one.position, one.pk))
    how = methods[0] if methods else None
    return {
        "drug": drug.code,
        "dose": plain(dose.dose),
        "unit": dose.unit,
        "max_dose": plain(dose.max_dose),
        "method": how.method if how else "iv_infusion",
        "diluent": how.diluent if how else "",
        "volume_ml": plain(how.volume_ml) if how else "",
        "minutes": plain(how.minutes_usual.to_integral_value(rounding=ROUND_UP)) if how else "",
        "starts": "after",
        "gap_minutes": "0",
        "indication": usual_indication(drug.class_tags),
    }


def plain(number: Decimal | int | None) -> str:
    """As somebody would type it."""
    return "" if number is None else f"{Decimal(number).normalize():f}"


def _drugs() -> QuerySet[Drug]:
    return Drug.objects.prefetch_related("vials", "methods")


def _row(index: int, step: PlannedStep | None, body: Body) -> Row:
    if step is None:
        return Row(index)
    problems = composing.problems_of(step)
    if problems:
        return Row(index, problems=problems)
    try:
        return Row(index, dose=composing.dose_of(step, body))
    except (WeightNeeded, NothingToDraw) as no:
        return Row(index, problems={"dose": no.message})


def _timeless(row: Row) -> bool:
    """Its minutes cannot be reckoned with."""
    return bool(row.problems and {"minutes", "gap_minutes"} & row.problems.keys())


def _proposed(
    steps: Sequence[PlannedStep | None], rows: Sequence[Row], plan: Plan | None, begins: datetime
) -> list[Proposed]:
    """What can be judged: every step with a dose, at the minute it would start."""
    spans = iter(plan.spans.values()) if plan else iter(())
    found = []
    for step, row in zip(steps, rows, strict=True):
        span = next(spans, None) if step and not _timeless(row) else None
        if step and row.dose:
            minute = (plan.margins.setup + span.start) if plan and span else 0
            found.append(_one(step, row.dose, begins + timedelta(minutes=minute)))
    return found


def _one(step: PlannedStep, dose: Dose, at: datetime) -> Proposed:
    return Proposed(
        drug=step.drug.code,
        dose=dose.amount,
        unit=dose.unit,
        method=step.method,
        minutes=step.minutes,
        volume_ml=dose.amount if dose.unit == "mL" else step.volume_ml,
        at=at,
        indication=step.indication,
    )


def _beside(rows: Sequence[Row], steps: Sequence[PlannedStep | None], answer: Answer) -> list[Row]:
    return [
        replace(row, findings=[one for one in answer.findings if step and one.concerns(step.drug.code)])
        for row, step in zip(rows, steps, strict=True)
    ]


def _begins(visit: Visit | None, plan: Plan | None, at: datetime) -> datetime:
    if visit is None:
        return at
    setup = plan.margins.setup if plan else 0
    return leaving.begins_at(planned=visit.starts_at, seated=visit.seated_at, setup=setup, now=at)


def _late(table: Table, leaves: datetime | None) -> list[leaving.Late]:
    visit = table.visit
    if visit is None or leaves is None:
        return []
    closes = table.day.day.closes_at
    return leaving.passed(
        leaves=leaves, limits=[("Must leave by", visit.must_leave_by), ("The center closes at", closes)]
    )


def _growth(table: Table, steps: Sequence[PlannedStep], plan: Plan | None) -> Growth | None:
    """What these steps need past what is booked, beside the other orders of the visit."""
    visit = table.visit
    if visit is None or plan is None or visit.status not in HOLDS_CHAIR:
        return None
    loads = loads_on(site=visit.site, day=visit.day, least=table.day.day.least_load)
    composed = Need(plan.chair_minutes, loads.of(step.drug for step in steps))
    need = need_of(visit, loads=loads, but=table.changing, more=[composed])
    return room(table.day, visit, need) if grown(visit, need) else None


def _picture(plan: Plan | None) -> Timeline | None:
    if plan is None:
        return None
    around = plan.margins
    return timeline(
        plan.runs,
        setup=around.setup,
        discharge=around.discharge,
        watched_at_least=around.watched_at_least,
        on=NARROW,
    )


def _candidate(table: Table, drug: Drug, ordered: Sequence[Proposed]) -> Candidate:
    usual = usual_dose(drug.row, age_years=table.body.age)
    one_more = _usual(drug, usual.dose, usual.unit, table.body, table.at)
    answer, problem = table.judge([*ordered, one_more], only=drug.code)
    not_run = Finding("not_run", Severity.BLOCK, drug.code, problem) if problem else None
    words = f"{plain(usual.dose)} {usual.unit}" if usual.dose else ""
    return Candidate(drug, words, not_run or next(iter(answer.findings), None), drug.orderable)


def _usual(drug: Drug, dose: Decimal | None, unit: str, body: Body, at: datetime) -> Proposed:
    """At its usual dose; where that rests on a weight nobody took, only the drug itself is asked about."""
    methods = sorted(drug.methods.all(), key=lambda one: (not one.is_default, one.position, one.pk))
    step = PlannedStep(
        drug=drug,
        dose=dose or NO_DOSE,
        unit=unit,
        method=methods[0].method if methods else "iv_infusion",
        minutes=int(methods[0].minutes_usual.to_integral_value(rounding=ROUND_UP)) if methods else 1,
        volume_ml=methods[0].volume_ml if methods else None,
        indication=usual_indication(drug.class_tags),
    )
    try:
        amount = composing.dose_of(step, body)
    except DomainError:
        amount = Dose(NO_DOSE, unit.partition("/")[0])
    return _one(step, amount, at)
