"""An order before it is written: steps resolved for one patient, from a recipe or from nothing.

`ordering` writes what is composed here; the composing page shows it. Nothing is judged here: a dose somebody
typed stays as typed, only a dose per kg is capped, in words.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from infusion_center.errors import DomainError
from infusion_center.shared import clock
from patients.models import Measurement, Patient
from patients.selectors import card
from regimens.models import Drug, Order, OrderStep, Regimen, RegimenStep
from regimens.rules import sequence, step_limits
from regimens.rules.chair_time import (
    DISCHARGE_MINUTES,
    SETUP_MINUTES,
    Run,
    Span,
    chair_minutes,
    run_times,
    without,
)
from regimens.rules.dosing import Dose, NothingToDraw, ordered_in, resolve, single_dose_limits
from regimens.rules.nurse_load import load_of
from regimens.states import Indication, Starts, StepMode

TENTH = Decimal("0.1")


class CannotLeaveOut(DomainError):
    """Only steps that the recipe calls optional may be left out."""


class StepRefused(DomainError):
    """Something typed in a step cannot be. `index` counts from 0."""

    def __init__(self, message: str, *, field: str, index: int):
        super().__init__(message, field=field)
        self.index = index


@dataclass(frozen=True)
class PlannedStep:
    """One step as somebody wants it. `dose` is in `unit`; per kg (`mg/kg`) it stops at `max_dose`."""

    drug: Drug
    dose: Decimal
    unit: str
    method: str
    minutes: int
    volume_ml: Decimal | None = None
    diluent: str = ""
    starts: str = Starts.AFTER
    gap_minutes: int = 0
    indication: str = Indication.HEADACHE
    only_if_pain_over: int | None = None
    max_dose: Decimal | None = None
    note: str = ""

    @property
    def per_kg(self) -> bool:
        return self.unit.endswith("/kg")


@dataclass(frozen=True)
class Place:
    """Where a step stands in its order."""

    position: int
    start_after: tuple[int, ...]
    mode: str


@dataclass(frozen=True)
class Planned:
    """One step as it will be given; `span` in minutes from the first start."""

    step: PlannedStep
    place: Place
    dose: Dose
    volume_ml: Decimal | None
    span: Span


@dataclass(frozen=True)
class Margins:
    """Minutes around the steps."""

    setup: int = SETUP_MINUTES
    discharge: int = DISCHARGE_MINUTES
    watched_at_least: int = 0


@dataclass(frozen=True)
class Plan:
    """What steps come to in time, whatever their doses. `runs` are named for the picture."""

    runs: tuple[tuple[str, Run], ...]
    spans: dict[int, Span]
    margins: Margins
    chair_minutes: int
    load: int
    driver_required: bool


@dataclass(frozen=True)
class Composition:
    """`weight_kg` and `weighed_at` only where a dose rests on them."""

    regimen: Regimen | None
    steps: tuple[Planned, ...]
    plan: Plan
    weight_kg: Decimal | None
    weighed_at: datetime | None


@dataclass(frozen=True)
class Body:
    """What a dose may rest on. The weight is the newest of the last 30 days, in kg to a tenth."""

    age: int
    kilos: Decimal | None
    weighed_at: datetime | None


def compose(
    *, patient: Patient, regimen: Regimen, without_steps: Collection[int] = (), at: datetime
) -> Composition:
    """The recipe for this patient, without the optional steps named by position; its doses are capped.

    Doses per kg rest on the newest weight of the last 30 days. Raises CannotLeaveOut, WeightNeeded,
    CannotPlan.
    """
    every = steps_of(regimen)
    left_out = _optional(every, without_steps)
    waits = {run.position: run.start_after for run in without([run_of(step) for step in every], left_out)}
    rows = [step for step in every if step.position not in left_out]
    places = [Place(row.position, waits[row.position], row.mode) for row in rows]
    return _composition(patient, regimen, [_of_recipe(row) for row in rows], places, at, cap_flat=True)


def compose_steps(
    *, patient: Patient, steps: Sequence[PlannedStep], regimen: Regimen | None, at: datetime
) -> Composition:
    """Steps as somebody typed them, in their order. Raises StepRefused, WeightNeeded."""
    for index, step in enumerate(steps):
        for field, sentence in problems_of(step).items():
            raise StepRefused(sentence, field=field, index=index)
    return _composition(patient, regimen, steps, places_of(steps), at, cap_flat=False)


def problems_of(step: PlannedStep) -> dict[str, str]:
    """One sentence per field of a step that cannot be."""
    typed = step_limits.Typed(
        drug=step.drug.name,
        dose=step.dose,
        unit=step.unit,
        ordered_in=ordered_in(step.drug.row),
        minutes=step.minutes,
        volume_ml=step.volume_ml,
        gap_minutes=step.gap_minutes,
        only_if_pain_over=step.only_if_pain_over,
    )
    return step_limits.problems(typed)


def places_of(steps: Sequence[PlannedStep]) -> list[Place]:
    """Positions 1, 2, 3 ... from the words of each step."""
    waits = sequence.waits([step.starts for step in steps])
    return [
        Place(index, after, StepMode.SEQUENTIAL if step.starts == Starts.AFTER else StepMode.CONCURRENT)
        for index, (step, after) in enumerate(zip(steps, waits, strict=True), start=1)
    ]


def plan_of(steps: Sequence[PlannedStep], places: Sequence[Place], regimen: Regimen | None) -> Plan:
    """Minutes, load and driver. A regimen's own rules hold while all its fixed drugs are still in."""
    whole = regimen is not None and _still_whole(regimen, steps)
    margins = margins_of(regimen, whole=whole)
    runs = [_run(step, place) for step, place in zip(steps, places, strict=True)]
    return Plan(
        runs=tuple((step.drug.name, run) for step, run in zip(steps, runs, strict=True)),
        spans=run_times(runs),
        margins=margins,
        chair_minutes=chair_minutes(runs, margins.setup, margins.discharge, margins.watched_at_least),
        load=load_of(step.drug.max_patients_per_nurse for step in steps),
        driver_required=(whole and regimen is not None and regimen.driver == "required")
        or any(step.drug.driver_required for step in steps),
    )


def margins_of(regimen: Regimen | None, *, whole: bool = True) -> Margins:
    if regimen is None:
        return Margins()
    return Margins(regimen.setup_minutes, regimen.discharge_minutes, regimen.watched_at_least if whole else 0)


def body_of(patient: Patient, *, at: datetime) -> Body:
    """One query."""
    weight = card.newest_weight(patient=patient, at=at)
    return Body(
        age=clock.age_on(patient.birth_date, at.date()),  # UTC's day: no limit hangs on a birthday's hours
        kilos=weight.value.quantize(TENTH) if weight else None,
        weighed_at=_moment(weight),
    )


def dose_of(step: PlannedStep, body: Body, *, cap_flat: bool = False) -> Dose:
    """What is given. Raises WeightNeeded, NothingToDraw."""
    plain = step.unit.partition("/")[0]
    limits = (step.max_dose, *single_dose_limits(step.drug.row, age_years=body.age, unit=plain))
    return resolve(
        drug=step.drug.name,
        dose=step.dose,
        unit=step.unit,
        per_kg=step.per_kg,
        weight_kg=body.kilos,
        limits=limits if step.per_kg or cap_flat else (),
        per_ml=per_ml(step.drug) if step.per_kg else None,
    )


def per_ml(drug: Drug) -> Decimal | None:
    """mg in 1 mL of the first vial that is a fluid; None where no vial says."""
    vials = sorted(drug.vials.all(), key=lambda vial: (vial.position, vial.pk))
    return next(
        (vial.amount / vial.volume_ml for vial in vials if vial.volume_ml and vial.unit == "mg"), None
    )


def steps_of(regimen: Regimen) -> list[RegimenStep]:
    """In order, with their drugs."""
    rows = regimen.steps.select_related("drug").prefetch_related("drug__vials")
    return list(rows.order_by("position"))


def typed_by_recipe(regimen: Regimen) -> list[PlannedStep]:
    """The recipe's steps as somebody would type them: what the composing page starts from."""
    rows = steps_of(regimen)
    return [
        _of_recipe(row, starts=word) for row, word in zip(rows, sequence.words(_placed(rows)), strict=True)
    ]


def typed_in_order(order: Order) -> list[PlannedStep]:
    """An order's steps as they were typed: what its change starts from."""
    rows = list(order.steps.select_related("drug").prefetch_related("drug__vials").order_by("position"))
    return [
        PlannedStep(
            drug=row.drug,
            dose=row.dose_per_kg or row.dose,
            unit=f"{row.unit}/kg" if row.dose_per_kg else row.unit,
            starts=word,
            max_dose=row.max_dose,
            note=row.note,
            **_same(row),
        )
        for row, word in zip(rows, sequence.words(_placed(rows)), strict=True)
    ]


def run_of(step: RegimenStep) -> Run:
    """The step as chair time sees it."""
    return Run(
        position=step.position,
        minutes=step.minutes,
        observation=step.drug.observation_minutes,
        start_after=tuple(step.start_after),
        gap=step.gap_minutes,
    )


def _composition(
    patient: Patient,
    regimen: Regimen | None,
    steps: Sequence[PlannedStep],
    places: Sequence[Place],
    at: datetime,
    *,
    cap_flat: bool,
) -> Composition:
    by_weight = any(step.per_kg for step in steps)
    body = body_of(patient, at=at)
    plan = plan_of(steps, places, regimen)
    return Composition(
        regimen=regimen,
        steps=tuple(
            _planned(index, step, place, body, plan, cap_flat=cap_flat)
            for index, (step, place) in enumerate(zip(steps, places, strict=True))
        ),
        plan=plan,
        weight_kg=body.kilos if by_weight else None,
        weighed_at=body.weighed_at if by_weight else None,
    )


def _planned(
    index: int, step: PlannedStep, place: Place, body: Body, plan: Plan, *, cap_flat: bool
) -> Planned:
    try:
        dose = dose_of(step, body, cap_flat=cap_flat)
    except NothingToDraw as no:
        raise StepRefused(no.message, field="dose", index=index) from no
    volume = dose.amount if dose.unit == "mL" else step.volume_ml
    return Planned(step, place, dose, volume, plan.spans[place.position])


def _run(step: PlannedStep, place: Place) -> Run:
    return Run(
        position=place.position,
        minutes=step.minutes,
        observation=step.drug.observation_minutes,
        start_after=place.start_after,
        gap=step.gap_minutes,
    )


def _still_whole(regimen: Regimen, steps: Sequence[PlannedStep]) -> bool:
    fixed = set(regimen.steps.filter(optional=False).values_list("drug", flat=True))
    return fixed <= {step.drug.pk for step in steps}


def _of_recipe(row: RegimenStep, *, starts: str = Starts.AFTER) -> PlannedStep:
    note = "; ".join(part for part in (row.condition, row.note) if part)
    return PlannedStep(
        drug=row.drug,
        dose=row.dose,
        unit=row.unit,
        starts=starts,
        max_dose=row.max_dose,
        note=note[: OrderStep._meta.get_field("note").max_length],
        **_same(row),
    )


def _same(row: RegimenStep | OrderStep) -> dict[str, Any]:
    """What recipe and order say alike."""
    names = "method minutes volume_ml diluent gap_minutes indication only_if_pain_over".split()
    return {name: getattr(row, name) for name in names}


def _placed(rows: Iterable[RegimenStep | OrderStep]) -> list[tuple[int, list[int]]]:
    return [(row.position, row.start_after) for row in rows]


def _optional(steps: list[RegimenStep], positions: Collection[int]) -> frozenset[int]:
    fixed = [step for step in steps if step.position in positions and not step.optional]
    if fixed:
        raise CannotLeaveOut(f"{fixed[0].drug.name} is not an optional step of this regimen.", field="steps")
    return frozenset(positions)


def _moment(weight: Measurement | None) -> datetime | None:
    return weight.measured_at if weight else None
