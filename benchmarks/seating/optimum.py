"""What hindsight could have seated, and whether a start was overlooked: CP-SAT, another way of reckoning.

Promises and times stand on quarter hours, so quarter hours are enough for the optimum: pushing every start
down to its quarter keeps a plan possible.
"""

from collections.abc import Iterable, Sequence
from math import ceil

from ortools.sat.python import cp_model

from benchmarks.seating.model import HEAVY, LONG, QUARTER, Call
from visits.rules.slots import Floor

SECONDS = 20
Covering = dict[int, list[tuple[int, cp_model.IntVar]]]  # by quarter: (how much, if this start is chosen)


class NotProved(Exception):
    """The optimum of a day was not found in time; a ratio to it would say nothing."""


def most_seated(floor: Floor, calls: Sequence[Call], like: Iterable[Call]) -> int:
    """The most callers for whom there is room, the booked ones staying where they are (OPT-fair).

    At least as many long and as many heavy visits as in `like`: a count is not won by turning long ones away.
    """
    model = cp_model.CpModel()
    chosen = {call: _starts(model, floor, call) for call in calls}
    for starts in chosen.values():
        model.add_at_most_one(starts.values())
    _within_capacity(model, floor, chosen)
    for costly in (_is_long, _is_heavy):
        least = sum(map(costly, like))
        model.add(sum(v for call in calls if costly(call) for v in chosen[call].values()) >= least)
    model.maximize(sum(v for starts in chosen.values() for v in starts.values()))
    solver = _solver()
    if solver.solve(model) != cp_model.OPTIMAL:
        raise NotProved
    return round(solver.objective_value)


def start_exists(floor: Floor, call: Call) -> bool:
    """Whether this caller could have started at some minute without anybody moving."""
    model = cp_model.CpModel()
    earliest = max(call.wish.earliest, ceil(call.called), floor.opens)
    latest = min(call.wish.latest_end, floor.closes) - call.minutes
    if earliest > latest:
        return False
    start = model.new_int_var(earliest, latest, "start")

    def lasting(minutes: int) -> cp_model.IntervalVar:
        return model.new_fixed_size_interval_var(start, minutes, "")

    def there(since: int, minutes: int) -> cp_model.IntervalVar:
        return model.new_fixed_size_interval_var(since, minutes, "")

    shifts, stays = len(floor.nurses), floor.stays
    away = [there(since, until - since) for since, until in floor.breaks]
    away += [there(0, since) for since, _ in floor.nurses] + [there(until, 2880) for _, until in floor.nurses]
    chairs = [there(stay.start, stay.chair_until - stay.start) for stay in stays]
    model.add_cumulative(
        [*chairs, lasting(call.minutes + floor.turnover)], [1] * (len(stays) + 1), floor.chairs
    )
    load = [there(stay.start, stay.until - stay.start) for stay in stays]
    model.add_cumulative(
        [*load, *away, lasting(call.minutes)],
        [stay.load for stay in stays] + [floor.load_per_nurse] * len(away) + [call.load],
        shifts * floor.load_per_nurse,
    )
    begun = [there(stay.start, floor.start_minutes) for stay in stays]
    model.add_cumulative(
        [*begun, *away, lasting(floor.start_minutes)], [1] * (len(begun) + len(away) + 1), shifts
    )
    return _solver().solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE)


def _starts(model: cp_model.CpModel, floor: Floor, call: Call) -> dict[int, cp_model.IntVar]:
    latest = min(call.wish.latest_end, floor.closes) - call.minutes
    return {start: model.new_bool_var("") for start in range(call.wish.earliest, latest + 1, QUARTER)}


def _within_capacity(
    model: cp_model.CpModel, floor: Floor, chosen: dict[Call, dict[int, cp_model.IntVar]]
) -> None:
    """On every quarter: chairs, load and starts that are left when the booked ones have theirs."""
    for quarter in range(floor.opens, floor.closes, QUARTER):
        chairs = floor.chairs
        nurses = _covering(quarter, floor.nurses) - _covering(quarter, floor.breaks)
        load, starts = nurses * floor.load_per_nurse, nurses
        for stay in floor.stays:
            chairs -= stay.start <= quarter < stay.chair_until
            load -= stay.load * (stay.start <= quarter < stay.until)
            starts -= stay.start == quarter
        there = [(call, start, variable) for call, many in chosen.items() for start, variable in many.items()]
        model.add(sum(v for c, s, v in there if s <= quarter < s + c.minutes + floor.turnover) <= chairs)
        model.add(sum(c.load * v for c, s, v in there if s <= quarter < s + c.minutes) <= load)
        model.add(sum(v for _, s, v in there if s == quarter) <= starts)


def _covering(minute: int, spans: Iterable[tuple[int, int]]) -> int:
    return sum(since <= minute < until for since, until in spans)


def _is_long(call: Call) -> bool:
    return call.minutes >= LONG


def _is_heavy(call: Call) -> bool:
    return call.load >= HEAVY


def _solver() -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = SECONDS
    solver.parameters.num_workers = 1
    solver.parameters.linearization_level = 2
    return solver
