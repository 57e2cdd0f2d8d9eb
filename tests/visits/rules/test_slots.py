"""Free starts as arithmetic: chairs, nurses and starts are counted on every minute."""

import json
from pathlib import Path

import pytest

from visits.rules.slots import Floor, Stay, Why, Wish, feasible, spread, why_not

NINE, TEN, ELEVEN, NOON = 540, 600, 660, 720
OPEN, CLOSE = 480, 1020


def floor(*stays, chairs=2, nurses=((OPEN, CLOSE),), breaks=()):
    return Floor(OPEN, CLOSE, chairs, tuple(nurses), tuple(breaks), stays=tuple(stays))


def stay(start, minutes, load=3, turnover=15):
    return Stay(start, start + minutes, start + minutes + turnover, load)


def wish(earliest=NINE, minutes=60, load=3, latest_end=CLOSE):
    return Wish(earliest, latest_end, minutes, load)


def first(day, request, grid=5):
    return next(feasible(day, request, grid=grid), None)


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
    starts = list(feasible(floor(), wish(earliest=541), grid=5))
    assert starts[:3] == [545, 550, 555]
    assert starts == sorted(starts)


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


def cases():
    return json.loads((Path(__file__).parents[2] / "cases" / "day.json").read_text())


def test_ninety_six_known_days_seat_what_earliest_fit_seats_and_nobody_who_fits_is_refused():
    for case in cases():
        assert len(_seated(case)) == case["expect"]["earliest_fit"], case["id"]


def _seated(case):
    rules, stays, seated = case["rules"], [], []
    for booked in case["booked"]:
        stays.append(stay(booked["start"], booked["minutes"], booked["load"], rules["turnover_min"]))
    for call in case["calls"]:
        day = Floor(
            case["open"],
            case["close"],
            case["chairs"],
            tuple((nurse["from"], nurse["to"]) for nurse in case["nurses"]),
            tuple(tuple(away) for nurse in case["nurses"] for away in nurse["away"]),
            rules["nurse_load"],
            rules["start_occupies_nurse_min"],
            rules["turnover_min"],
            tuple(stays),
        )
        start = first(day, Wish(call["earliest"], call["latest_end"], call["minutes"], call["load"]), grid=15)
        if start is not None:
            seated.append((call["id"], start))
            stays.append(stay(start, call["minutes"], call["load"], rules["turnover_min"]))
    return seated
