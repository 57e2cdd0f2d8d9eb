"""Plain sentences from what was charted, and one text that reads back as it was written."""

from datetime import datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as some

from tests.clock import CHICAGO, FRIDAY
from visits.rules.narrative import (
    Did,
    Drug,
    Section,
    as_text,
    drug,
    fingerprint,
    sections_of,
    typed,
    vitals,
    wall,
)


def local(hour, minute=0, *, day=20):
    return datetime(2026, 11, day, hour, minute, tzinfo=CHICAGO)


def test_a_drug_that_was_not_given_says_why():
    told = Drug("ketorolac", "30 mg", "IV push", "Held", reason="Pressure too high.")
    assert drug(told, day=FRIDAY) == "Ketorolac 30 mg, IV push: held (Pressure too high)."


def test_a_part_of_a_dose_says_how_much_went_in_and_what_was_wasted():
    events = [Did("start", local(9), "Nora"), Did("stop", local(9, 20), "Noah")]
    told = Drug(
        *("magnesium", "2000 mg", "IV infusion", "Partly given", events),
        minutes=20,
        went_in="1500 mg",
        reason="Too hot",
        lots=["L1"],
        wasted=["500 mg of lot L1"],
        before=8,
        after=None,
        effect="not scored",
    )
    assert drug(told, day=FRIDAY) == (
        "Magnesium 2000 mg, IV infusion: started 09:00 (Nora); stopped 09:20 (Noah). Ran 20 min. "
        "Partly given: 1500 mg (Too hot). From lot L1. Wasted: 500 mg of lot L1. "
        "Pain 8 before, – after: not scored."
    )


def test_what_runs_still_has_no_end_and_no_minutes_before_the_first():
    told = Drug("magnesium", "2 g", "IV infusion", "Running", [Did("start", local(9), "Nora")])
    assert drug(told, day=FRIDAY) == "Magnesium 2 g, IV infusion: started 09:00 (Nora). Running."


def test_past_midnight_a_time_says_its_day():
    assert wall(local(23, 59), FRIDAY) == "23:59"
    assert wall(local(0, 10, day=21), FRIDAY) == "Sat 21 Nov 00:10"


def test_vitals_say_what_was_measured_and_nothing_else():
    assert vitals(local(9), {"pulse": 72}, day=FRIDAY) == "09:00: pulse 72."
    numbers = {"systolic": 128, "diastolic": None, "spo2": 98, "celsius": Decimal("37.0")}
    assert vitals(local(9), numbers, day=FRIDAY) == "09:00: 128/– mmHg, SpO2 98 %, 37.0 °C."


def test_a_section_with_nothing_to_say_is_left_out():
    assert as_text([Section("Given", ["Nothing."]), Section("Pain", [])]) == "## Given\nNothing."


@given(some.lists(some.text(max_size=200), min_size=1, max_size=4))
def test_whatever_is_typed_reads_back_line_by_line(paragraphs):
    written = [typed(f"Part {n}", paragraph) for n, paragraph in enumerate(paragraphs)]
    text = as_text(written)
    assert sections_of(text) == [section for section in written if section.sentences]
    assert fingerprint(text) == fingerprint(as_text(sections_of(text)))
