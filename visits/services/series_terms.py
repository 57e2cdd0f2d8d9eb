"""How a series runs and when it suits the patient: what may be said, and what is refused at its field."""

from dataclasses import dataclass

from infusion_center.errors import DomainError
from regimens.models import Drug, Regimen
from visits.selectors import series as found
from visits.states import ChairKind

EARLY_DAYS, LATE_DAYS = 0, 14  # a payer denies what comes early (formulary, eptinezumab `min_interval`)
LONGEST = 400  # days between two doses


class SeriesRefused(DomainError):
    """The series cannot be like this."""


@dataclass(frozen=True)
class Wish:
    """When it suits: weekday 0 = Monday, and minutes after midnight to start between. None: any."""

    weekday: int | None = None
    start_from: int | None = None
    start_until: int | None = None


@dataclass(frozen=True)
class Terms:
    """How a series runs, in days. `every_days` None: as its regimen says."""

    every_days: int | None = None
    early_days: int = EARLY_DAYS
    late_days: int = LATE_DAYS
    chair_kind: str = ChairKind.RECLINER
    comfort: str = ""


def sensible(terms: Terms) -> Terms:
    """Raises SeriesRefused at the field that cannot be."""
    every = terms.every_days
    if every is None or not 1 <= every <= LONGEST:
        raise SeriesRefused(f"Say after how many days it comes back: 1 to {LONGEST}.", field="every_days")
    for field, days_off in (("early_days", terms.early_days), ("late_days", terms.late_days)):
        if not 0 <= days_off < every:
            raise SeriesRefused("The window must be shorter than the interval.", field=field)
    return terms


def sensible_wish(wish: Wish) -> Wish:
    """Raises SeriesRefused at the field that cannot be."""
    if (wish.start_from is None) != (wish.start_until is None):
        raise SeriesRefused("Say both times to start between, or neither.", field="start_until")
    if wish.start_from is not None and wish.start_until is not None and wish.start_until < wish.start_from:
        raise SeriesRefused("The second time must not be before the first.", field="start_until")
    return wish


def counted_drug(regimen: Regimen) -> Drug:
    drug = found.counted_drug(regimen)
    if drug is None:
        raise SeriesRefused("This regimen has no drug to count from.", field="regimen")
    return drug
