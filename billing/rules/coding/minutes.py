"""Running time as sets of spans, and the two thresholds every code hangs on: `billing.md` 1.3."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LONGEST_PUSH = 15  # whole minutes; one more is an infusion
LONGEST_UNPAID_HYDRATION = 30


@dataclass(frozen=True, order=True)
class Span:
    """A half-open stretch of running time."""

    start: datetime
    stop: datetime


def instant(moment: datetime) -> datetime:
    """Moments with a zone are compared in UTC: two of one zone would else be subtracted by the wall clock."""
    return moment.astimezone(UTC) if moment.tzinfo else moment


def whole_minutes(spans: Iterable[Span]) -> int:
    """Whole minutes in all, seconds left over dropped once at the end."""
    return sum(((s.stop - s.start) for s in spans), timedelta()) // timedelta(minutes=1)


def union(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same time with nothing counted twice, in order."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start <= joined[-1].stop:
            joined[-1] = Span(joined[-1].start, max(joined[-1].stop, span.stop))
        else:
            joined.append(span)
    return tuple(joined)


def together(spans: Iterable[Span], others: Iterable[Span]) -> tuple[Span, ...]:
    """The time both were running."""
    others = union(others)
    shared = (Span(max(a.start, b.start), min(a.stop, b.stop)) for a in union(spans) for b in others)
    return tuple(s for s in shared if s.start < s.stop)


def without(spans: Iterable[Span], others: Iterable[Span]) -> tuple[Span, ...]:
    """The time the first was running and the others were not."""
    left = list(union(spans))
    for other in union(others):
        left = [piece for span in left for piece in _cut(span, other)]
    return tuple(left)


def _cut(span: Span, hole: Span) -> Iterable[Span]:
    if hole.stop <= span.start or span.stop <= hole.start:
        return [span]
    pieces = Span(span.start, hole.start), Span(hole.stop, span.stop)
    return [piece for piece in pieces if piece.start < piece.stop]


def add_on_hours(minutes: int) -> int:
    """Hours past the first: each needs more than 30 minutes beyond the last full one (90: 0, 91: 1, 151: 2).

    `billing.md` 1.3.
    """
    return max(0, (minutes - 31) // 60)
