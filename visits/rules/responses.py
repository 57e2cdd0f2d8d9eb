"""How somebody has answered to an agent or a regimen over the visits: means with their n, best first.

A mean is of what can be told apart. A run beside another agent is not attributable, a run without both scores
is not scored: both are counted and said, and neither is a zero.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from visits.rules.scores import Effect, fall_words
from visits.states import Grade

TENTH, WHOLE = Decimal("0.1"), Decimal(1)


@dataclass(frozen=True)
class Response:
    """Of one agent or regimen. `percent` is the mean fall in percent of the pain before, over `n` runs with
    pain before them; `points` the mean fall on the scale 0 to 10, over `scored` runs. Negative: pain rose.
    `grades`: of the reactions to it.
    """

    name: str
    times: int
    scored: int
    points: Decimal | None
    n: int
    percent: int | None
    combined: int
    unscored: int
    grades: Sequence[int] = ()

    @property
    def reacted(self) -> str:
        """`2 reactions, worst severe`; empty: none recorded."""
        if not self.grades:
            return ""
        worst = Grade(max(self.grades)).label.lower()
        count = len(self.grades)
        return f"{count} reactions, worst {worst}" if count > 1 else f"1 reaction, {worst}"

    @property
    def words(self) -> str:
        """`down 63 %`, `no percent: pain before was 0`, `only in combination`, `not scored`."""
        if self.percent is not None:
            return fall_words(self.percent)
        if self.scored:
            return "no percent: pain before was 0"
        return "not attributable: only in combination" if self.combined else "not scored"


def response(name: str, effects: Sequence[Effect]) -> Response:
    """All runs of one agent, or all visits under one regimen."""
    scored = [one for one in effects if one.before is not None and one.after is not None]
    alone = [one for one in scored if one.alone]
    percents = [one.percent for one in alone if one.percent is not None]
    falls = [one.before - one.after for one in alone if one.before is not None and one.after is not None]
    return Response(
        name=name,
        times=len(effects),
        scored=len(alone),
        points=_mean(falls, TENTH),
        n=len(percents),
        percent=None if not percents else int(_mean(percents, WHOLE) or 0),
        combined=len(scored) - len(alone),
        unscored=len(effects) - len(scored),
    )


def ranked(found: Mapping[str, Sequence[Effect]]) -> list[Response]:
    """Best mean fall first, more runs before fewer; what has no mean comes last, by name."""
    listed = [response(name, effects) for name, effects in found.items()]
    return sorted(listed, key=lambda one: (one.percent is None, -(one.percent or 0), -one.n, one.name))


def _mean(numbers: Iterable[int], to: Decimal) -> Decimal | None:
    """Half up. None of nothing."""
    listed = list(numbers)
    if not listed:
        return None
    return (Decimal(sum(listed)) / len(listed)).quantize(to, rounding=ROUND_HALF_UP)
