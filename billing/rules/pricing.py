"""What a unit of a code is charged at: a contract price, else a published rate times the site's multiplier.

A price is never guessed. Where nothing prices a code the answer is None and the claim is
held; where the newest loaded release is older than the date of service, the price says so
(`design.md`, Reference data and its dates; `billing.md` 4).
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from infusion_center.shared.money import dollars

FRACTION = Decimal("0.0001")  # drug units may cost less than a cent


@dataclass(frozen=True)
class Parts:
    """Work, practice and malpractice: relative values of a code, or the indices of a locality."""

    work: Decimal
    practice: Decimal
    malpractice: Decimal


@dataclass(frozen=True)
class Release:
    """A published file: its name, its period (`2025`, `2025 Q1`) and its last day."""

    name: str
    period: str
    valid_to: date

    def note(self, dos: date) -> str:
        """`Fee schedule 2025`, and after its last day that nothing newer is loaded."""
        named = f"{self.name} {self.period}"
        return named if dos <= self.valid_to else f"{named}, newest loaded: {self.period}"


@dataclass(frozen=True)
class Price:
    """Dollars for one unit, and where they come from."""

    unit_charge: Decimal
    note: str

    def charge(self, units: Decimal) -> Decimal:
        return dollars(self.unit_charge * units)


def fee_schedule_price(
    *,
    values: Parts,
    indices: Parts,
    conversion_factor: Decimal,
    multiplier: Decimal,
    release: Release,
    dos: date,
) -> Price:
    """Relative values, each times its locality's index, times the conversion factor and our multiplier."""
    total = (
        values.work * indices.work
        + values.practice * indices.practice
        + values.malpractice * indices.malpractice
    )
    return Price(dollars(total * conversion_factor * multiplier), _times(release, multiplier, dos))


def drug_price(*, limit: Decimal, multiplier: Decimal, release: Release, dos: date) -> Price:
    """Medicare's payment limit of one HCPCS unit times our multiplier."""
    unit_charge = (limit * multiplier).quantize(FRACTION, rounding=ROUND_HALF_UP)
    return Price(unit_charge, _times(release, multiplier, dos))


def contract_price(*, charge: Decimal, since: date) -> Price:
    return Price(charge, f"Contract price since {since:%d %b %Y}")


def _times(release: Release, multiplier: Decimal, dos: date) -> str:
    return f"{release.note(dos)} (charged at {multiplier.normalize():f} times)"
