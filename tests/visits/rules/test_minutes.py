"""Minutes and volumes come from the events, never from the order."""

from decimal import Decimal

import pytest

from tests.clock import NINE, TEN, at
from visits.rules import minutes
from visits.rules.minutes import Event, MomentRefused


def test_minutes_run_from_first_to_last_drop():
    assert minutes.minutes_run([Event("start", NINE), Event("stop", at(9, 31))], until=TEN) == 31


def test_pauses_are_left_out():
    events = [
        Event("start", NINE),
        Event("pause", at(9, 10)),
        Event("resume", at(9, 25)),
        Event("stop", at(9, 45)),
    ]
    assert minutes.minutes_run(events, until=TEN) == 30


def test_seconds_are_dropped_once_at_the_end():
    half = NINE.replace(second=30)
    events = [
        Event("start", NINE),
        Event("pause", half),
        Event("resume", at(9, 1)),
        Event("stop", at(9, 1).replace(second=30)),
    ]
    assert minutes.minutes_run(events, until=TEN) == 1


def test_a_new_bag_and_a_new_rate_do_not_stop_the_clock():
    events = [
        Event("start", NINE),
        Event("bag", at(9, 20)),
        Event("rate", at(9, 25), Decimal(50)),
        Event("stop", at(9, 40)),
    ]
    assert minutes.minutes_run(events, until=TEN) == 40


def test_what_still_runs_counts_until_now_and_what_is_paused_does_not():
    assert minutes.minutes_run([Event("start", NINE)], until=at(9, 12)) == 12
    assert minutes.minutes_run([Event("start", NINE), Event("pause", at(9, 5))], until=at(9, 12)) == 5


def test_events_written_down_late_are_put_in_their_place():
    events = [Event("stop", at(9, 30)), Event("start", NINE)]
    assert minutes.minutes_run(events, until=TEN) == 30


def test_volume_follows_the_rates_through_a_pause():
    events = [
        Event("start", NINE, Decimal(100)),
        Event("rate", at(9, 30), Decimal(200)),
        Event("pause", at(9, 45)),
        Event("resume", at(10, 0)),
        Event("stop", at(10, 15)),
    ]
    assert minutes.volume_in(events, until=TEN) == Decimal("150.0")


def test_a_volume_without_a_charted_rate_is_not_guessed():
    assert minutes.volume_in([Event("start", NINE), Event("rate", at(9, 30), Decimal(50))], until=TEN) is None
    assert minutes.volume_in([], until=TEN) is None


@pytest.mark.parametrize(
    ("happened", "sentence"),
    [(at(9, 3), "future"), (at(8, 29), "before the patient was seated")],
)
def test_a_time_that_cannot_be_is_refused_at_its_field(happened, sentence):
    with pytest.raises(MomentRefused, match=sentence) as no:
        minutes.check_moment(
            happened, now=NINE, not_before=at(8, 30), before_what="the patient was seated", field="started_at"
        )
    assert no.value.field == "started_at"


def test_clocks_may_differ_by_two_minutes():
    minutes.check_moment(at(9, 2), now=NINE, not_before=NINE, before_what="that", field="started_at")


def test_an_entry_is_late_after_a_quarter_of_an_hour():
    assert not minutes.is_late(happened_at=NINE, recorded_at=at(9, 15))
    assert minutes.is_late(happened_at=NINE, recorded_at=at(9, 16))
