"""Hydration: second to drugs, paid only for time it ran alone. `billing.md` 1.2, 1.3, 1.4 steps 5 and 10."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from .chart import ChartLine, Policy
from .given import spans_of
from .minutes import LONGEST_UNPAID_HYDRATION, Span, add_on_hours, whole_minutes, without
from .sheet import Sheet

INITIAL = "96360"
HOUR = "96361"


def code_hydration(
    lines: Sequence[ChartLine], *, infusing: Sequence[Span], only_service: bool, policy: Policy, sheet: Sheet
) -> None:
    """All hydration of the visit is one service; `infusing` is when a drug infusion ran, at any site.

    As the only IV service it has an initial code; beside drugs only the further-hour code, set apart by 59.
    """
    alone = [line for line in _needed(lines, sheet) if _ran_alone(line, infusing, sheet)]
    minutes = _net_minutes(alone, infusing, policy)
    if minutes <= LONGEST_UNPAID_HYDRATION:
        sheet.drop(alone, "hydration_30_or_less")
    elif only_service:
        sheet.bill(INITIAL, 1, alone)
        sheet.bill(HOUR, add_on_hours(minutes), alone)
    else:
        sheet.bill(HOUR, 1 + add_on_hours(minutes), alone, ("59",))


def _needed(lines: Iterable[ChartLine], sheet: Sheet) -> list[ChartLine]:
    sheet.drop((line for line in lines if not line.necessity), "hydration_no_necessity")
    return [line for line in lines if line.necessity]


def _ran_alone(line: ChartLine, infusing: Sequence[Span], sheet: Sheet) -> bool:
    own = spans_of([line])
    if own and not without(own, infusing):
        sheet.drop([line], "hydration_concurrent")
        return False
    return True


def _net_minutes(lines: Sequence[ChartLine], infusing: Sequence[Span], policy: Policy) -> int:
    """Cumulative policy: all pieces between drugs; continuous: the longest (a bag change does not end it)."""
    pieces = without(spans_of(lines), infusing)
    if policy.hydration_sum == "cumulative":
        return whole_minutes(pieces)
    return max((whole_minutes(stretch) for stretch in _stretches(pieces, infusing, policy)), default=0)


def _stretches(pieces: Iterable[Span], infusing: Sequence[Span], policy: Policy) -> list[list[Span]]:
    stretches: list[list[Span]] = []
    for piece in pieces:
        pause = Span(stretches[-1][-1].stop, piece.start) if stretches else None
        if pause and _is_bag_change(pause, infusing, policy):
            stretches[-1].append(piece)
        else:
            stretches.append([piece])
    return stretches


def _is_bag_change(pause: Span, infusing: Sequence[Span], policy: Policy) -> bool:
    short = pause.stop - pause.start <= timedelta(minutes=policy.merge_gap_min)
    return short and without([pause], infusing) == (pause,)
