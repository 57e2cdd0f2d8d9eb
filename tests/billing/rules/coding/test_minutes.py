from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.coding import ChartLine, Mode
from billing.rules.coding.given import spans_of
from billing.rules.coding.minutes import Span, add_on_hours, together, union, whole_minutes, without

NINE = datetime(2026, 11, 20, 9)


def span(start: int, minutes: int) -> Span:
    return Span(NINE + timedelta(minutes=start), NINE + timedelta(minutes=start + minutes))


spans = st.lists(st.builds(span, st.integers(0, 300), st.integers(1, 200)), max_size=6)


@pytest.mark.parametrize(
    ("minutes", "hours"),
    [(16, 0), (90, 0), (91, 1), (150, 1), (151, 2), (210, 2), (211, 3), (540, 8), (0, 0)],
)
def test_a_further_hour_needs_more_than_thirty_minutes(minutes, hours):
    assert add_on_hours(minutes) == hours


@given(st.integers(0, 2000))
def test_a_longer_infusion_never_earns_fewer_hours(minutes):
    assert add_on_hours(minutes) <= add_on_hours(minutes + 1) <= add_on_hours(minutes) + 1


@given(spans, spans)
def test_time_alone_and_time_together_make_the_whole(some, others):
    assert whole_minutes(without(some, others)) + whole_minutes(together(some, others)) == whole_minutes(
        union(some)
    )


def test_seconds_are_dropped_once_for_all_pieces():
    half = timedelta(seconds=30)
    seven, eight = span(0, 7), span(60, 8)
    assert (
        whole_minutes([replace(seven, stop=seven.stop + half), replace(eight, stop=eight.stop + half)]) == 16
    )


def test_the_hour_the_clock_is_set_back_counts_twice():
    chicago = ZoneInfo("America/Chicago")
    start = datetime(2026, 11, 1, 0, 30, tzinfo=chicago)
    stop = datetime(2026, 11, 1, 2, 30, tzinfo=chicago)
    night = ChartLine("1", "magnesium", Mode.INFUSION, start, stop)
    assert whole_minutes(spans_of([night])) == 180
