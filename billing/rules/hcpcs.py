"""Which drug code, of what unit, is in force on a date of service: `billing.md` 2.1 and 2.2."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from infusion_center.errors import DomainError

UNCLASSIFIED = frozenset({"J3490", "J3590"})
BY_DEFAULT = frozenset({"active", "superseded_for_this_drug", "discontinued"})


class NoCode(DomainError):
    """No drug code can be billed for this drug on this date."""


@dataclass(frozen=True)
class CodeRow:
    """A dated code of one drug. `unit_amount` is in `unit`; both dates are included, None is open."""

    code: str
    unit_amount: Decimal
    unit: str
    status: str = "active"
    effective_from: date | None = None
    effective_to: date | None = None

    def in_force(self, on: date) -> bool:
        return (self.effective_from or on) <= on <= (self.effective_to or on)


def code_on(rows: Iterable[CodeRow], *, dos: date) -> CodeRow:
    """The code a drug bills under by default on the date of service. Raises NoCode.

    Other products' and other payers' codes are never the default; an unclassified code only where no own
    code exists (`billing.md` 2.2).
    """
    fit = [row for row in rows if row.status in BY_DEFAULT and row.in_force(dos)]
    if not fit:
        raise NoCode(f"No drug code is in force on {dos:%Y-%m-%d}.")
    return min(fit, key=lambda row: (row.code in UNCLASSIFIED, row.status != "active"))
