"""The best starts of a day for somebody on the phone: chairs, nurses and their load, with why not sooner.

Through the API with a session, on days ahead with 60 and 300 visits. Beside it the raw statement that the
goal is so many times of (performance.md 4, row 1: the 60 visits of some day, from a bare table), and this
very day by its index, which is as little as a program that reckons in memory can ask for.
"""

import json
from datetime import date

from django.urls import reverse

from benchmarks import bare, limits
from benchmarks.bench import BUSY_DAY, VISITS_A_DAY, Bench
from benchmarks.figures import Figure, Timing, ratio
from benchmarks.seed import days
from benchmarks.timing import Work, interleaved
from benchmarks.web import Browser, NoAnswer, expect

ROW = "offers"
# performance.md 4, row 1: times the raw statement; five times the visits, at most so much
GOAL, GROWTH_GOAL = 25, 5.5
FULL, QUICK = 150, 30  # of each, a round
MINUTES, LOAD = 120, 3

RAW = r"""
\set day random(-14, -1)
SELECT chair, lower(during), upper(during) FROM bare.visit
WHERE status < 8 AND lower(during) >= date_trunc('day', now()) + :day * interval '1 day'
    AND lower(during) < date_trunc('day', now()) + (:day + 1) * interval '1 day';
"""
FETCH = """
SELECT chair_id, lower(chair_time), upper(chair_time), load FROM visits_visit
WHERE site_id = {site} AND day = '{day}' AND status IN ('held', 'booked', 'arrived', 'in_chair');
"""


def measure(bench: Bench) -> list[Figure]:
    found = timings(bench)
    usual, busy = (found[f"offers of {size}"] for size in (VISITS_A_DAY, BUSY_DAY))
    raw, fetch = found["raw"], found["fetch"]
    return [
        Figure(ROW, f"{VISITS_A_DAY} visits: through the API, p50", usual.p50, "ms"),
        Figure(ROW, f"{VISITS_A_DAY} visits: through the API, p95", usual.p95, "ms"),
        Figure(ROW, f"{BUSY_DAY} visits: through the API, p50", busy.p50, "ms"),
        Figure(ROW, "raw: a day of a bare table, p50", raw.p50, "ms"),
        Figure(ROW, "fetching this very day by its index, p50", fetch.p50, "ms"),
        Figure(ROW, "through the API / raw, p50", ratio(usual.p50, raw.p50), "x", GOAL),
        Figure(ROW, "through the API / fetching by the index, p50", ratio(usual.p50, fetch.p50), "x"),
        Figure(ROW, f"{BUSY_DAY} / {VISITS_A_DAY} visits, p50", ratio(busy.p50, usual.p50), "x", GROWTH_GOAL),
    ]


def timings(bench: Bench) -> dict[str, Timing]:
    """`offers of 60`, `offers of 300`, `raw`, and `fetch` of the 60."""
    bare.make_table()
    browser, times = bench.web.browser(bench.center.desk), bench.times(FULL, QUICK)
    usual, busy = (_day_ahead(bench, size) for size in (VISITS_A_DAY, BUSY_DAY))
    fetch = FETCH.format(site=bench.center.site.pk, day=usual)
    works: dict[str, Work] = {
        f"offers of {VISITS_A_DAY}": lambda: [_asked(browser, usual) for _ in range(times)],
        f"offers of {BUSY_DAY}": lambda: [_asked(browser, busy) for _ in range(times)],
        "raw": lambda: limits.pgbench(RAW, transactions=times * 5),
        "fetch": lambda: limits.pgbench(fetch, transactions=times * 5),
    }
    return interleaved(**works)


def _day_ahead(bench: Bench, visits: int) -> date:
    (day,) = bench.fresh_days(1, lambda rng, chairs: list(days.booked(rng, visits, chairs)))
    return day


def _asked(browser: Browser, day: date) -> float:
    wish = json.dumps({"day": str(day), "minutes": MINUTES, "load": LOAD})
    answer = expect(browser.send(reverse("api_availability"), wish), 200)
    if not json.loads(answer.body)["starts"]:
        raise NoAnswer(f"No start was found on {day}, which has two free hours.")
    return answer.milliseconds
