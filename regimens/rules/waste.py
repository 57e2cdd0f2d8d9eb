"""Which vials to open, and what is left of them: `billing.md` 2.1. Amounts in the drug's own unit (mostly mg)."""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm

from infusion_center.errors import DomainError

MOST_VIALS = 1000


class Container(StrEnum):
    """A single-dose vial is waste once opened; a multi-dose vial goes back to the shelf."""

    SINGLE = "single"
    MULTI = "multi"


class CannotMakeDose(DomainError):
    """The dose cannot be drawn from these vials."""


def waste_left(*, dose: Decimal, opened: Decimal, container: Container) -> Decimal:
    """What must be thrown away of the amount opened: the rest of single-dose vials, nothing of multi-dose ones.

    Raises CannotMakeDose if the vials hold less than the dose.
    """
    if dose > opened:
        raise CannotMakeDose(f"A dose of {dose} cannot come from vials that hold {opened}.")
    return opened - dose if container is Container.SINGLE else Decimal(0)


def best_vials(*, dose: Decimal, sizes: Iterable[Decimal]) -> tuple[Decimal, ...]:
    """The vials to open, largest first: least left over, then fewest of them (300 of 100 and 400: three of 100).

    Raises CannotMakeDose for no size, a size of zero, or a dose of over a thousand vials.
    """
    choice = tuple(sorted(set(sizes), reverse=True))
    if not choice or choice[-1] <= 0 or dose > choice[0] * MOST_VIALS:
        raise CannotMakeDose(f"A dose of {dose} cannot be made from the vials available.")
    return _best(dose, choice)


@lru_cache(maxsize=1024)
def _best(dose: Decimal, sizes: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
    """Whole numbers of the smallest common step; `reach[total]` is the last vial of the fewest that sum to it."""
    parts = [Fraction(size) for size in sizes]
    scale = lcm(*(part.denominator for part in parts))
    steps = [int(part * scale) for part in parts]
    common = gcd(*steps)
    steps = [step // common for step in steps]
    needed = -(-Fraction(dose) * scale // common)
    reach: dict[int, tuple[int, int]] = {0: (0, 0)}
    for total in range(1, int(needed) + max(steps)):
        options = [(reach[total - step][0] + 1, step) for step in steps if total - step in reach]
        if options:
            reach[total] = min(options, key=lambda option: (option[0], -option[1]))
        if options and total >= needed:
            return _unwind(total, reach, dict(zip(steps, sizes, strict=True)))
    return ()


def _unwind(total: int, reach: dict[int, tuple[int, int]], size_of: dict[int, Decimal]) -> tuple[Decimal, ...]:
    vials = []
    while total:
        step = reach[total][1]
        vials.append(size_of[step])
        total -= step
    return tuple(sorted(vials, reverse=True))
