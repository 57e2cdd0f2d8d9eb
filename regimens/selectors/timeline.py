"""The minutes of a recipe or an order as a picture: places on a drawing of fixed width. Pure arithmetic."""

from collections.abc import Iterable
from dataclasses import dataclass

from regimens.rules.chair_time import Run, Span, run_times

ROW, HEAD = 28, 24
RIGHT = 16
TICK_MINUTES = (15, 30, 60)
MOST_TICKS = 9


@dataclass(frozen=True)
class Bar:
    """One step: the bar of its minutes and, behind it, the thinner one of its observation."""

    label: str
    minutes: int
    observation: int
    y: int
    x: float
    width: float
    watch_x: float
    watch_width: float


@dataclass(frozen=True)
class Timeline:
    """`ticks` are (place, minute); `setup` and `discharge` are (place, width)."""

    height: int
    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, int], ...]
    setup: tuple[float, float]
    discharge: tuple[float, float]
    chair_minutes: int
    width: int
    label_length: int


@dataclass(frozen=True)
class Sheet:
    """What the picture is drawn on: `left` is the room for labels of so many letters."""

    width: int = 760
    left: int = 200
    label_length: int = 30


WIDE, NARROW = Sheet(), Sheet(width=400, left=118, label_length=17)


def timeline(
    named: Iterable[tuple[str, Run]],
    *,
    setup: int,
    discharge: int,
    watched_at_least: int = 0,
    on: Sheet = WIDE,
) -> Timeline:
    """From sitting down (minute 0) to leaving."""
    steps = list(named)
    spans = run_times(run for _, run in steps)
    watched = max((span.watched_until for span in spans.values()), default=0)
    watched = max(watched, watched_at_least)
    total = setup + watched + discharge
    scale = (on.width - on.left - RIGHT) / max(total, 1)

    def place(minute: int) -> float:
        return round(on.left + minute * scale, 1)

    return Timeline(
        height=HEAD + ROW * len(steps),
        bars=tuple(
            _bar(label, spans[run.position], HEAD + ROW * row, setup, scale, on.left)
            for row, (label, run) in enumerate(steps)
        ),
        ticks=tuple((place(minute), minute) for minute in _ticks(total)),
        setup=(place(0), round(setup * scale, 1)),
        discharge=(place(setup + watched), round(discharge * scale, 1)),
        chair_minutes=total,
        width=on.width,
        label_length=on.label_length,
    )


def _bar(label: str, span: Span, y: int, setup: int, scale: float, left: int) -> Bar:
    def place(minute: int) -> float:
        return round(left + (setup + minute) * scale, 1)

    return Bar(
        label=label,
        minutes=span.end - span.start,
        observation=span.watched_until - span.end,
        y=y,
        x=place(span.start),
        width=max(2.0, round((span.end - span.start) * scale, 1)),
        watch_x=place(span.end),
        watch_width=round((span.watched_until - span.end) * scale, 1),
    )


def _ticks(total: int) -> range:
    step = next((step for step in TICK_MINUTES if total / step <= MOST_TICKS), TICK_MINUTES[-1])
    return range(0, total + 1, step)
