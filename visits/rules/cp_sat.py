"""Solves `retiming.Puzzle` with CP-SAT. Imported by the worker's task and by nothing else: it costs 80 MB."""

from collections.abc import Sequence

from ortools.sat.python import cp_model

from visits.rules.retiming import Found, Puzzle, Stop, Way
from visits.rules.slots import HORIZON, Change

A_CALL = 10_000  # telling one more patient outweighs any shift
A_MINUTE = 10  # of somebody's shift, against one minute of waiting for the new patient


def solve(puzzle: Puzzle, *, seconds: float) -> Found:
    """The way that moves fewest patients, then by the fewest minutes, then starts the new one earliest."""
    model = cp_model.CpModel()
    stops = [puzzle.new, *puzzle.movable]
    if any(not _starts(stop, puzzle.grid) for stop in stops):
        return Found(None)
    starts = {stop.key: _start(model, stop, puzzle.grid) for stop in stops}
    _keep_capacity(model, puzzle, stops, starts)
    _least_trouble(model, puzzle, starts)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 1
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Found(None, proved=status == cp_model.INFEASIBLE)
    new = {key: solver.value(start) for key, start in starts.items()}
    moves = {stop.key: new[stop.key] for stop in puzzle.movable if new[stop.key] != stop.promised}
    return Found(Way(new[puzzle.new.key], moves))


def _starts(stop: Stop, grid: int) -> list[int]:
    """Minutes of the grid, and the promised one, or the earliest of who has none."""
    own = stop.earliest if stop.promised is None else stop.promised
    if stop.latest < stop.earliest:
        return []
    return sorted({own, *(m for m in range(stop.earliest, stop.latest + 1) if m % grid == 0)})


def _start(model: cp_model.CpModel, stop: Stop, grid: int) -> cp_model.IntVar:
    return model.new_int_var_from_domain(cp_model.Domain.from_values(_starts(stop, grid)), str(stop.key))


def _keep_capacity(
    model: cp_model.CpModel, puzzle: Puzzle, stops: Sequence[Stop], starts: dict[int, cp_model.IntVar]
) -> None:
    """Chairs of each kind, nurses' load, and starts."""
    turnover, begin = puzzle.turnover, puzzle.start_minutes
    nurses = [(since, until, 1) for since, until in puzzle.nurses]
    nurses += [(since, until, -1) for since, until in puzzle.breaks]
    hands = [(since, until, many * puzzle.load_per_nurse) for since, until, many in nurses]

    def keep(offered: list[Change], taken: list[Change], wanted: Sequence[tuple[Stop, int, int]]) -> None:
        """`wanted`: (who, minutes, how much)."""
        now = [(s.promised, s.promised + long, much) for s, long, much in wanted if s.promised is not None]
        left = _left(offered, taken, now)
        most = max((much for *_, much in left), default=0)
        spans: list[tuple[cp_model.IntVar | int, int, int]]
        spans = [(starts[stop.key], long, much) for stop, long, much in wanted]
        spans += [(since, until - since, most - much) for since, until, much in left if much < most]
        intervals = [model.new_fixed_size_interval_var(start, long, "") for start, long, _ in spans]
        model.add_cumulative(intervals, [much for *_, much in spans], most)

    for kind in {stop.kind for stop in stops}:
        held = [(f.start, f.until + turnover, 1) for f in puzzle.fixed if f.kind == kind]
        wanted = [(stop, stop.minutes + turnover, 1) for stop in stops if stop.kind == kind]
        keep([(0, HORIZON, puzzle.chairs.get(kind, 0))], held, wanted)
    loaded = [(fixed.start, fixed.until, fixed.load) for fixed in puzzle.fixed]
    keep(hands, loaded, [(stop, stop.minutes, stop.load) for stop in stops])
    begun = [(fixed.start, fixed.start + begin, 1) for fixed in puzzle.fixed]
    keep(nurses, begun, [(stop, begin, 1) for stop in stops])


def _left(offered: list[Change], taken: list[Change], now: list[Change]) -> list[Change]:
    """What those who may move can have, by span of minutes: what is left of the offer, and never less than
    they have now, so that a day that is overbooked already does not become a puzzle without a way.
    """
    edges = sorted(
        {0, HORIZON, *(edge for since, until, _ in [*offered, *taken, *now] for edge in (since, until))}
    )
    spans = [(since, until) for since, until in zip(edges, edges[1:], strict=False) if until <= HORIZON]

    def total(changes: list[Change], minute: int) -> int:
        return sum(much for since, until, much in changes if since <= minute < until)

    return [
        (since, until, max(total(offered, since) - total(taken, since), total(now, since), 0))
        for since, until in spans
    ]


def _least_trouble(model: cp_model.CpModel, puzzle: Puzzle, starts: dict[int, cp_model.IntVar]) -> None:
    cost: list[cp_model.LinearExprT] = [starts[puzzle.new.key]]
    for stop in puzzle.movable:
        start, promised = starts[stop.key], stop.promised or 0
        shift = model.new_int_var(0, HORIZON, "")
        model.add_abs_equality(shift, start - promised)
        moved = model.new_bool_var("")
        model.add(start == promised).only_enforce_if(~moved)
        cost += [A_CALL * moved, A_MINUTE * shift]
    model.minimize(sum(cost))
