"""Dollars are Decimal with two places, rounded half up, and never float."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def dollars(amount: Decimal | int | str) -> Decimal:
    """The amount in whole cents."""
    return Decimal(amount).quantize(CENT, rounding=ROUND_HALF_UP)
