"""Free starts as arithmetic: chairs, nurses and starts are counted on every minute."""

import pytest

from visits.rules.slots import Floor, Stay, Why, Wish, offered, spread, why_not

NINE, TEN, ELEVEN, NOON = 540, 600, 660, 720
OPEN, CLOSE = 480, 1020


def floor(*stays, chairs=2, nurses=((OPEN, CLOSE),), breaks=()):
    return Floor(OPEN, CLOSE, chairs, tuple(nurses), tuple(breaks), stays=tuple(stays))


def stay(start, minutes, load=3, turnover=15):
    return Stay(start, start + minutes, start + minutes + turnover, load)


def wish(earliest=NINE, minutes=60, load=3, latest_end=CLOSE):
    return Wish(earliest, latest_end, minutes, load)


def first(day, request, grid=5):
    return next(offered(day, request, grid=grid), None)


@pytest.mark.parametrize(
    ("day", "request_", "expected", "because"),
    [
        (floor(), wish(), NINE, "an empty day takes the wished minute"),
        (floor(), wish(earliest=400), OPEN, "nobody starts before opening"),
        (floor(chairs=0), wish(), None, "no chair of that kind"),
        (floor(stay(NINE, 60), chairs=1), wish(), TEN + 15, "the chair is free after its turnover"),
        (floor(stay(NINE, 60)), wish(), NINE + 15, "one nurse starts one patient a quarter of an hour"),
        (floor(stay(NINE, 60), nurses=((OPEN, CLOSE),) * 2), wish(), NINE, "two nurses start two"),
        (floor(stay(OPEN, 120, load=12), chairs=9), wish(), TEN, "a load of 12 fills a nurse until it ends"),
        (floor(stay(OPEN, 120, load=8), chairs=9), wish(load=4), NINE, "8 and 4 are 12"),
        (floor(stay(OPEN, 120, load=9), chairs=9), wish(load=4), TEN, "9 and 4 are too much"),
        (
            floor(breaks=((599, 630),)),
            wish(),
            630,
            "an hour from nine would run a minute into the nurse's break",
        ),
        (floor(breaks=((605, 630),)), wish(minutes=65), NINE, "ending as the break begins is fine"),
        (floor(), wish(minutes=480), NINE, "ending at closing is fine, turnover may run past it"),
        (floor(), wish(minutes=481), None, "a minute past closing is not"),
        (floor(), wish(latest_end=TEN), NINE, "home by ten"),
        (floor(stay(NINE, 60)), wish(latest_end=TEN), None, "home by ten leaves no other start"),
        (floor(nurses=()), wish(), None, "nobody on shift"),
        (floor(nurses=((ELEVEN, CLOSE),)), wish(), ELEVEN, "from the first shift on"),
        (
            floor(nurses=((OPEN, ELEVEN), (ELEVEN, CLOSE))),
            wish(ELEVEN - 30),
            ELEVEN - 30,
            "hand-over carries the load",
        ),
    ],
)
def test_the_first_start(day, request_, expected, because):
    assert first(day, request_) == expected, because


def test_a_heavy_visit_is_not_started_into_a_lunch_break_of_half_the_nurses():
    day = floor(stay(OPEN, 300, load=6), chairs=9, nurses=((OPEN, CLOSE),) * 2, breaks=((690, 720),))
    assert first(day, wish(earliest=635, minutes=60, load=12)) == NOON


def test_starts_are_on_the_grid_and_in_order():
    starts = list(offered(floor(), wish(earliest=541), grid=5))
    assert starts[:3] == [545, 550, 555]
    assert starts == sorted(starts)


def test_between_the_grid_only_where_nothing_on_it_fits():
    assert list(offered(floor(), wish(earliest=541, latest_end=604), grid=5)) == [541]
    assert list(offered(floor(), wish(earliest=541, latest_end=605), grid=5)) == [545]


def test_a_minute_at_which_a_chair_falls_free_is_tried_when_the_first_of_its_run_cannot_be_seated():
    day, request = floor(), wish(earliest=541, latest_end=604)
    assert list(offered(day, request, grid=5, chair_ends=[543], seatable=lambda m: m >= 543)) == [543]


@pytest.mark.parametrize(
    ("starts", "expected"),
    [
        ([], []),
        ([600], [600]),
        ([600, 605, 610], [600, 605, 610]),
        ([600, 605, 630, 660, 700], [600, 630, 660]),
        ([600, 605, 610, 640], [600, 605, 640]),
    ],
)
def test_offers_are_apart_where_the_day_allows_and_the_earliest_is_always_among_them(starts, expected):
    assert spread(starts, limit=3, apart=30) == expected


@pytest.mark.parametrize(
    ("day", "request_", "expected"),
    [
        (floor(), wish(), []),
        (floor(stay(NINE, 60), chairs=1, nurses=((OPEN, CLOSE),) * 2), wish(), [Why("chairs", TEN + 15)]),
        (floor(stay(NINE + 30, 60), chairs=1), wish(), [Why("chairs_long", TEN + 45)]),
        (floor(stay(OPEN, 120, load=12), chairs=9), wish(), [Why("nurses", TEN)]),
        (floor(stay(NINE, 60), chairs=9), wish(), [Why("starts", NINE + 15)]),
        (floor(nurses=()), wish(), [Why("nobody", None)]),
        (floor(nurses=((TEN, CLOSE),)), wish(), [Why("nobody", TEN)]),
        (floor(), wish(minutes=600), [Why("closing", None)]),
        (floor(), wish(latest_end=NINE + 30), [Why("leaving", None)]),
        (floor(stay(OPEN, 540, load=12), chairs=1), wish(), [Why("chairs", None), Why("nurses", None)]),
    ],
)
def test_a_refusal_names_what_is_full_and_until_when(day, request_, expected):
    assert why_not(day, request_) == expected
