"""How much of the rolling limits is used up, counted by the same code that judges an order.

A number here and a finding of the engine cannot disagree: both ask `Counted` over the same doses.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from regimens.rules.safety import drug_rows
from regimens.rules.safety.asking import Asking, Item
from regimens.rules.safety.book import Book, LimitRule, Rule
from regimens.rules.safety.case import Case, Line, Patient
from regimens.rules.safety.scope import Scope
from regimens.rules.safety.unknown import is_true

COUNTED = frozenset({"max_per_period", "course", "max_consecutive"})
INTERVALS = frozenset({"min_interval", "usual_interval", "schedule"})
DAY = Decimal(24)
IN_A_ROW = Decimal(0)
VISITS = "rescue visits"
UNITS = {"doses": "doses", "courses": "courses", "days_used": "days", "consecutive_days": "days"}


@dataclass(frozen=True)
class Used:
    """One limit before anything more is given. `hours`: its window, 0 for days in a row; `unit`: mg, doses,
    days, courses, visits. `drugs`: whose doses count together; empty: visits.
    """

    subject: str
    drugs: frozenset[str]
    unit: str
    hours: Decimal
    used: Decimal
    limit: Decimal

    @property
    def left(self) -> Decimal:
        return max(self.limit - self.used, Decimal(0))

    @property
    def is_used_up(self) -> bool:
        return self.used >= self.limit


@dataclass(frozen=True)
class Wait:
    """A drug that an interval keeps back: its last dose, and the moment from which it may be given again."""

    subject: str
    last_at: datetime
    free_at: datetime


def used_up(patient: Patient, book: Book, drugs: Iterable[str], *, at: datetime) -> list[Used]:
    """Every counting limit of these drugs, and of every rule that counts, the fullest first.

    Where a row and a rule count the same, the lower limit is the one that counts.
    """
    asking = Asking(_case(patient, at), book)
    found = [used for code in sorted(drugs) if code in book.drugs for used in _of_drug(asking, code)]
    found += [used for rule in book.rules for used in _of_rule(asking, rule)]
    kept: dict[tuple[frozenset[str], str, Decimal], Used] = {}
    for used in found:
        key = (used.drugs, used.unit, used.hours)
        if key not in kept or used.limit < kept[key].limit:
            kept[key] = used
    return sorted(kept.values(), key=lambda one: (-one.used / one.limit, one.subject, one.hours, one.unit))


def waits(patient: Patient, book: Book, *, at: datetime) -> list[Wait]:
    """What an interval of its drug's row still keeps back at `at`, the longest wait first."""
    asking = Asking(_case(patient, at), book)
    found: dict[str, Wait] = {}
    for code in {dose.drug for dose in patient.given}:
        for wait in _kept_back(asking, code):
            if code not in found or wait.free_at > found[code].free_at:
                found[code] = wait
    return sorted(found.values(), key=lambda wait: (wait.free_at, wait.subject), reverse=True)


def _case(patient: Patient, at: datetime) -> Case:
    """Nothing is ordered: what counts is what was given."""
    return Case("order", "rescue", at, patient, ())


def _item(asking: Asking, code: str) -> Item:
    """A line of nothing at this moment; it is not of the case, so it is not counted."""
    return Item(asking.book.drugs[code], Line(code, Decimal(0), "", asking.case.at, indication=""), False)


def _in_force(asking: Asking, code: str) -> Iterator[tuple[Item, LimitRule, Scope]]:
    """The drug's limits that bind this patient; one that rests on something unknown binds."""
    item = _item(asking, code)
    scope = asking.scope(item)
    for limit in item.drug.limits:
        binds = limit.when is None or limit.when(scope) is not False
        if binds and not (limit.unless and is_true(limit.unless(scope))):
            yield item, limit, scope


def _of_drug(asking: Asking, code: str) -> Iterator[Used]:
    for item, limit, scope in _in_force(asking, code):
        row, counted = limit.row, scope.counting()
        if row.kind not in COUNTED:
            continue
        drugs, subject, unit = frozenset({code}), item.drug.name, row.limit_unit.rpartition("_")[2]
        if row.limit_unit == "steroid_courses":
            drugs = frozenset(one.id for one in asking.book.drugs.values() if "corticosteroid" in one.tags)
            subject = "steroids"
        if row.limit_unit.startswith("days_of"):
            unit = "days"
        if row.kind == "max_consecutive":
            days = Decimal(_days_in_a_row(asking, item))
            yield Used(subject, drugs, "days", IN_A_ROW, days, row.limit)
        elif row.kind == "course":
            yield Used(subject, drugs, "courses", row.hours, Decimal(counted.courses(row.hours)), row.limit)
        else:
            number = Decimal(drug_rows.used_in_period(asking, item, limit, scope))
            yield Used(subject, drugs, unit, row.hours, number, drug_rows.most(limit, scope))


def _days_in_a_row(asking: Asking, item: Item) -> int:
    """Up to today, or up to yesterday where nothing was given today yet."""
    counted = asking.counted(item.line, [item.drug.id])
    today = counted.consecutive_days()
    if today:
        return today
    yesterday = Line(item.drug.id, Decimal(0), "", _end_of_yesterday(asking.case.at), indication="")
    return asking.counted(yesterday, [item.drug.id]).consecutive_days()


def _end_of_yesterday(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(microseconds=1)


def _kept_back(asking: Asking, code: str) -> Iterator[Wait]:
    for item, limit, scope in _in_force(asking, code):
        last = scope.counting().last
        if limit.row.kind not in INTERVALS or last is None or limit.row.limit_unit == "course":
            continue
        window = _interval(limit, len(scope.counting().before))
        free = _after(last.at, window, by_days=limit.row.window_unit == "days")
        if free > asking.case.at:
            yield Wait(item.drug.name, last.at, free)


def _interval(limit: LimitRule, number: int) -> Decimal:
    """The row's window, or the one of its schedule after so many doses."""
    steps = limit.row.intervals
    if limit.row.kind == "schedule" and steps:
        return steps[min(number, len(steps)) - 1]
    return limit.row.window


def _after(last: datetime, window: Decimal, *, by_days: bool) -> datetime:
    """Days are dates: free from midnight. Hours are elapsed."""
    if by_days:
        return (last + timedelta(days=float(window))).replace(hour=0, minute=0, second=0, microsecond=0)
    return (last.astimezone(UTC) + timedelta(hours=float(window))).astimezone(last.tzinfo)


# --- Limits that stand in rules -----------------------------------------------------------------------


def _of_rule(asking: Asking, rule: Rule) -> Iterator[Used]:
    if rule.row.relation != "frequency" or not rule.row.when:
        return
    for function, window, limit in thresholds(rule.row.when):
        if function == "rescue_visits" and rule.of_visit:
            used = Scope(asking.facts).call(function, (window,))
            yield Used(VISITS, frozenset(), "visits", window * 24, used, limit)
        elif function in _HOURS and not rule.of_visit:
            yield from _of_drugs(asking, rule, function, window, limit)


def _of_drugs(asking: Asking, rule: Rule, function: str, window: Decimal, limit: Decimal) -> Iterator[Used]:
    items = [_item(asking, code) for code in sorted(asking.book.drugs)]
    chosen = [item for item in items if asking.chooses(rule.row.left, item)]
    if not chosen:
        return
    drugs = frozenset(item.drug.id for item in chosen)
    if function == "consecutive_days":
        used = Decimal(_days_in_a_row(asking, chosen[0])) if len(chosen) == 1 else None
    else:
        used = asking.scope(chosen[0], drugs).call(function, (window,))
    if used is not None:
        unit = UNITS.get(function, chosen[0].drug.unit)
        yield Used(_subject(rule, chosen), drugs, unit, window * _HOURS[function], used, limit)


_HOURS = {  # the functions' windows, in hours
    "amount": Decimal(1),
    "doses": Decimal(1),
    "courses": Decimal(1),
    "days_used": DAY,
    "consecutive_days": IN_A_ROW,
}


def _subject(rule: Rule, chosen: list[Item]) -> str:
    if len(chosen) == 1:
        return chosen[0].drug.name
    tags = [str(one.wanted).replace("_", " ") for one in rule.row.left if one.key == "class_tag"]
    return {"corticosteroid": "steroids"}.get(tags[0], tags[0]) if tags else rule.row.title


def thresholds(when: str) -> list[tuple[str, Decimal, Decimal]]:
    """(function, window, limit) of a condition that only counts: `amount(168) > 6`, alone or joined by `or`.

    `rescue_visits(7) + 1 > 2` says the same of a number that leaves this one out. A condition that asks
    anything else besides is no plain limit, and gives none.
    """
    tree = ast.parse(when, mode="eval").body
    parts = tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.Or) else [tree]
    found = [_threshold(part) for part in parts]
    return [one for one in found if one] if all(found) else []


def _threshold(part: ast.expr) -> tuple[str, Decimal, Decimal] | None:
    if not isinstance(part, ast.Compare) or not isinstance(part.ops[0], ast.Gt) or len(part.ops) > 1:
        return None
    call, most = part.left, part.comparators[0]
    if isinstance(call, ast.BinOp) and isinstance(call.op, ast.Add):
        call = call.left
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        return None
    numbers = [one.value for one in [*call.args, most] if isinstance(one, ast.Constant)]
    if len(numbers) != len(call.args) + 1 or not all(isinstance(one, int | float) for one in numbers):
        return None
    window = Decimal(str(numbers[0])) if call.args else IN_A_ROW
    return call.func.id, window, Decimal(str(numbers[-1]))
