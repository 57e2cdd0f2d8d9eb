"""Minutes and millilitres of one administration, reckoned from its events (requirements 14, 15).

Kinds are the words of `visits.states.EventKind`. Moments are aware; minutes are whole, seconds dropped once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from infusion_center.errors import DomainError

AHEAD = timedelta(minutes=2)  # clocks differ a little; more is a slip
LATE = timedelta(minutes=15)  # recorded this long after it happened: shown as a late entry

_RUNS = frozenset({"start", "resume"})
_RESTS = frozenset({"pause", "stop"})


class MomentRefused(DomainError):
    """A time that cannot be: in the future, before the patient sat down, before what came before it."""


@dataclass(frozen=True)
class Event:
    """One charted event. A rate holds until the next one, through pauses; a bolus goes in besides."""

    kind: str
    at: datetime
    rate_ml_h: Decimal | None = None
    bolus_ml: Decimal = Decimal(0)


@dataclass(frozen=True)
class Stretch:
    """Time in which it ran, at one rate (None: nobody charted one)."""

    start: datetime
    stop: datetime
    rate_ml_h: Decimal | None


def stretches(events: Iterable[Event], *, until: datetime) -> list[Stretch]:
    """First to last drop without the pauses, cut where the rate changed. What still runs ends at `until`."""
    found: list[Stretch] = []
    since: datetime | None = None
    rate: Decimal | None = None
    for event in sorted(events, key=lambda e: e.at):
        if since is not None and event.at > since:
            found.append(Stretch(since, event.at, rate))
            since = event.at
        if event.rate_ml_h is not None:
            rate = event.rate_ml_h
        if event.kind in _RUNS:
            since = event.at
        elif event.kind in _RESTS:
            since = None
    if since is not None and until > since:
        found.append(Stretch(since, until, rate))
    return found


def minutes_run(events: Iterable[Event], *, until: datetime) -> int:
    """Whole minutes in which it ran; changing the bag does not stop the clock."""
    return sum((s.stop - s.start for s in stretches(events, until=until)), timedelta()) // timedelta(
        minutes=1
    )


def volume_in(events: Iterable[Event], *, until: datetime) -> Decimal | None:
    """Millilitres by rate and time and by bolus, one decimal. None where it ran without a charted rate."""
    events = list(events)
    ran = stretches(events, until=until)
    total = sum((event.bolus_ml for event in events if event.at <= until), Decimal(0))
    for part in ran:
        if part.rate_ml_h is None:
            return None
        total += part.rate_ml_h * Decimal((part.stop - part.start) // timedelta(seconds=1)) / 3600
    return total.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP) if ran else None


def is_late(*, happened_at: datetime, recorded_at: datetime) -> bool:
    """Written down so long after that the chart says so."""
    return recorded_at - happened_at > LATE


def check_moment(
    happened_at: datetime, *, now: datetime, not_before: datetime, before_what: str, field: str
) -> None:
    """Raises MomentRefused for a time ahead of the clock or earlier than what must come first."""
    if happened_at > now + AHEAD:
        raise MomentRefused("This time is in the future.", field=field)
    if happened_at < not_before:
        raise MomentRefused(f"This time is before {before_what}.", field=field)
