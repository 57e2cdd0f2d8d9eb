"""From a recipe's dose to the one that is given: per kg, rounded, capped, with the reckoning in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from infusion_center.errors import DomainError

ADULT_FROM_YEARS = 18
FINEST = {"mg": Decimal("0.1"), "mL": Decimal(1)}  # what can be drawn up, and what a pump is set to


class WeightNeeded(DomainError):
    """A dose per kg, and no weight that may still be used."""


@dataclass(frozen=True)
class Dose:
    """What is given, in `unit`, and how it came about; no reckoning where the recipe's number stands."""

    amount: Decimal
    unit: str
    reckoning: str = ""


def resolve(
    *,
    drug: str,
    dose: Decimal,
    unit: str,
    per_kg: bool,
    weight_kg: Decimal | None,
    limits: Iterable[Decimal | None],
) -> Dose:
    """The dose of one step: `dose` in `unit` (such as `mg/kg`), never above the lowest of `limits` (in `mg`).

    A dose per kg is rounded (see `rounded`). Raises WeightNeeded.
    """
    plain, words = unit.partition("/")[0], ""
    amount = dose
    if per_kg:
        if weight_kg is None:
            raise WeightNeeded(
                f"{drug} is dosed per kg and there is no weight of the last 30 days: weigh the patient.",
                field="weight_kg",
            )
        amount = rounded(dose * weight_kg, plain)
        words = f"{_say(dose)} {unit} x {_say(weight_kg)} kg = {_say(amount)} {plain}"
    limit = min((limit for limit in limits if limit is not None), default=None)
    if limit is not None and amount > limit:
        words = f"{words or f'{_say(amount)} {plain}'}, capped at {_say(limit)} {plain}"
        amount = limit
    return Dose(amount=amount, unit=plain, reckoning=words)


def rounded(amount: Decimal, unit: str) -> Decimal:
    """To 0.1 mg or 1 mL, half up; amounts under 1 to a hundredth, where a tenth would change the dose."""
    step = FINEST.get(unit, Decimal("0.1")) if amount >= 1 else Decimal("0.01")
    return (amount / step).to_integral_value(rounding=ROUND_HALF_UP) * step


def single_dose_limits(row: dict[str, object], *, age_years: int, unit: str) -> tuple[Decimal, ...]:
    """The `max_single` figures of a formulary row that bind at this age and are in `unit`.

    A minor is held to the adult limit too: where no paediatric figure exists it is the only one.
    """
    groups = ["adult_dose"] + (["pediatric_dose"] if age_years < ADULT_FROM_YEARS else [])
    found = [group for group in (row.get(name) for name in groups) if isinstance(group, dict)]
    return tuple(
        Decimal(str(group["max_single"]))
        for group in found
        if group.get("max_single") is not None and str(group.get("unit") or unit).partition("/")[0] == unit
    )


def _say(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
