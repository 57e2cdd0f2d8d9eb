"""Counting doses: amounts, days, courses and intervals, of what was given, what is ordered, and this line."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from regimens.rules.safety.case import Case, Line, days_between, hours_between

NEVER = Decimal(1_000_000)  # days since a dose that was never given


@dataclass(frozen=True)
class Taken:
    """One dose of whatever origin; `mine`: the line that is asked about."""

    drug: str
    amount: Decimal
    at: datetime
    where: str
    mine: bool = False


class Counted:
    """The doses of some drugs up to one line, the line included. Hours are elapsed, days site-local dates."""

    def __init__(self, case: Case, line: Line, drugs: Iterable[str]) -> None:
        self.line = line
        wanted = frozenset(drugs)
        given = [Taken(dose.drug, dose.amount, dose.at, dose.where) for dose in case.patient.given]
        ordered = [Taken(other.drug, other.dose, other.at, "clinic", other is line) for other in case.lines]
        self.taken = [
            dose
            for dose in [*given, *ordered]
            if (dose.drug in wanted or dose.mine) and hours_between(dose.at, line.at) >= 0
        ]

    def within(self, hours: Decimal) -> list[Taken]:
        """Exactly at the window's end it is over."""
        return [dose for dose in self.taken if hours_between(dose.at, self.line.at) < hours]

    def amount(self, hours: Decimal) -> Decimal:
        return sum((dose.amount for dose in self.within(hours)), Decimal(0))

    def number(self, hours: Decimal) -> int:
        return len(self.within(hours))

    def days_used(self, days: Decimal) -> int:
        return len({dose.at.date() for dose in self.taken if days_between(dose.at, self.line.at) < days})

    def consecutive_days(self) -> int:
        dates = {dose.at.date() for dose in self.taken}
        return _run_up_to(self.line.at.date(), dates)

    def courses(self, hours: Decimal) -> int:
        """Doses on the same or on consecutive dates are one course."""
        dates = {dose.at.date() for dose in self.within(hours)}
        return sum(1 for day in dates if day - timedelta(days=1) not in dates)

    @property
    def before(self) -> list[Taken]:
        """Doses before this one. Two at the same moment are before each other: neither is the first."""
        return [dose for dose in self.taken if not dose.mine]

    @property
    def last(self) -> Taken | None:
        return max(self.before, key=lambda dose: (dose.at, dose.amount), default=None)

    def last_amount(self) -> Decimal:
        return self.last.amount if self.last else Decimal(0)

    def days_since_last(self) -> Decimal:
        return Decimal(days_between(self.last.at, self.line.at)) if self.last else NEVER

    def hours_since_last(self) -> Decimal:
        return hours_between(self.last.at, self.line.at) if self.last else NEVER

    def days_since_last_course(self) -> Decimal:
        """Days since the last dose that is not of the course this line belongs to."""
        dates = {dose.at.date() for dose in self.taken}
        today = self.line.at.date()
        first = today - timedelta(days=_run_up_to(today, dates) - 1)
        earlier = [day for day in dates if day < first]
        return Decimal((today - max(earlier)).days) if earlier else NEVER


def _run_up_to(day: date, dates: set[date]) -> int:
    """How many dates in a row end with this one."""
    length = 0
    while day - timedelta(days=length) in dates:
        length += 1
    return length
