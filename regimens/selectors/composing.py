"""An order before it is written: a recipe's steps resolved for one patient. `ordering` writes it."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from infusion_center.errors import DomainError
from infusion_center.shared import clock
from patients.models import Measurement, Patient
from patients.selectors import card
from regimens.models import Regimen, RegimenStep
from regimens.rules.chair_time import Run, Span, chair_minutes, run_times, without
from regimens.rules.dosing import Dose, resolve, single_dose_limits
from regimens.rules.nurse_load import load_of

TENTH = Decimal("0.1")


class CannotLeaveOut(DomainError):
    """Only steps that the recipe calls optional may be left out."""


@dataclass(frozen=True)
class Planned:
    """One step as it will be given; `span` in minutes from the first start."""

    step: RegimenStep
    dose: Dose
    volume_ml: Decimal | None
    start_after: tuple[int, ...]
    span: Span


@dataclass(frozen=True)
class Composition:
    """`weight_kg` and `weighed_at` only where a dose rests on them."""

    regimen: Regimen
    steps: tuple[Planned, ...]
    chair_minutes: int
    load: int
    driver_required: bool
    weight_kg: Decimal | None
    weighed_at: datetime | None

    @property
    def named_runs(self) -> list[tuple[str, Run]]:
        """What the picture of the minutes is drawn from."""
        return [
            (planned.step.drug.name, replace(run_of(planned.step), start_after=planned.start_after))
            for planned in self.steps
        ]


def compose(
    *, patient: Patient, regimen: Regimen, without_steps: Collection[int] = (), at: datetime
) -> Composition:
    """The recipe for this patient, without the optional steps named by position.

    Doses per kg rest on the newest weight of the last 30 days. Raises CannotLeaveOut, WeightNeeded,
    CannotPlan.
    """
    every = steps_of(regimen)
    left_out = _optional(every, without_steps)
    steps = [step for step in every if step.position not in left_out]
    weight = card.newest_weight(patient=patient, at=at) if any(step.per_kg for step in steps) else None
    kilos = weight.value.quantize(TENTH) if weight else None
    age = clock.age_on(patient.birth_date, at.date())  # UTC's day: no limit hangs on the hours of a birthday
    runs = without([run_of(step) for step in every], left_out)
    return Composition(
        regimen=regimen,
        steps=_planned(steps, runs, kilos, age),
        chair_minutes=chair_minutes(
            runs, regimen.setup_minutes, regimen.discharge_minutes, regimen.watched_at_least
        ),
        load=load_of(step.drug.max_patients_per_nurse for step in steps),
        driver_required=regimen.driver == "required" or any(step.drug.driver_required for step in steps),
        weight_kg=kilos,
        weighed_at=_moment(weight),
    )


def steps_of(regimen: Regimen) -> list[RegimenStep]:
    """In order, with their drugs."""
    return list(regimen.steps.select_related("drug").order_by("position"))


def run_of(step: RegimenStep) -> Run:
    """The step as chair time sees it."""
    return Run(
        position=step.position,
        minutes=step.minutes,
        observation=step.drug.observation_minutes,
        start_after=tuple(step.start_after),
        gap=step.gap_minutes,
    )


def _optional(steps: list[RegimenStep], positions: Collection[int]) -> frozenset[int]:
    fixed = [step for step in steps if step.position in positions and not step.optional]
    if fixed:
        raise CannotLeaveOut(f"{fixed[0].drug.name} is not an optional step of this regimen.", field="steps")
    return frozenset(positions)


def _planned(
    steps: list[RegimenStep], runs: tuple[Run, ...], kilos: Decimal | None, age: int
) -> tuple[Planned, ...]:
    spans, waits = run_times(runs), {run.position: run.start_after for run in runs}
    return tuple(
        _plan(step, kilos, age, start_after=waits[step.position], span=spans[step.position]) for step in steps
    )


def _plan(
    step: RegimenStep, kilos: Decimal | None, age: int, *, start_after: tuple[int, ...], span: Span
) -> Planned:
    plain = step.unit.partition("/")[0]
    dose = resolve(
        drug=step.drug.name,
        dose=step.dose,
        unit=step.unit,
        per_kg=step.per_kg,
        weight_kg=kilos,
        limits=[step.max_dose, *single_dose_limits(step.drug.row, age_years=age, unit=plain)],
    )
    volume = dose.amount if plain == "mL" else step.volume_ml
    return Planned(step=step, dose=dose, volume_ml=volume, start_after=start_after, span=span)


def _moment(weight: Measurement | None) -> datetime | None:
    return weight.measured_at if weight else None
