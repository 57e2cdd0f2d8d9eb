"""Which vials to open, and what is left of them: `billing.md` 2.1. Amounts in the drug's unit, mostly mg."""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm

from infusion_center.errors import DomainError

MOST_STEPS = 200_000  # of the sizes' common step, in a dose: more is a slip of the pen, not a dose


class Container(StrEnum):
    """A single-dose vial is waste once opened; a multi-dose vial goes back to the shelf."""

    SINGLE = "single"
    MULTI = "multi"


class CannotMakeDose(DomainError):
    """The dose cannot be drawn from these vials."""


def waste_left(*, dose: Decimal, opened: Decimal, container: Container) -> Decimal:
    """What must be thrown away of what was opened: the rest of single-dose vials, nothing of multi-dose ones.

    Raises CannotMakeDose if the vials hold less than the dose.
    """
    if dose > opened:
        raise CannotMakeDose(f"A dose of {dose} cannot come from vials that hold {opened}.")
    return opened - dose if container is Container.SINGLE else Decimal(0)


def best_vials(*, dose: Decimal, sizes: Iterable[Decimal]) -> tuple[Decimal, ...]:
    """The vials to open, largest first: least left over, then fewest (300 from 100 and 400: three of 100).

    Raises CannotMakeDose for no size, a dose or size of zero, or a dose beyond all proportion to the sizes.
    """
    choice = tuple(sorted(set(sizes), reverse=True))
    if not choice or min(dose, choice[-1]) <= 0:
        raise CannotMakeDose(f"A dose of {dose} cannot be made from the vials available.")
    return _best(dose, choice)


@lru_cache(maxsize=1024)
def _best(dose: Decimal, sizes: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
    """In whole steps common to all sizes; `reach[total]`: how few vials make it, and the last of them."""
    parts = [Fraction(size) for size in sizes]
    scale = lcm(*(part.denominator for part in parts))
    steps = [int(part * scale) for part in parts]
    common = gcd(*steps)
    steps = [step // common for step in steps]
    needed = -int(-Fraction(dose) * scale // common)
    if needed > MOST_STEPS:
        raise CannotMakeDose(f"A dose of {dose} is out of all proportion to the vials available.")
    reach: dict[int, tuple[int, int]] = {0: (0, 0)}
    for total in range(1, needed + max(steps)):
        options = [(reach[total - step][0] + 1, step) for step in steps if total - step in reach]
        if options:
            reach[total] = min(options, key=lambda option: (option[0], -option[1]))
        if options and total >= needed:
            return _unwind(total, reach, dict(zip(steps, sizes, strict=True)))
    return ()


def _unwind(
    total: int, reach: dict[int, tuple[int, int]], size_of: dict[int, Decimal]
) -> tuple[Decimal, ...]:
    vials = []
    while total:
        step = reach[total][1]
        vials.append(size_of[step])
        total -= step
    return tuple(sorted(vials, reverse=True))
