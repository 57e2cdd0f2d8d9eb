"""Conditions of the rule book: a small expression language with a closed list of names.

    qtc_ms > (440 if sex_at_birth == 'male' else 450)
    dose > 15 and age_years >= 18 and (age_years >= 65 or weight_kg < 50)
    amount(24) > 2

Comparisons, arithmetic, `and`, `or`, `not`, `in`, `... if ... else ...`, numbers, texts, the names and the
functions below, and the tags of the vocabulary (`pregnancy`, `liver_disease`): nothing else. The grammar is
Python's, read by its parser and never run by it. What is not known stays not known (see `unknown`).
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, auto
from typing import Any, Protocol

from infusion_center.errors import DomainError
from regimens.rules.safety.unknown import Unknown, both, either, names_in, negated


class Type(Enum):
    NUMBER = auto()
    TEXT = auto()
    TRUTH = auto()


class BadExpression(DomainError):
    """The condition cannot be read; the sentence says where."""


# name -> (type, what it says)
NAMES: dict[str, tuple[Type, str]] = {
    "age_years": (Type.NUMBER, "age on the day, whole years"),
    "weight_kg": (Type.NUMBER, "weight of the last 30 days"),
    "bmi": (Type.NUMBER, "kg per square metre"),
    "sex_at_birth": (Type.TEXT, "female or male"),
    "gestation_weeks": (Type.NUMBER, "whole weeks, while pregnant"),
    "qtc_ms": (Type.NUMBER, "of the newest ECG"),
    "crcl_ml_min": (Type.NUMBER, "creatinine clearance of the last 365 days"),
    "sbp": (Type.NUMBER, "systolic mmHg"),
    "dbp": (Type.NUMBER, "diastolic mmHg"),
    "hr": (Type.NUMBER, "per minute"),
    "spo2": (Type.NUMBER, "percent"),
    "iv_site": (Type.TEXT, "where the vein is"),
    "infusion_number": (Type.NUMBER, "of this series, this one included"),
    "moment": (Type.TEXT, "order, check_in or start"),
    "visit_type": (Type.TEXT, "rescue or scheduled"),
    "ecg_on_file": (Type.TRUTH, "there is an ECG, of whatever age"),
    "free_nurses": (Type.NUMBER, "nurses free for this patient alone; not known counts as none"),
    "acls_on_site": (Type.TRUTH, "not known counts as no"),
    "anesthesia_provider": (Type.TRUTH, "not known counts as no"),
    "drug": (Type.TEXT, "id of the drug that is ordered or started"),
    "dose": (Type.NUMBER, "in the drug's own unit, mg or mL"),
    "dose_per_kg": (Type.NUMBER, "dose by weight"),
    "method": (Type.TEXT, "iv_push, iv_infusion, im, sc or po"),
    "by_vein": (Type.TRUTH, "method is iv_push or iv_infusion"),
    "minutes": (Type.NUMBER, "running time"),
    "volume_ml": (Type.NUMBER, "of the bag or syringe"),
    "mg_per_ml": (Type.NUMBER, "dose by volume"),
    "indication": (Type.TEXT, "headache, prevention, nausea, side_effect, premedication, reaction, other"),
    "other": (Type.TEXT, "id of the other drug of a pair"),
    "other_dose": (Type.NUMBER, "its dose"),
    "cause": (Type.TEXT, "what on the right side matched: tag, group or drug"),
    "drug_count": (Type.NUMBER, "different drugs that a rule on several drugs counts"),
    "sedation_sum": (Type.NUMBER, "their sedation levels added up"),
    "later_partners": (Type.NUMBER, "orders of the right side after the one of the left"),
}

# function -> (types of its arguments, type of its answer, what it says)
FUNCTIONS: dict[str, tuple[tuple[str, ...], Type, str]] = {
    "known": (("name",), Type.TRUTH, "the named fact is known"),
    "ecg_within": (("hours",), Type.TRUTH, "an ECG with its QTc is younger than that"),
    "negative_hcg_within": (("hours",), Type.TRUTH, "a negative pregnancy test is younger than that"),
    "home": (("group",), Type.TRUTH, "a drug of the group is taken at home"),
    "taken_at_home": (("group", "hours"), Type.TRUTH, "one was taken within that time"),
    "amount_not_said": (("group", "hours"), Type.TRUTH, "one was, and nobody said how much (never true)"),
    "rescue_visits": (("days",), Type.NUMBER, "earlier rescue visits within that time"),
    "amount": (("hours",), Type.NUMBER, "mg or mL within that time, this dose included"),
    "doses": (("hours",), Type.NUMBER, "doses within that time, this one included"),
    "courses": (("hours",), Type.NUMBER, "courses within that time, this one included"),
    "days_used": (("days",), Type.NUMBER, "different days within that time, this one included"),
    "consecutive_days": ((), Type.NUMBER, "days in a row up to this one"),
    "days_since_last": ((), Type.NUMBER, "days since the dose before; very many where there is none"),
    "previous_doses": ((), Type.NUMBER, "doses before this one"),
    "last_amount": ((), Type.NUMBER, "of the dose before; 0 where there is none"),
    "local_anesthetic": (("hours",), Type.NUMBER, "mg within that time, nerve blocks included"),
    "contains": (("text",), Type.TRUTH, "the product in hand holds this"),
    "allergen": (("allergy_group",), Type.TRUTH, "the drug or the product in hand holds this"),
    "has_tag": (("class_tag",), Type.TRUTH, "the drug carries the tag"),
    "any_tag": (("class_tag",), Type.TRUTH, "one of the counted drugs carries the tag"),
}

# What only some rows can ask: a rule on the visit has no line, only a pair has another drug, and so on.
ON_A_LINE = frozenset(
    "drug dose dose_per_kg method by_vein minutes volume_ml mg_per_ml indication taken_at_home "
    "amount_not_said amount doses courses days_used consecutive_days days_since_last previous_doses "
    "last_amount local_anesthetic contains allergen has_tag".split()
)
ON_PARTNERS = frozenset({"cause", "other"})
ON_PAIRS = frozenset({"other_dose"})
ON_SEVERAL = frozenset({"drug_count", "sedation_sum", "later_partners", "any_tag"})

_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_RECKON: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
LONGEST = 500  # characters
DEEPEST = 40  # brackets, signs and sums inside one another: more is no condition a person wrote


class Scope(Protocol):
    """Where an expression finds its values. Both answer `Unknown` for what is not known."""

    def value(self, name: str) -> Any: ...
    def call(self, function: str, arguments: tuple[Any, ...]) -> Any: ...


Reckoning = Callable[[Scope], Any]


@dataclass(frozen=True)
class Vocabulary:
    """The ids an expression may name; `tags` are names by themselves. `senseless`: without meaning here."""

    tags: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    allergy_groups: frozenset[str] = frozenset()
    class_tags: frozenset[str] = frozenset()
    senseless: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Expression:
    """A condition that was read. Calling it reckons it: True, False or Unknown."""

    text: str
    uses: frozenset[str]  # names, tags and functions
    _reckon: Reckoning = field(repr=False, compare=False)

    def __call__(self, scope: Scope) -> Any:
        return self._reckon(scope)


def parse(text: str, vocabulary: Vocabulary) -> Expression:
    """The condition. Raises BadExpression with one sentence that says what and where."""
    if len(text) > LONGEST:
        raise BadExpression(f"A condition of more than {LONGEST} characters is refused.")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as no:
        place = f" at character {no.offset}" if isinstance(no, SyntaxError) and no.offset else ""
        raise BadExpression(f"This condition cannot be read{place}: {text!r}.") from no
    reader = _Reader(text, vocabulary)
    reckon, kind = reader.read(tree.body)
    if kind is not Type.TRUTH:
        raise BadExpression(f"A condition is yes or no; this one is a {kind.name.lower()}: {text!r}.")
    return Expression(text, frozenset(reader.uses), reckon)


class _Reader:
    """From the parser's tree to something that reckons; every node knows the type of its value."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.text, self.vocabulary = text, vocabulary
        self.uses: set[str] = set()
        self.depth = 0

    def read(self, node: ast.expr) -> tuple[Reckoning, Type]:
        reader = getattr(self, f"read_{type(node).__name__.lower()}", None)
        if reader is None:
            raise self._bad(node, f"{type(node).__name__} is not allowed")
        if self.depth == DEEPEST:
            raise self._bad(node, "too much inside one another")
        self.depth += 1
        found = reader(node)
        self.depth -= 1
        return found

    def read_constant(self, node: ast.Constant) -> tuple[Reckoning, Type]:
        if isinstance(node.value, bool):
            truth = node.value
            return lambda scope: truth, Type.TRUTH
        if isinstance(node.value, int | float) and math.isfinite(node.value):
            number = Decimal(str(node.value))
            return lambda scope: number, Type.NUMBER
        if isinstance(node.value, str):
            text = node.value
            return lambda scope: text, Type.TEXT
        raise self._bad(node, "only numbers and texts are allowed")

    def read_name(self, node: ast.Name) -> tuple[Reckoning, Type]:
        name = node.id
        if name in NAMES:
            kind = NAMES[name][0]
        elif name in self.vocabulary.tags:
            kind = Type.TRUTH
        else:
            raise self._bad(node, f"unknown name {name!r}")
        self._use(node, name)
        return lambda scope: scope.value(name), kind

    def read_boolop(self, node: ast.BoolOp) -> tuple[Reckoning, Type]:
        parts = [self._of_type(part, Type.TRUTH) for part in node.values]
        join = both if isinstance(node.op, ast.And) else either
        return lambda scope: join(part(scope) for part in parts), Type.TRUTH

    def read_unaryop(self, node: ast.UnaryOp) -> tuple[Reckoning, Type]:
        if isinstance(node.op, ast.Not):
            part = self._of_type(node.operand, Type.TRUTH)
            return lambda scope: negated(part(scope)), Type.TRUTH
        if isinstance(node.op, ast.USub):
            number = self._of_type(node.operand, Type.NUMBER)
            return lambda scope: _known(lambda value: -value, number(scope)), Type.NUMBER
        raise self._bad(node, "this sign is not allowed")

    def read_binop(self, node: ast.BinOp) -> tuple[Reckoning, Type]:
        if type(node.op) not in _RECKON:
            raise self._bad(node, "only + - * / reckon")
        left, right = (self._of_type(side, Type.NUMBER) for side in (node.left, node.right))
        reckon = _RECKON[type(node.op)]
        return lambda scope: _known(reckon, left(scope), right(scope)), Type.NUMBER

    def read_compare(self, node: ast.Compare) -> tuple[Reckoning, Type]:
        sides = [node.left, *node.comparators]
        pairs = [
            self._pair(op, before, after)
            for op, before, after in zip(node.ops, sides, sides[1:], strict=False)
        ]
        return lambda scope: both(pair(scope) for pair in pairs), Type.TRUTH

    def read_ifexp(self, node: ast.IfExp) -> tuple[Reckoning, Type]:
        test = self._of_type(node.test, Type.TRUTH)
        (yes, kind), (no, other) = self.read(node.body), self.read(node.orelse)
        if kind is not other:
            raise self._bad(node, "both answers of an if must be of one kind")
        return lambda scope: _chosen(test(scope), yes(scope), no(scope)), kind

    def read_call(self, node: ast.Call) -> tuple[Reckoning, Type]:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in FUNCTIONS:
            raise self._bad(node, f"unknown function {name or '(...)'!r}")
        wanted, kind, _ = FUNCTIONS[name]
        if node.keywords or len(node.args) != len(wanted):
            raise self._bad(node, f"{name} takes {len(wanted)} argument(s)")
        arguments = tuple(
            self._argument(name, want, given) for want, given in zip(wanted, node.args, strict=True)
        )
        self._use(node, name)
        return lambda scope: scope.call(name, arguments), kind

    def _use(self, node: ast.expr, name: str) -> None:
        if name in self.vocabulary.senseless:
            raise self._bad(node, f"{name} has no meaning in this row")
        self.uses.add(name)

    def _argument(self, function: str, want: str, node: ast.expr) -> Any:
        if want == "name":
            if not isinstance(node, ast.Name):
                raise self._bad(node, f"{function} takes the name of a fact")
            self.read_name(node)
            return node.id
        if not isinstance(node, ast.Constant) or isinstance(node.value, bool):
            raise self._bad(node, f"{function} takes a plain number or text")
        if want in ("hours", "days"):
            if not isinstance(node.value, int | float) or not 0 < node.value < math.inf:
                raise self._bad(node, f"{function} takes a number of {want} above 0")
            return Decimal(str(node.value))
        known = {
            "group": self.vocabulary.groups,
            "allergy_group": self.vocabulary.allergy_groups,
            "class_tag": self.vocabulary.class_tags,
        }.get(want)
        if not isinstance(node.value, str) or (known is not None and node.value not in known):
            raise self._bad(node, f"unknown {want.replace('_', ' ')} {node.value!r}")
        return node.value

    def _pair(self, op: ast.cmpop, before: ast.expr, after: ast.expr) -> Reckoning:
        left, kind = self.read(before)
        if isinstance(op, ast.In | ast.NotIn):
            members = self._members(after, kind)
            wanted = isinstance(op, ast.In)
            return lambda scope: _known(lambda value: (value in members) is wanted, left(scope))
        compare = _COMPARE.get(type(op))
        if compare is None:
            raise self._bad(before, "this comparison is not allowed")
        right, other = self.read(after)
        if kind is not other or (kind is Type.TRUTH) or (kind is Type.TEXT and not _is_equality(op)):
            raise self._bad(before, "these two cannot be compared")
        return lambda scope: _known(compare, left(scope), right(scope))

    def _members(self, node: ast.expr, kind: Type) -> frozenset[Any]:
        if not isinstance(node, ast.Tuple | ast.List) or kind is Type.TRUTH:
            raise self._bad(node, "`in` takes a list such as ('a', 'b')")
        read = [self.read(member) for member in node.elts]
        if any(member_kind is not kind for _, member_kind in read) or not all(
            isinstance(member, ast.Constant) for member in node.elts
        ):
            raise self._bad(node, "the list must hold plain values of one kind")
        return frozenset(reckon(_NOWHERE) for reckon, _ in read)

    def _of_type(self, node: ast.expr, kind: Type) -> Reckoning:
        reckon, found = self.read(node)
        if found is not kind:
            raise self._bad(node, f"a {kind.name.lower()} is expected")
        return reckon

    def _bad(self, node: ast.AST, what: str) -> BadExpression:
        at = getattr(node, "col_offset", 0) + 1
        return BadExpression(f"In the condition {self.text!r}, at character {at}: {what}.")


class _Nowhere:
    """For constants, which need no scope."""

    def value(self, name: str) -> Any:
        raise AssertionError(name)

    def call(self, function: str, arguments: tuple[Any, ...]) -> Any:
        raise AssertionError(function)


_NOWHERE = _Nowhere()


def _is_equality(op: ast.cmpop) -> bool:
    return isinstance(op, ast.Eq | ast.NotEq)


def _known(reckon: Callable[..., Any], *values: Any) -> Any:
    """The reckoning, or Unknown where one of the values is. Division by zero is not known either."""
    if any(isinstance(value, Unknown) for value in values):
        return Unknown(names_in(values))
    try:
        return reckon(*values)
    except ArithmeticError:
        return Unknown(frozenset())


def _chosen(test: Any, yes: Any, no: Any) -> Any:
    """Where the test is not known, both answers have to agree."""
    if isinstance(test, Unknown):
        agree = not isinstance(yes, Unknown) and not isinstance(no, Unknown) and yes == no
        return yes if agree else Unknown(names_in([test, yes, no]))
    return yes if test else no


def meaning_of(uses: frozenset[str], tags: Mapping[str, str]) -> dict[str, str]:
    """What each name of an expression says, for the page that explains it."""
    said = {name: NAMES[name][1] for name in uses if name in NAMES}
    said |= {name: FUNCTIONS[name][2] for name in uses if name in FUNCTIONS}
    return said | {name: tags[name] for name in uses if name in tags}
