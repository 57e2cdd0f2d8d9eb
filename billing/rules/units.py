"""The drug lines of a claim: units, waste, NDC quantity. `billing.md` 2.1 to 2.3.

Amounts are in the unit the drug is dosed in, mostly mg; vial volumes in mL.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from enum import StrEnum

from infusion_center.errors import DomainError
from regimens.rules.waste import Container, best_vials, waste_left

from .hcpcs import UNCLASSIFIED

ZERO = Decimal(0)
JZ_SINCE = date(2023, 7, 1)  # billing.md 2.1
NDC_QUANTITY_STEP = Decimal("0.001")
NOT_IN_A_NAME = frozenset("/*:~^")
LONGEST_DESCRIPTION = 80


class Source(StrEnum):
    """Who paid for the vial: `billing.md` 8. The practice bills only what it bought."""

    BUY_AND_BILL = "buy_and_bill"
    CLEAR_BAG = "clear_bag"
    WHITE_BAG = "white_bag"
    BROWN_BAG = "brown_bag"
    SAMPLE = "sample"
    FREE = "free"


BOUGHT = frozenset({Source.BUY_AND_BILL, Source.CLEAR_BAG})


class MissingUnit(DomainError):
    """A classified code whose unit is not known."""


class BadDescription(DomainError):
    """An unclassified code without a name the payer can read."""


@dataclass(frozen=True)
class Vial:
    """Opened vials of one NDC: what one holds, how many, its mL (None for a powder or a piece)."""

    amount: Decimal
    count: int
    ndc11: str
    ml: Decimal | None = None
    source: Source = Source.BUY_AND_BILL

    @property
    def held(self) -> Decimal:
        return self.amount * self.count

    @property
    def quantity(self) -> Decimal:
        """In the unit of the NDC: mL, or vials."""
        return (self.ml or 1) * Decimal(self.count)


@dataclass(frozen=True)
class DrugLine:
    """One line of the claim. `ndc_qty` counts product (ML or UN), never HCPCS units."""

    units: int
    modifiers: tuple[str, ...]
    ndc11: str
    ndc_qty: Decimal
    ndc_uom: str
    sv101_7: str | None = None


@dataclass(frozen=True)
class DrugCharge:
    """The lines, the waste to chart whether billed or not, and what a person should look at."""

    lines: tuple[DrugLine, ...]
    waste: Decimal
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Draw:
    """What was taken from one NDC: given, thrown away, and the HCPCS units of each."""

    vials: Sequence[Vial]
    given: Decimal
    wasted: Decimal
    units: int = 0
    waste_units: int = 0


def charge_drug(
    *,
    code: str,
    unit: Decimal | None,
    dose: Decimal,
    vials: Sequence[Vial],
    container: Container,
    dos: date | None = None,
    available: Iterable[Decimal] = (),
    description: str | None = None,
    jz_when_sub_unit_waste: bool = True,
) -> DrugCharge:
    """Lines for one drug given once.

    `unit` is the amount one HCPCS unit stands for (None for an unclassified code, which is one unit a line),
    `available` the vial sizes that were in stock, `description` the text of `describe_unclassified`.
    Raises CannotMakeDose if the vials hold less than the dose, MissingUnit and BadDescription for an
    incomplete code.
    """
    unclassified = code in UNCLASSIFIED
    if unclassified and not description:
        raise BadDescription(f"{code} needs the name of the drug and the dose in words.")
    if not unclassified and not unit:
        raise MissingUnit(f"How much one unit of {code} stands for is not known.")
    opened = sum((vial.held for vial in vials), ZERO)
    waste = waste_left(dose=dose, opened=opened, container=container)
    draws = [draw for draw in _draws(dose, vials, container) if draw.vials[0].source in BOUGHT]
    counted = _count_units(draws, None if unclassified else unit)
    shape = _Shape(container, dos is None or dos >= JZ_SINCE, jz_when_sub_unit_waste)
    lines = tuple(
        replace(line, sv101_7=description if unclassified else None)
        for draw in counted
        for line in shape.lines(draw)
    )
    return DrugCharge(lines, waste, tuple(_flags(lines, dose, opened, container, tuple(available))))


def describe_unclassified(*, name: str, dose: Decimal, unit: str = "MG", route: str = "IV") -> str:
    """SV101-7 of an unclassified code: name, total dose, route (`billing.md` 2.2). Raises BadDescription.

    KETAMINE HCL 25 MG IV. Payers reject a strength ("mg/mL"), and the file's separators cannot stand in it.
    """
    text = f"{name} {_plain(dose)} {unit} {route}".upper().replace("HYDROCHLORIDE", "HCL")
    if NOT_IN_A_NAME & set(text) or len(text) > LONGEST_DESCRIPTION:
        raise BadDescription("Name the drug in plain words, without a strength such as mg/mL.")
    return text


def _plain(amount: Decimal) -> str:
    return f"{amount:f}".rstrip("0").rstrip(".") if "." in f"{amount:f}" else f"{amount:f}"


def _draws(dose: Decimal, vials: Sequence[Vial], container: Container) -> list[Draw]:
    """The dose taken from the vials in the order opened; lots of one NDC are one (`billing.md` 2.1)."""
    draws = []
    left = dose
    for key in dict.fromkeys((vial.ndc11, vial.source in BOUGHT) for vial in vials):
        same = [vial for vial in vials if (vial.ndc11, vial.source in BOUGHT) == key]
        held = sum((vial.held for vial in same), ZERO)
        given = min(left, held)
        draws.append(Draw(same, given, held - given if container is Container.SINGLE else ZERO))
        left -= given
    return draws


def _count_units(draws: Sequence[Draw], unit: Decimal | None) -> list[Draw]:
    """Given rounds up, waste rounds down, together they stay within what the vials hold (`billing.md` 2.1).

    Counted on running totals: two NDCs never earn more units than one vial of both would. An unclassified
    code (no unit) is one unit a line and has no waste units.
    """
    if unit is None:
        return [replace(draw, units=1) for draw in draws if draw.given]
    held = sum((vial.held for draw in draws for vial in draw.vials), ZERO)
    admitted = _whole(sum((draw.given for draw in draws), ZERO) / unit, ROUND_CEILING)
    room = max(0, _whole(held / unit, ROUND_FLOOR) - admitted)
    given = wasted = ZERO
    counted, units, waste_units = [], 0, 0
    for draw in draws:
        given, wasted = given + draw.given, wasted + draw.wasted
        now = _whole(given / unit, ROUND_CEILING)
        waste_now = min(room, _whole(wasted / unit, ROUND_FLOOR))
        counted.append(replace(draw, units=now - units, waste_units=waste_now - waste_units))
        units, waste_units = now, waste_now
    return counted


def _whole(number: Decimal, rounding: str) -> int:
    return int(number.to_integral_value(rounding=rounding))


@dataclass(frozen=True)
class _Shape:
    """How a draw becomes lines: the container and what the payer wants said of waste."""

    container: Container
    jz: bool
    jz_when_sub_unit_waste: bool

    def lines(self, draw: Draw) -> Iterable[DrugLine]:
        """Given without a modifier and waste under JW; or one line, of whole vials if single-dose."""
        quantity = sum((vial.quantity for vial in draw.vials), ZERO)
        held = sum((vial.held for vial in draw.vials), ZERO)
        share = (quantity * draw.given / held).quantize(NDC_QUANTITY_STEP, ROUND_HALF_UP)
        if draw.waste_units:
            given = [_line(draw, draw.units, (), share)] if draw.units else []
            return [*given, _line(draw, draw.waste_units, ("JW",), quantity - share)]
        if not draw.units:
            return []
        whole = self.container is Container.SINGLE
        return [_line(draw, draw.units, self._modifiers(draw), quantity if whole else share)]

    def _modifiers(self, draw: Draw) -> tuple[str, ...]:
        """JZ says nothing was thrown away; waste below one unit is the payer's choice (`billing.md` 2.1)."""
        wanted = self.jz and self.container is Container.SINGLE
        return ("JZ",) if wanted and (not draw.wasted or self.jz_when_sub_unit_waste) else ()


def _line(draw: Draw, units: int, modifiers: tuple[str, ...], quantity: Decimal) -> DrugLine:
    liquid = all(vial.ml for vial in draw.vials)
    return DrugLine(units, modifiers, draw.vials[0].ndc11, quantity, "ML" if liquid else "UN")


def _flags(
    lines: Sequence[DrugLine],
    dose: Decimal,
    opened: Decimal,
    container: Container,
    available: Sequence[Decimal],
) -> Iterable[str]:
    """Two NDCs are two lines; more was opened than the best choice of vials needed (`billing.md` 2.1)."""
    if len({line.ndc11 for line in lines}) > 1:
        yield "two_ndcs"
    if available and container is Container.SINGLE and opened > sum(best_vials(dose=dose, sizes=available)):
        yield "inefficient_vial_choice"
