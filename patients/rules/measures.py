"""What can be measured of a person: units, and the numbers nobody has (requirements 25)."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from infusion_center.errors import DomainError

KG_PER_LB = Decimal("0.45359237")
CM_PER_INCH = Decimal("2.54")
WEIGHT_GOOD_FOR_DAYS = 30  # contracts.md 1: an older weight counts as not known

# (under this age in years, least kg, most kg)
WEIGHT_LIMITS = [(2, 1, 30), (6, 5, 60), (12, 10, 130), (18, 20, 250), (200, 25, 400)]
# kind -> unit, least, most
LIMITS = {
    "height": ("cm", 40, 250),
    "pain": ("score", 0, 10),
    "systolic": ("mmHg", 40, 300),
    "diastolic": ("mmHg", 20, 200),
}
_PAIN_UNITS = {"score", "{score}", ""}


class Unbelievable(DomainError):
    """A number that no living person has: a typing error, or the wrong unit."""


@dataclass(frozen=True)
class Measured:
    value: Decimal
    unit: str


def read_measure(*, kind: str, value: Decimal, unit: str, age_years: int) -> Measured:
    """The value in our unit (kg, cm, score, mmHg). Raises Unbelievable outside the hard limits."""
    if not value.is_finite():
        raise Unbelievable("Write the value as a number.", field="value")
    measured = _converted(kind, value, unit)
    _check(kind, measured, age_years, f"{value.normalize():f} {unit}".strip())
    return measured


def _converted(kind: str, value: Decimal, unit: str) -> Measured:
    if kind == "weight":
        return Measured(_in(value, unit, {"kg": Decimal(1), "lb": KG_PER_LB, "g": Decimal("0.001")}), "kg")
    if kind == "height":
        return Measured(_in(value, unit, {"cm": Decimal(1), "in": CM_PER_INCH, "m": Decimal(100)}), "cm")
    if kind == "pain":
        return Measured(_in(value, unit, dict.fromkeys(_PAIN_UNITS, Decimal(1))), "score")
    if kind in LIMITS:
        return Measured(_in(value, unit, {"mmHg": Decimal(1), "mm[Hg]": Decimal(1)}), "mmHg")
    raise Unbelievable(f"We do not keep “{kind}” as a measurement.", field="kind")


def _in(value: Decimal, unit: str, factors: dict[str, Decimal]) -> Decimal:
    if unit not in factors:
        raise Unbelievable(
            f"“{unit}” is no unit for this: use {' or '.join(filter(None, factors))}.", field="unit"
        )
    return (value * factors[unit]).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def _check(kind: str, measured: Measured, age_years: int, written: str) -> None:
    least, most = limits(kind, age_years)
    if not least <= measured.value <= most:
        whose = f"at {age_years} years" if kind == "weight" else "of a person"
        raise Unbelievable(
            f"{written} cannot be the {kind} {whose}: it lies between {least} and {most} {measured.unit}.",
            field="value",
        )


def limits(kind: str, age_years: int) -> tuple[int, int]:
    """Least and most in our unit, by age for a weight."""
    if kind == "weight":
        return next((least, most) for under, least, most in WEIGHT_LIMITS if age_years < under)
    _, least, most = LIMITS[kind]
    return least, most
