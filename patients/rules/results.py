"""What each test can say: its unit, the numbers nobody has, the ones to look at twice, the words of an
outcome.

Hard limits stop typing errors and wrong units; soft ones are shown. The soft limits are this product's
starting values for an adult, for the medical director to approve like every reference number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from infusion_center.errors import DomainError
from patients.states import Finding, ResultKind, ResultMethod

Span = tuple[Decimal, Decimal]


class ResultRefused(DomainError):
    """A result that cannot be: a slip of the key, the wrong unit, or a test that answers otherwise."""


@dataclass(frozen=True)
class Test:
    """`name` stands in sentences, `short` on a card. A test with a `unit` answers with a number, inclusive
    bounds; one without, with an outcome called by `words`. `by_day`: only its date is asked for.
    """

    name: str
    short: str
    methods: tuple[ResultMethod, ...]
    unit: str = ""
    hard: Span | None = None
    soft: Span | None = None
    words: Mapping[str, str] | None = None
    by_day: bool = False


_BLOOD = (ResultMethod.LAB_REPORT, ResultMethod.POINT_OF_CARE, ResultMethod.OUTSIDE)
_REPORT = (ResultMethod.LAB_REPORT, ResultMethod.OUTSIDE)
_PLAIN: Mapping[str, str] = {
    Finding.NEGATIVE: "negative",
    Finding.POSITIVE: "positive",
    Finding.INDETERMINATE: "indeterminate",
}


def _span(least: str, most: str) -> Span:
    return Decimal(least), Decimal(most)


def _number(name: str, short: str, unit: str, hard: Span, soft: Span) -> Test:
    return Test(name, short, _BLOOD, unit, hard, soft)


TESTS: Mapping[str, Test] = {
    ResultKind.HCG: Test(
        "Pregnancy test", "hCG", (ResultMethod.URINE, ResultMethod.SERUM, ResultMethod.OUTSIDE), words=_PLAIN
    ),
    ResultKind.ECG: Test(
        "QTc",
        "QTc",
        (ResultMethod.TWELVE_LEAD, ResultMethod.OUTSIDE),
        "ms",
        _span("200", "800"),
        _span("350", "449"),
    ),
    ResultKind.CREATININE: _number(
        "Creatinine", "Creatinine", "mg/dL", _span("0.1", "20"), _span("0.4", "1.3")
    ),
    ResultKind.CLEARANCE: _number("Clearance", "CrCl", "mL/min", _span("1", "400"), _span("60", "200")),
    ResultKind.ALT: _number("ALT", "ALT", "U/L", _span("1", "20000"), _span("1", "55")),
    ResultKind.AST: _number("AST", "AST", "U/L", _span("1", "20000"), _span("1", "48")),
    ResultKind.GLUCOSE: _number("Glucose", "Glucose", "mg/dL", _span("10", "1500"), _span("70", "200")),
    ResultKind.POTASSIUM: _number("Potassium", "Potassium", "mmol/L", _span("1.5", "9"), _span("3.5", "5.1")),
    ResultKind.MAGNESIUM: _number("Magnesium", "Mg", "mg/dL", _span("0.3", "15"), _span("1.7", "2.4")),
    ResultKind.HBV: Test(
        "Hepatitis B screen",
        "HBV",
        _REPORT,
        words={
            str(Finding.NEGATIVE): "no infection",
            Finding.POSITIVE: "surface antigen or core antibody found",
            Finding.INDETERMINATE: "indeterminate",
        },
        by_day=True,
    ),
    ResultKind.TB: Test("Tuberculosis screen", "TB", _REPORT, words=_PLAIN, by_day=True),
    ResultKind.JCV: Test("JC virus antibody", "JCV", _REPORT, words=_PLAIN, by_day=True),
    ResultKind.MRI: Test(
        "MRI of the head",
        "MRI",
        (ResultMethod.IMAGING_REPORT, ResultMethod.OUTSIDE),
        words={
            str(Finding.NEGATIVE): "read, no ARIA",
            Finding.POSITIVE: "read, ARIA seen",
            Finding.INDETERMINATE: "not read yet",
        },
        by_day=True,
    ),
}


def test_of(kind: str) -> Test:
    """Raises ResultRefused for a test we do not keep."""
    if kind not in TESTS:
        raise ResultRefused(f"We do not keep “{kind}” as a result.", field="kind")
    return TESTS[kind]


def check(*, kind: str, number: Decimal | None, outcome: str) -> None:
    """Raises ResultRefused at the field that cannot be so."""
    test = test_of(kind)
    if test.hard is None:
        if number is not None:
            raise ResultRefused(f"{test.name} has an outcome, not a number.", field="number")
        if outcome not in Finding.values:
            raise ResultRefused("Say how it came out.", field="outcome")
        return
    if outcome:
        raise ResultRefused(f"{test.name} is a number in {test.unit}.", field="outcome")
    _check_number(test, test.hard, number)


def _check_number(test: Test, hard: Span, number: Decimal | None) -> None:
    if number is None or not number.is_finite():
        raise ResultRefused(f"Enter the number, in {test.unit}.", field="number")
    least, most = hard
    if not least <= number <= most:
        raise ResultRefused(
            f"{test.name} {number.normalize():f} {test.unit} cannot be: it lies between {least} and {most}.",
            field="number",
        )


def warning(kind: str, number: Decimal | None) -> str:
    """`high` or `low` beyond the soft limits, else nothing."""
    soft = TESTS[kind].soft
    if number is None or soft is None or soft[0] <= number <= soft[1]:
        return ""
    return "high" if number > soft[1] else "low"


def said(kind: str, *, number: Decimal | None, outcome: str) -> str:
    """`412 ms`, `negative`, `read, no ARIA`."""
    test = TESTS[kind]
    if number is not None:
        return f"{number.normalize():f} {test.unit}"
    return (test.words or _PLAIN).get(outcome, outcome)


def as_number(written: float | str) -> Decimal:
    """A number that came through JSON."""
    return Decimal(str(written))
