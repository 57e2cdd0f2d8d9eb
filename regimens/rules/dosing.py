"""From a recipe's dose to the one that is given: per kg, rounded, capped, with the reckoning in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from infusion_center.errors import DomainError
from regimens.rules.amounts import say

ADULT_FROM_YEARS = 18
FINEST = {"mg": Decimal("0.1"), "mL": Decimal(1)}  # where no vial says more, and what a pump is set to
SYRINGE, SMALL_SYRINGE = Decimal("0.1"), Decimal("0.01")  # mL between two marks; the 1 mL syringe has more


class WeightNeeded(DomainError):
    """A dose per kg, and no weight that may still be used."""


class NothingToDraw(DomainError):
    """A dose per kg that comes to less than a syringe shows."""


@dataclass(frozen=True)
class Dose:
    """What is given, in `unit`, and how it came about; no reckoning where the number stands as it is."""

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
    per_ml: Decimal | None = None,
) -> Dose:
    """The dose of one step: `dose` in `unit` (such as `mg/kg`), never above the lowest of `limits` (in `mg`).

    A dose per kg is rounded to what can be drawn up from a vial of `per_ml` (mg in 1 mL), or without one as
    `rounded` says. Raises WeightNeeded, NothingToDraw.
    """
    plain, words = unit.partition("/")[0], ""
    amount = dose
    if per_kg:
        if weight_kg is None:
            raise WeightNeeded(
                f"{drug} is dosed per kg and there is no weight of the last 30 days: weigh the patient.",
                field="weight_kg",
            )
        amount, words = _by_weight(dose, unit, weight_kg, per_ml if plain == "mg" else None)
        if amount <= 0:
            raise NothingToDraw(f"{drug}: {words} is less than can be drawn up.", field="dose")
    limit = min((limit for limit in limits if limit is not None), default=None)
    if limit is not None and amount > limit:
        words = f"{words or f'{say(amount)} {plain}'}, capped at {say(limit)} {plain}"
        amount = limit
    return Dose(amount=amount, unit=plain, reckoning=words)


def rounded(amount: Decimal, unit: str) -> Decimal:
    """To 0.1 mg or 1 mL, half up; amounts under 1 to a hundredth, where a tenth would change the dose."""
    return _to(amount, FINEST.get(unit, Decimal("0.1")) if amount >= 1 else Decimal("0.01"))


def drawn_up(amount: Decimal, per_ml: Decimal) -> Decimal:
    """The nearest whole mark of the syringe, in mL: 0.1 mL, and 0.01 mL below 1 mL."""
    volume = amount / per_ml
    return _to(volume, SYRINGE if volume >= 1 else SMALL_SYRINGE)


def _by_weight(dose: Decimal, unit: str, weight_kg: Decimal, per_ml: Decimal | None) -> tuple[Decimal, str]:
    plain = unit.partition("/")[0]
    exact = dose * weight_kg
    amount = rounded(exact, plain)
    words = f"{say(dose)} {unit} x {say(weight_kg)} kg = {say(amount)} {plain}"
    if per_ml is None or per_ml <= 0:
        return amount, words
    volume = drawn_up(exact, per_ml)
    drawn = (volume * per_ml).quantize(Decimal("0.001"))
    if drawn != amount:
        words += f", drawn up as {say(volume)} mL = {say(drawn)} {plain}"
    return drawn, words


def _to(amount: Decimal, step: Decimal) -> Decimal:
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


def ordered_in(row: dict[str, object]) -> str:
    """The unit a drug is ordered in, `mg` or `mL`; empty where its row says none."""
    adult = row.get("adult_dose")
    return str(adult.get("unit") or "").partition("/")[0] if isinstance(adult, dict) else ""


@dataclass(frozen=True)
class Usual:
    """What a drug's row gives as its usual dose; `per_kg` doses stop at `max_dose`."""

    dose: Decimal | None
    unit: str
    max_dose: Decimal | None = None


def usual_dose(row: dict[str, object], *, age_years: int) -> Usual:
    """The paediatric dose per kg for a minor where there is one, else the adult's; None: not known."""
    adult, child = row.get("adult_dose"), row.get("pediatric_dose")
    if age_years < ADULT_FROM_YEARS and isinstance(child, dict) and child.get("per_kg"):
        unit = str(child.get("unit") or "mg/kg")
        return Usual(Decimal(str(child["per_kg"])), unit, _number(child.get("max_single")))
    if isinstance(adult, dict) and adult.get("usual"):
        return Usual(Decimal(str(adult["usual"])), str(adult.get("unit") or "mg"))
    return Usual(None, "mg")


def dosed_at(row: dict[str, object], *, age_years: int, per_kg: bool) -> bool:
    """Whether a recipe's dose may be one for this age: from 18 on any; for a minor where the drug's row has a
    dose from that age on, and per kg where that one is.
    """
    child = row.get("pediatric_dose")
    if age_years >= ADULT_FROM_YEARS:
        return True
    if not isinstance(child, dict) or not child.get("supported"):
        return False
    return age_years >= (_number(child.get("min_age_years")) or 0) and (per_kg or not child.get("per_kg"))


def _number(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))
