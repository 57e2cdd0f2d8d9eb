"""What the newest numbers of a visit say about a drug's hold parameters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from regimens.models import Drug
from visits.models import Administration, Score, Visit, Vitals
from visits.rules import holding, vital_limits
from visits.rules.holding import Numbers
from visits.states import Given


@dataclass(frozen=True)
class Hold:
    """`reasons`: it must not run. `unknown`: a limit that nobody has measured. `watch`: has no number."""

    reasons: Sequence[str] = ()
    unknown: Sequence[str] = ()
    watch: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.reasons or self.unknown or self.watch)


def hold_of(row: Administration, *, at: datetime) -> Hold:
    """For one line, from what had been measured at this visit by then. Two queries at most."""
    tags = tags_of(row.drug)
    if not tags:
        return Hold()
    numbers = numbers_of(row.visit, at=at)
    return Hold(holding.reasons(tags, numbers), holding.not_measured(tags, numbers), holding.watch_for(tags))


def held_because(row: Administration, numbers: Numbers) -> str:
    """Why a running line should be paused; empty: nothing says so."""
    return " and ".join(holding.reasons(tags_of(row.drug), numbers))


def numbers_of(visit: Visit, *, at: datetime) -> Numbers:
    """The last of each vital sign and of the sedation scale taken until then. Two queries."""
    taken = Vitals.objects.filter(visit=visit, taken_at__lte=at).order_by("taken_at", "pk")
    asked = (
        Score.objects.filter(visit=visit, scored_at__lte=at)
        .exclude(rass=None)
        .exclude(administration__state=Given.ENTERED_IN_ERROR)
        .order_by("scored_at", "pk")
    )
    found: list[Numbers] = [*taken.values(*vital_limits.LIMITS)]
    return holding.newest([*found, *({"rass": rass} for rass in asked.values_list("rass", flat=True))])


def tags_of(drug: Drug) -> list[str]:
    """When a drug is held, as its row says it."""
    return drug.row.get("monitoring", {}).get("hold_if", [])
