"""Which vials of the chosen lots are opened for a dose, and what is left over (billing.md 2.1).

Amounts are in the drug's unit. Fewest leftovers, then fewest vials; a multi-dose vial leaves no waste.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal

from infusion_center.errors import DomainError
from regimens.rules import waste

GRAIN = Decimal("0.001")


class NotEnough(DomainError):
    """The chosen lots do not hold the dose."""


@dataclass(frozen=True)
class Shelf:
    """What is on hand of one lot: the vial's content and the amount left, in the order it should be used."""

    lot: int
    size: Decimal
    on_hand: Decimal
    single: bool

    @property
    def vials(self) -> int:
        return int(self.on_hand // self.size)


@dataclass(frozen=True)
class Draw:
    """Taken from one lot. A fraction of a vial only where it is multi-dose."""

    lot: int
    vials: Decimal
    given: Decimal
    wasted: Decimal


def draw(*, dose: Decimal, shelves: Sequence[Shelf]) -> list[Draw]:
    """The dose from these lots, the first ones first. Raises NotEnough."""
    if sum((shelf.on_hand for shelf in shelves), Decimal(0)) < dose:
        raise NotEnough("The chosen lots do not hold enough for this dose: add another lot.", field="lots")
    found = _by_best_sizes(dose, shelves) if shelves and all(s.single for s in shelves) else None
    return found or _in_turn(dose, shelves)


def _by_best_sizes(dose: Decimal, shelves: Sequence[Shelf]) -> list[Draw] | None:
    """The best mix of vial sizes, if the lots hold that many of each."""
    wanted = list(waste.best_vials(dose=dose, sizes=[shelf.size for shelf in shelves]))
    taken: list[Draw] = []
    left = dose
    for shelf in sorted(shelves, key=lambda s: -s.size):
        count = min(wanted.count(shelf.size), shelf.vials)
        if count:
            taken.append(_open(shelf, count, left))
            left -= taken[-1].given
            del wanted[wanted.index(shelf.size) : wanted.index(shelf.size) + count]
    return taken if not wanted else None


def _in_turn(dose: Decimal, shelves: Sequence[Shelf]) -> list[Draw]:
    """Lot after lot until the dose is there. Raises NotEnough where only broken vials would be left."""
    taken: list[Draw] = []
    left = dose
    for shelf in shelves:
        if left <= 0:
            break
        if not shelf.single:
            given = min(left, shelf.on_hand)
            part = Draw(shelf.lot, _share(given, shelf.size), given, Decimal(0))
        else:
            part = _open(shelf, min(_vials_for(left, shelf.size), shelf.vials), left)
        if part.given > 0:
            taken.append(part)
            left -= part.given
    if left > 0:
        raise NotEnough("The chosen lots do not hold enough for this dose: add another lot.", field="lots")
    return taken


def _open(shelf: Shelf, count: int, left: Decimal) -> Draw:
    opened = shelf.size * count
    given = min(left, opened)
    return Draw(shelf.lot, Decimal(count), given, opened - given)


def _vials_for(amount: Decimal, size: Decimal) -> int:
    return int((amount / size).to_integral_value(rounding=ROUND_UP))


def _share(amount: Decimal, size: Decimal) -> Decimal:
    return (amount / size).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def less(draws: Sequence[Draw], *, given: Decimal) -> list[Draw]:
    """The same vials when only `given` of the dose went in: each lot's share of the mixture, the rest waste.

    What was drawn from a multi-dose vial does not go back into it. Raises NotEnough for an amount too
    small to share.
    """
    whole = sum((part.given for part in draws), Decimal(0))
    shares = [(given * part.given / whole).quantize(GRAIN, rounding=ROUND_DOWN) for part in draws]
    shares[0] += given - sum(shares, Decimal(0))
    if min(shares) <= 0:
        raise NotEnough("This amount is too small to be told apart between the lots.", field="given_amount")
    return [
        replace(part, given=share, wasted=part.wasted + part.given - share)
        for part, share in zip(draws, shares, strict=True)
    ]
