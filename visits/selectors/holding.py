"""What the newest numbers of a visit say about a drug's hold parameters."""

from collections.abc import Sequence
from dataclasses import dataclass

from visits.models import Administration, Score, Visit, Vitals
from visits.rules import holding, vital_limits


@dataclass(frozen=True)
class Hold:
    """`reasons`: it must not run. `unknown`: a limit that nobody has measured. `watch`: has no number."""

    reasons: Sequence[str] = ()
    unknown: Sequence[str] = ()
    watch: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.reasons or self.unknown or self.watch)


def hold_of(row: Administration) -> Hold:
    """For one line, from what was measured last at this visit. Two queries at most."""
    tags = tags_of(row)
    if not tags:
        return Hold()
    numbers = numbers_of(row.visit)
    return Hold(holding.reasons(tags, numbers), holding.not_measured(tags, numbers), holding.watch_for(tags))


def tags_of(row: Administration) -> list[str]:
    return row.drug.row.get("monitoring", {}).get("hold_if", [])


def numbers_of(visit: Visit) -> dict[str, int | None]:
    """The newest of each vital sign and of the sedation scale; None: never measured here."""
    found: dict[str, int | None] = dict.fromkeys([*vital_limits.LIMITS, "rass"])
    for row in Vitals.objects.filter(visit=visit).order_by("taken_at", "pk").values(*vital_limits.LIMITS):
        found |= {name: number for name, number in row.items() if number is not None}
    scored = Score.objects.filter(visit=visit).exclude(rass=None).order_by("-scored_at", "-pk")
    found["rass"] = scored.values_list("rass", flat=True).first()
    return found
