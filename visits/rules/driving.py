"""Until when somebody must not drive (formulary.json, sedation.driving_restriction_hours)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Went:
    """One drug that went in. `hours` None: nobody wrote down for how long it keeps from driving."""

    drug: str
    stopped_at: datetime
    hours: int | None
    tags: frozenset[str] = frozenset()  # of its class
    watch: int = 0  # minutes after its end in which nobody leaves


@dataclass(frozen=True)
class Driving:
    """`until` None with a `drug`: not known because of it; without one: nothing keeps them from driving."""

    until: datetime | None = None
    drug: str = ""
    hours: int = 0


def not_before(went: Iterable[Went]) -> Driving:
    """The longest restriction counts from its own end; one that is not known comes before any number."""
    drugs = list(went)
    unknown = next((one for one in drugs if one.hours is None), None)
    if unknown is not None:
        return Driving(drug=unknown.drug)
    limits = [
        (one.stopped_at + timedelta(hours=one.hours), one.drug, one.hours) for one in drugs if one.hours
    ]
    return Driving(*max(limits)) if limits else Driving()


def watched_until(went: Iterable[Went]) -> tuple[str, datetime] | None:
    """Until when somebody stays to be watched, and after which drug (formulary: post_observation_minutes)."""
    ends = [(one.stopped_at + timedelta(minutes=one.watch), one.drug) for one in went if one.watch]
    if not ends:
        return None
    until, drug = max(ends)
    return drug, until
