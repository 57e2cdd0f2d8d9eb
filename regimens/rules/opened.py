"""Since when the vial in use of a multi-dose lot is open, read from the lot's ledger."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True)
class Step:
    """One line of the ledger. `amount` signed, in the product's unit; `corrects`: a count, no dose."""

    at: datetime
    amount: Decimal
    corrects: bool = False


def opened_at(steps: Iterable[Step], *, size: Decimal) -> datetime | None:
    """When the open vial was opened, of vials that hold `size`; None while only whole vials are left.

    The next vial is opened by the dose that empties the one before. A count changes how much is left, not
    when somebody pierced the stopper: then the older moment stands.
    """
    left = Decimal(0)
    opened: datetime | None = None
    for step in steps:
        before, left = left, left + step.amount
        if left % size == 0:
            opened = None
        elif opened is None or (not step.corrects and _vials(left, size) < _vials(before, size)):
            opened = step.at
    return opened


def _vials(amount: Decimal, size: Decimal) -> int:
    """Whole and broken."""
    whole, rest = divmod(amount, size)
    return int(whole) + (rest > 0)
