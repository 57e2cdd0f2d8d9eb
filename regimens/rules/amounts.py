"""Amounts as people write them."""

from decimal import Decimal


def say(amount: Decimal) -> str:
    """No zeros behind the point, no exponent: 1000, not 1E+3."""
    return f"{amount.normalize():f}"
