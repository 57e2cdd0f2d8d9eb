from hypothesis import given
from hypothesis import strategies as st

from regimens.rules.chair_time import Run
from regimens.selectors.timeline import RIGHT, WIDE, timeline


def picture(*runs, setup=15, discharge=10, **facts):
    return timeline(
        [(f"drug {run.position}", run) for run in runs], setup=setup, discharge=discharge, **facts
    )


def test_a_step_begins_where_set_up_ends_and_its_observation_where_it_ends():
    shown = picture(Run(1, 60, observation=15))
    bar = shown.bars[0]
    assert shown.chair_minutes == 100
    assert (shown.setup[0], bar.x) == (WIDE.left, round(WIDE.left + shown.setup[1], 1))
    assert bar.watch_x == round(bar.x + bar.width, 1)
    assert bar.watch_width == round(bar.width / 4, 1)


def test_a_protocol_that_watches_longer_makes_the_picture_longer():
    assert picture(Run(1, 60), watched_at_least=62).chair_minutes == 87


def test_a_long_day_has_fewer_ticks_than_quarter_hours():
    minutes = [minute for _, minute in picture(Run(1, 210)).ticks]
    assert minutes == [0, 30, 60, 90, 120, 150, 180, 210]


@given(
    st.lists(st.tuples(st.integers(1, 240), st.integers(0, 240)), max_size=8),
    st.integers(0, 60),
    st.integers(0, 60),
)
def test_nothing_is_drawn_outside_the_picture(steps, setup, discharge):
    runs = [Run(n, minutes, watched) for n, (minutes, watched) in enumerate(steps, start=1)]
    shown = picture(*runs, setup=setup, discharge=discharge)
    for bar in shown.bars:
        assert bar.x >= WIDE.left and bar.watch_x + bar.watch_width <= WIDE.width - RIGHT + 0.2
    assert shown.discharge[0] + shown.discharge[1] <= WIDE.width - RIGHT + 0.2
