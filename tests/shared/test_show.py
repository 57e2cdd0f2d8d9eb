"""How things are shown."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from infusion_center.templatetags import show

CHICAGO = SimpleNamespace(zone="America/Chicago")


def test_times_are_the_sites():
    at = datetime(2026, 11, 20, 15, 5, tzinfo=UTC)
    assert show.clock_time(at, CHICAGO) == "09:05"
    assert show.day_time(at, CHICAGO) == "Fri 20 Nov 2026 09:05 CST"
    assert show.clock_time(None, CHICAGO) == "–"


@pytest.mark.parametrize(
    ("amount", "unit", "said"),
    [("0.500", "mg", "0.5 mg"), ("1000.000", "mL", "1000 mL"), ("918", "mg", "918 mg")],
)
def test_doses_have_no_trailing_zeros(amount, unit, said):
    assert show.dose(Decimal(amount), unit) == said


@pytest.mark.parametrize(("count", "said"), [(45, "45 min"), (60, "1 h 00"), (125, "2 h 05"), (None, "–")])
def test_minutes(count, said):
    assert show.minutes(count) == said


@pytest.mark.parametrize(
    ("born", "said"),
    [(date(1980, 8, 31), "46 y"), (date(2025, 12, 1), "11 mo"), (date(2024, 11, 21), "23 mo")],
)
def test_ages(born, said):
    assert show.age(born, date(2026, 11, 20)) == said


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (0, "today"),
        (1, "1 day"),
        (30, "30 days"),
        (59, "59 days"),
        (60, "2 months"),
        (729, "24 months"),
        (2252, "6 years"),
    ],
)
def test_how_long_ago(days, said):
    assert show.long_ago(days) == said


def test_languages_have_names():
    assert show.language("es") == "Spanish"
    assert show.language("xq") == "xq"
