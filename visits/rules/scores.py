"""What an agent did to the pain (requirements G1, G2). Pain is 0 to 10; percent is of the pain before."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

HALF = 50  # percent: the yardstick of success (G3)


@dataclass(frozen=True)
class Run:
    """One drug's time in the patient. `stopped_at` None: still going. Fluids are no agents."""

    key: Hashable
    started_at: datetime
    stopped_at: datetime | None
    fluid: bool = False


@dataclass(frozen=True)
class Reading:
    """Pain before or after a run."""

    key: Hashable
    moment: str  # before, after
    pain: int
    at: datetime


@dataclass(frozen=True)
class Effect:
    """Raw scores always; a percent only where it can be told apart."""

    before: int | None
    after: int | None
    alone: bool = True

    @property
    def percent(self) -> int | None:
        """Fall in percent, negative where pain rose. None: not scored, pain was 0, or a combination."""
        return percent_fall(self.before, self.after) if self.alone else None

    @property
    def words(self) -> str:
        """`down 63 %`, `up 20 %`, `unchanged`, or why there is no percent."""
        if self.before is None or self.after is None:
            return "not scored"
        if not self.alone:
            return "combination, not attributable"
        if self.percent is None:
            return "no percent: pain before was 0"
        return fall_words(self.percent)


def percent_fall(before: int | None, after: int | None) -> int | None:
    """Whole percent, half up. None if either is missing or the pain before was 0."""
    if not before or after is None:
        return None
    return int((Decimal(before - after) * 100 / before).to_integral_value(rounding=ROUND_HALF_UP))


def fall_words(percent: int) -> str:
    """A fall of 60 is `down 60 %`."""
    if percent == 0:
        return "unchanged"
    return f"down {percent} %" if percent > 0 else f"up {-percent} %"


def effects(runs: Iterable[Run], readings: Iterable[Reading]) -> Mapping[Hashable, Effect]:
    """Each agent's effect. The newest reading of a moment counts.

    An agent ran alone if no other agent was going in at any time between its two scores.
    """
    agents = [run for run in runs if not run.fluid]
    newest: dict[tuple[Hashable, str], Reading] = {}
    for reading in sorted(readings, key=lambda r: r.at):
        newest[reading.key, reading.moment] = reading
    return {run.key: _effect(run, agents, newest) for run in agents}


def _effect(run: Run, agents: list[Run], newest: Mapping[tuple[Hashable, str], Reading]) -> Effect:
    before, after = newest.get((run.key, "before")), newest.get((run.key, "after"))
    since = min(run.started_at, before.at) if before else run.started_at
    until = after.at if after else run.stopped_at
    return Effect(
        before=before.pain if before else None,
        after=after.pain if after else None,
        alone=not any(_going(other, since, until) for other in agents if other.key != run.key),
    )


def _going(run: Run, since: datetime, until: datetime | None) -> bool:
    """True if it went in at some time between the two moments; a push of no length counts."""
    began_in_time = until is None or run.started_at < until
    return began_in_time and (run.stopped_at is None or run.stopped_at > since)
