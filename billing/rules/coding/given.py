"""From charted lines to services as given: sites settled, pieces joined. `billing.md` 1.4 steps 2 to 4."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, reduce

from .chart import INJECTIONS, ChartLine, Mode, Policy
from .minutes import LONGEST_PUSH, Span, instant, union, whole_minutes


@dataclass(frozen=True)
class Given:
    """One service: one or several charted lines that count as a single infusion, push or injection."""

    lines: tuple[ChartLine, ...]
    mode: Mode
    site: int = 0
    is_complex: bool = False

    @cached_property
    def drugs(self) -> frozenset[str]:
        return frozenset(line.drug for line in self.lines)

    @cached_property
    def start(self) -> datetime:
        return min(instant(line.start) for line in self.lines if line.start)

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        return spans_of(self.lines)

    @cached_property
    def minutes(self) -> int:
        return whole_minutes(self.spans)


def spans_of(lines: Iterable[ChartLine]) -> tuple[Span, ...]:
    """The running time of the lines; a line without a stop adds none."""
    return union(Span(instant(line.start), instant(line.stop)) for line in lines if line.start and line.stop)


def settle_sites(lines: Sequence[ChartLine]) -> tuple[dict[str, int], bool]:
    """Line id -> number of its IV site, and whether a second site lacked its documented need.

    A site counts beside the first only if its need is documented; lines without a site belong to the first
    (`billing.md` 1.2, 1.4 step 2).
    """
    by_vein = [line for line in lines if line.mode not in INJECTIONS]
    needed = {line.site for line in by_vein if line.site and line.site_necessary}
    plain = [line for line in by_vein if line.site not in needed]
    charted_first = [line for line in plain if line.site] or plain or by_vein
    first = min(charted_first, key=_began).site if charted_first else None
    in_order = dict.fromkeys(line.site for line in sorted(by_vein, key=_began))
    counted = (site for site in in_order if site in needed - {first})
    number = {site: n for n, site in enumerate(counted, start=1)}
    undocumented = any(line.site not in needed | {None, first} for line in by_vein)
    return {line.id: number.get(line.site or "", 0) for line in lines}, undocumented


def gather(
    lines: Sequence[ChartLine], *, site_of: dict[str, int], policy: Policy
) -> tuple[list[Given], bool]:
    """Services in order of their start, and whether the payer's `sum` policy made one of several infusions.

    One bag is one infusion; a paused or changed bag is one infusion of its running minutes; what ran
    15 minutes or less is a push (`billing.md` 1.3, 1.4 steps 3 and 4).
    """
    groups: list[Given] = []
    for line in sorted(lines, key=_began):
        groups = _join(groups, Given((line,), line.mode, site_of[line.id]), _continues(policy))
    apart = len(groups)
    if policy.repeat_infusion == "sum":
        groups = reduce(lambda done, group: _join(done, group, _repeats), groups, [])
    settled = [_settled(group, policy) for group in groups]
    return sorted(settled, key=lambda given: given.start), len(groups) < apart


def _join(groups: list[Given], piece: Given, same: Callable[[Given, Given], bool]) -> list[Given]:
    """Add the piece to every group it is the same service as; groups it links become one."""
    linked = [group for group in groups if same(group, piece)]
    whole = replace(piece, lines=tuple(line for group in [*linked, piece] for line in group.lines))
    return [group for group in groups if group not in linked] + [whole]


def _continues(policy: Policy) -> Callable[[Given, Given], bool]:
    """The same bag; or the same drug under the same order, or after no more than a bag change."""

    def same(group: Given, piece: Given) -> bool:
        if (group.mode, group.site) != (piece.mode, piece.site):
            return False
        new = piece.lines[0]
        return any(_same_bag(one, new) or _same_run(one, new, policy) for one in group.lines)

    return same


def _same_bag(one: ChartLine, other: ChartLine) -> bool:
    return one.mixture is not None and one.mixture == other.mixture


def _same_run(one: ChartLine, other: ChartLine, policy: Policy) -> bool:
    if one.mode is not Mode.INFUSION or one.drug != other.drug or not (one.stop and other.start):
        return False
    same_order = one.order is not None and one.order == other.order
    gap = instant(other.start) - instant(one.stop)
    return same_order or gap <= timedelta(minutes=policy.merge_gap_min)


def _repeats(group: Given, piece: Given) -> bool:
    both_infused = group.mode is piece.mode is Mode.INFUSION
    return both_infused and (group.site, group.drugs) == (piece.site, piece.drugs)


def _settled(group: Given, policy: Policy) -> Given:
    short = group.mode is Mode.INFUSION and group.minutes <= LONGEST_PUSH
    is_complex = bool(group.drugs & policy.complex_drugs)
    return replace(group, mode=Mode.PUSH if short else group.mode, is_complex=is_complex)


def _began(line: ChartLine) -> datetime:
    if line.start is None:
        raise ValueError("only lines with a start can be ordered")
    return instant(line.start)
