"""What to order: what is there, less what booked visits need, against the par level. Amounts in the unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any


@dataclass(frozen=True)
class Stocked:
    """A product of one drug at a site: `size` of a vial, `there` usable, par levels in vials or None."""

    product: Any
    size: Decimal
    there: Decimal
    least: int | None
    full: int | None


@dataclass(frozen=True)
class Reckoned:
    """`left`: after booked visits, below zero where they cannot all be served. `order`: whole vials."""

    stocked: Stocked
    needed: Decimal
    left: Decimal
    order: int

    @property
    def short(self) -> bool:
        return self.left < 0


def reckon(products: Sequence[Stocked], *, needed: Decimal) -> list[Reckoned]:
    """Booked visits draw from what there is most of, then the next; what none holds stays with the first.

    Ordered: up to `full` where fewer than `least` whole vials would be left; without a par level just what
    is missing.
    """
    lines: list[tuple[Stocked, Decimal]] = []
    todo = needed
    ranked = sorted(products, key=lambda one: -one.there)
    for one in ranked:
        drawn = min(todo, one.there)
        lines.append((one, drawn))
        todo -= drawn
    return [_line(one, drawn + (todo if place == 0 else 0)) for place, (one, drawn) in enumerate(lines)]


def _line(one: Stocked, needed: Decimal) -> Reckoned:
    left = one.there - needed
    vials = int((left / one.size).to_integral_value(rounding=ROUND_FLOOR))
    if one.full is not None and one.least is not None and vials < one.least:
        order = one.full - vials
    else:
        order = max(0, int((-left / one.size).to_integral_value(rounding=ROUND_CEILING)))
    return Reckoned(one, needed, left, order)
