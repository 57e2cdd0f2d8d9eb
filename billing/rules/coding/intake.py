"""Which charted lines can be coded at all: `billing.md` 1.4 step 1, 1.5 and 1.7."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from .chart import CARRIERS, INJECTIONS, ChartLine, Mode, Policy
from .minutes import instant

COMPUTED = "computed_stop"
DOWNCODED = "downcoded:missing_stop"


@dataclass
class Sifted:
    """The lines (fit to code unless `held`), and what was said of each."""

    lines: list[ChartLine] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    not_billed: dict[str, str] = field(default_factory=dict)
    held: bool = False


def sift(lines: Iterable[ChartLine], *, policy: Policy) -> Sifted:
    """Drop what only carries, mend a missing stop where the chart or the payer allows, hold the rest."""
    sifted = Sifted()
    for line in lines:
        if line.mode in CARRIERS:
            sifted.not_billed[line.id] = "flush_or_kvo"
            continue
        mended, note = _mend_stop(line, policy)
        if note:
            sifted.flags.append(f"{note}:{line.id}")
        problem = _problem(mended, stop_needed=note != DOWNCODED)
        if problem:
            sifted.held = True
            sifted.flags.append(f"hold:{problem}:{line.id}")
        sifted.lines.append(mended)
    return sifted


def _mend_stop(line: ChartLine, policy: Policy) -> tuple[ChartLine, str]:
    """A stop from the nurse's own volume and rate, else what the payer allows: `billing.md` 1.5.

    Where the payer says so the line is coded as a push, which stands on its start; hydration never is.
    """
    if line.stop or not line.start or not line.ordered or line.mode in INJECTIONS:
        return line, ""
    if line.volume_ml and line.rate_ml_h:
        minutes = int(line.volume_ml * 60 // line.rate_ml_h)
        return replace(line, stop=line.start + timedelta(minutes=minutes)), COMPUTED
    if policy.missing_stop == "push" and line.mode is not Mode.HYDRATION:
        return replace(line, mode=Mode.PUSH), DOWNCODED
    return line, ""


def _problem(line: ChartLine, *, stop_needed: bool) -> str:
    """The first thing the nurse must settle, or an empty string."""
    timed = line.mode not in INJECTIONS
    if not line.ordered:
        return "no_order"
    if not line.start:
        return "missing_start"
    if not line.stop:
        return "missing_stop" if timed and stop_needed else ""
    if instant(line.stop) < instant(line.start):
        return "stop_before_start"
    return "zero_minutes" if timed and line.stop == line.start else ""
