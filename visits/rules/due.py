"""What is due at a chair, the most overdue first. Minutes are until due; negative ones are over."""

import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

VITALS_EVERY = 30  # minutes in a chair, unless a running drug asks for more
SCORE_AFTER = 10  # minutes after an agent has stopped

_EVERY = re.compile(r"^(?:bp|vitals)_q(\d+)")


@dataclass(frozen=True)
class Line:
    """One administration as far as the clock is concerned. `left`: minutes of the ordered running time."""

    key: Hashable
    name: str
    state: str
    agent: bool
    left: int | None = None
    stopped_at: datetime | None = None
    scored_after: bool = False
    watch: int = 0  # minutes after its end in which nobody leaves
    hold: str = ""  # why it should not run now
    check: bool = False  # mixed, and somebody else has to look
    good_until: datetime | None = None  # of what stands mixed


@dataclass(frozen=True)
class Due:
    """`act` is the button on the strip that settles it."""

    act: str
    words: str
    minutes: int
    line: Hashable | None = None
    urgent: bool = False

    @property
    def over(self) -> bool:
        return self.minutes < 0

    @property
    def over_by(self) -> int:
        return -self.minutes


def vitals_every(monitoring: Iterable[str]) -> int:
    """The shortest interval among tags such as `bp_q15` (formulary.json, monitoring.during)."""
    found = [int(match[1]) for tag in monitoring if (match := _EVERY.match(tag))]
    return min([VITALS_EVERY, *found])


def acts(
    lines: Sequence[Line],
    *,
    vitals_at: datetime | None,
    every: int,
    baseline: bool,
    unsigned: bool,
    at: datetime,
) -> list[Due]:
    """Everything that waits at this chair. `baseline`: pain on arrival is known."""
    found = [*_at_the_lines(lines, at), _vitals(vitals_at, every, at)]
    if not baseline:
        found.append(Due("pain", "Ask for the pain on arrival", 0))
    if unsigned:
        found.append(Due("sign", "The order waits for a signature", 0))
    found += _next_step(lines, unsigned, at)
    return sorted(found, key=lambda due: (not due.urgent, due.minutes))


def _at_the_lines(lines: Iterable[Line], at: datetime) -> Iterable[Due]:
    for line in lines:
        if line.state == "running" and line.hold:
            yield Due("pause", f"Pause {line.name}: {line.hold}", 0, line.key, urgent=True)
        if line.state in ("ordered", "held") and line.good_until:
            yield from _mixed(line, line.good_until, at)
        if line.state == "paused":
            yield Due("resume", f"{line.name} is paused", 0, line.key)
        elif line.state == "running" and line.left is not None:
            yield Due("stop", _stop_words(line.name, line.left), line.left, line.key)
        elif line.agent and line.stopped_at is not None and not line.scored_after:
            left = SCORE_AFTER - _whole(at - line.stopped_at)
            yield Due("pain", f"Ask for the pain after {line.name}", left, line.key)


def _mixed(line: Line, good_until: datetime, at: datetime) -> Iterable[Due]:
    left = _whole(good_until - at)
    if at > good_until:
        yield Due("throw", f"Throw away the mixed {line.name}: its time is up", left, line.key, urgent=True)
    elif line.check:
        yield Due("check", f"Second check of {line.name}", 0, line.key)


def _stop_words(name: str, left: int) -> str:
    return f"{name}: {left} min left" if left > 0 else f"Stop {name}: its time is up"


def _vitals(vitals_at: datetime | None, every: int, at: datetime) -> Due:
    if vitals_at is None:
        return Due("vitals", "Take vitals", 0)
    left = every - _whole(at - vitals_at)
    return Due("vitals", "Take vitals" if left <= 0 else f"Vitals in {left} min", left)


def _next_step(lines: Sequence[Line], unsigned: bool, at: datetime) -> list[Due]:
    """The next line to start once no agent runs; leaving when nothing is left to give or watch."""
    ordered = [line for line in lines if line.state == "ordered"]
    going = [line for line in lines if line.state in ("running", "paused")]
    if ordered and not unsigned and not any(line.agent for line in going):
        return [Due("start", f"Start {ordered[0].name}", 0, ordered[0].key)]
    if lines and not ordered and not going:
        left, name = max(((_left_to_watch(line, at), line.name) for line in lines), default=(0, ""))
        if left > 0:
            return [Due("discharge", f"Watch {left} min more after {name}", left)]
        return [Due("discharge", "Everything is given: ready to leave?", 0)]
    return []


def _left_to_watch(line: Line, at: datetime) -> int:
    """Minutes, begun ones too."""
    if line.stopped_at is None or not line.watch:
        return 0
    return -_whole(at - line.stopped_at - timedelta(minutes=line.watch))


def _whole(span: timedelta) -> int:
    return span // timedelta(minutes=1)
