"""Limits of vital signs: hard ones stop typing errors, soft ones warn, per age (requirement 25).

mmHg, beats and breaths a minute, percent, degrees Celsius. The soft limits are this product's starting
values for a person at rest, for the medical director to approve like every reference number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from infusion_center.errors import DomainError

ADULT_AGE = 18

Numbers = Mapping[str, int | Decimal | None]


class VitalsRefused(DomainError):
    """A number no living patient has, or two that contradict each other: a slip of the key."""


@dataclass(frozen=True)
class Limit:
    """Inclusive bounds. `name` stands in sentences."""

    name: str
    unit: str
    hard: tuple[Decimal, Decimal]
    adult: tuple[Decimal, Decimal]
    child: tuple[Decimal, Decimal]

    def soft(self, age: int) -> tuple[Decimal, Decimal]:
        return self.adult if age >= ADULT_AGE else self.child


def _between(low: str, high: str) -> tuple[Decimal, Decimal]:
    return Decimal(low), Decimal(high)


LIMITS: Mapping[str, Limit] = {
    "systolic": Limit(
        "Systolic", "mmHg", _between("50", "280"), _between("90", "160"), _between("85", "135")
    ),
    "diastolic": Limit(
        "Diastolic", "mmHg", _between("20", "180"), _between("50", "100"), _between("45", "85")
    ),
    "pulse": Limit("Pulse", "a minute", _between("25", "240"), _between("50", "110"), _between("60", "130")),
    "breaths": Limit("Breaths", "a minute", _between("4", "70"), _between("12", "22"), _between("14", "30")),
    "spo2": Limit("SpO2", "%", _between("50", "100"), _between("94", "100"), _between("95", "100")),
    "celsius": Limit(
        "Temperature", "°C", _between("30", "43"), _between("35.5", "38"), _between("35.5", "38")
    ),
}


def check(numbers: Numbers) -> None:
    """Raises VitalsRefused at the first number beyond its hard limits, with the field it stands in."""
    if all(number is None for number in numbers.values()):
        raise VitalsRefused("Enter at least one vital sign.", field=next(iter(LIMITS)))
    for field, number in numbers.items():
        low, high = LIMITS[field].hard
        if number is not None and not low <= number <= high:
            limit = LIMITS[field]
            raise VitalsRefused(
                f"{limit.name} {number} cannot be: it is between {low} and {high} {limit.unit}.", field=field
            )
    systolic, diastolic = numbers.get("systolic"), numbers.get("diastolic")
    if systolic is not None and diastolic is not None and diastolic >= systolic:
        raise VitalsRefused("The diastolic pressure is below the systolic one.", field="diastolic")


def warnings(numbers: Numbers, *, age: int) -> dict[str, str]:
    """Field to `high` or `low`, for the numbers beyond the soft limits of that age."""
    found = {}
    for field, number in numbers.items():
        low, high = LIMITS[field].soft(age)
        if number is not None and not low <= number <= high:
            found[field] = "high" if number > high else "low"
    return found


def celsius(typed: Decimal) -> Decimal:
    """Degrees Celsius, one decimal. 86 to 110 can only be Fahrenheit and is turned."""
    if Decimal(86) <= typed <= Decimal(110):
        typed = (typed - 32) * 5 / 9
    return typed.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
