"""The best starts of a day for somebody on the phone: chairs, nurses and their load, with why not sooner.

Through the API with a session, on days of 60 and 300 visits; and what PostgreSQL needs to hand over the day's
occupied times, which is what any program that reckons in memory must ask for.
"""

import json
from datetime import date

from django.urls import reverse

from benchmarks import limits
from benchmarks.bench import BUSY_DAY, VISITS_A_DAY, Bench
from benchmarks.figures import Figure, Timing, ratio
from benchmarks.timing import Work, interleaved
from benchmarks.web import Browser, expect

ROW = "offers"
GOAL, GROWTH_GOAL = (
    25,
    5.5,
)  # performance.md 4, row 1: times the fetch; five times the visits, at most so much
FULL, QUICK = 150, 30  # of each, a round
MINUTES, LOAD = 120, 3

FETCH = """
SELECT chair_id, lower(chair_time), upper(chair_time), load FROM visits_visit
WHERE site_id = {site} AND day = '{day}' AND status IN ('held', 'booked', 'arrived', 'in_chair');
"""


def measure(bench: Bench) -> list[Figure]:
    found = timings(bench)
    usual, busy = (found[f"offers of {size}"] for size in (VISITS_A_DAY, BUSY_DAY))
    fetch = found[f"fetch of {VISITS_A_DAY}"]
    return [
        Figure(ROW, f"{VISITS_A_DAY} visits: through the API, p50", usual.p50, "ms"),
        Figure(ROW, f"{VISITS_A_DAY} visits: through the API, p95", usual.p95, "ms"),
        Figure(ROW, f"{BUSY_DAY} visits: through the API, p50", busy.p50, "ms"),
        Figure(ROW, f"{VISITS_A_DAY} visits: fetching the day, p50", fetch.p50, "ms"),
        Figure(ROW, "through the API / fetching the day, p50", ratio(usual.p50, fetch.p50), "x", GOAL),
        Figure(ROW, f"{BUSY_DAY} / {VISITS_A_DAY} visits, p50", ratio(busy.p50, usual.p50), "x", GROWTH_GOAL),
    ]


def timings(bench: Bench) -> dict[str, Timing]:
    """By what and size: `offers of 60`, `fetch of 60`, and of 300."""
    browser, times = bench.web.browser(bench.center.desk), bench.times(FULL, QUICK)
    works: dict[str, Work] = {}
    for size, day in ((VISITS_A_DAY, bench.today), (BUSY_DAY, bench.busy_day)):
        works[f"offers of {size}"] = lambda day=day: [_asked(browser, day) for _ in range(times)]
        fetch = FETCH.format(site=bench.center.site.pk, day=day)
        works[f"fetch of {size}"] = lambda fetch=fetch: limits.pgbench(fetch, transactions=times * 5)
    return interleaved(**works)


def _asked(browser: Browser, day: date) -> float:
    wish = json.dumps({"day": str(day), "minutes": MINUTES, "load": LOAD})
    return expect(browser.send(reverse("api_availability"), wish), 200).milliseconds
