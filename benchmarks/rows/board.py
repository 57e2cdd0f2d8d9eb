"""The Today board on a day of 60 visits and one of 300, three years of visits behind it.

The page as a browser gets it, the board alone as a refresh gets it, the answer when nothing has changed,
the same day as JSON, and the bare query for the day's visits with their patients.
"""

from datetime import date

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from benchmarks import limits
from benchmarks.bench import BUSY_DAY, VISITS_A_DAY, Bench
from benchmarks.figures import Figure, Timing, ratio
from benchmarks.timing import Work, interleaved
from benchmarks.web import Browser, expect
from infusion_center.shared import clock
from visits.selectors import board

ROW = "board"
FULL, QUICK = 100, 20  # of each, a round
SIZES = (VISITS_A_DAY, BUSY_DAY)
# performance.md 4, row 4, and the issue
RATIO_GOAL, PAGE_GOAL_MS, BUSY_PAGE_GOAL_MS, UNCHANGED_GOAL_MS = 25, 30, 100, 10
BOARD_QUERIES_GOAL, UNCHANGED_QUERIES_GOAL = 6, 1
USER = 1  # query of every request: session, person and sites

BARE = """
SELECT v.id, v.chair_id, v.planned, v.status, v.reason, p.given_name, p.family_name
FROM visits_visit v JOIN patients_patient p ON p.id = v.patient_id
WHERE v.site_id = {site} AND v.day = '{day}' ORDER BY v.planned;
"""


def measure(bench: Bench) -> list[Figure]:
    found = timings(bench)
    return [
        *(figure for size in SIZES for figure in _of_size(size, found)),
        Figure(ROW, "unchanged, p50", found["unchanged"].p50, "ms"),
        Figure(ROW, "unchanged, p95", found["unchanged"].p95, "ms", UNCHANGED_GOAL_MS),
        *_queries(bench),
    ]


def timings(bench: Bench) -> dict[str, Timing]:
    """By what and size: `page of 60`, `json of 300`, `bare of 60`; and `unchanged`."""
    browser = bench.web.browser(bench.center.desk)
    times = bench.times(FULL, QUICK)
    works: dict[str, Work] = {"unchanged": lambda: [_unchanged(bench, browser) for _ in range(times)]}
    for size in SIZES:
        day = _day(bench, size)
        for what, path in _paths(day).items():
            works[f"{what} of {size}"] = lambda path=path: _opened(browser, path, times)
        bare = BARE.format(site=bench.center.site.pk, day=day)
        works[f"bare of {size}"] = lambda bare=bare: limits.pgbench(bare, transactions=times * 5)
    return interleaved(**works)


def _of_size(size: int, found: dict[str, Timing]) -> list[Figure]:
    page, part, json, bare = (found[f"{what} of {size}"] for what in ("page", "part", "json", "bare"))
    busy = size == BUSY_DAY
    return [
        Figure(ROW, f"{size} visits: page, p50", page.p50, "ms", None if busy else PAGE_GOAL_MS),
        Figure(ROW, f"{size} visits: page, p95", page.p95, "ms", BUSY_PAGE_GOAL_MS),
        Figure(ROW, f"{size} visits: refreshed board, p50", part.p50, "ms"),
        Figure(ROW, f"{size} visits: refreshed board, p95", part.p95, "ms", BUSY_PAGE_GOAL_MS),
        Figure(ROW, f"{size} visits: JSON, p50", json.p50, "ms"),
        Figure(ROW, f"{size} visits: JSON, p95", json.p95, "ms"),
        Figure(ROW, f"{size} visits: bare query, p50", bare.p50, "ms"),
        Figure(ROW, f"{size} visits: page / bare query, p50", ratio(page.p50, bare.p50), "x"),
        Figure(ROW, f"{size} visits: JSON / bare query, p50", ratio(json.p50, bare.p50), "x", RATIO_GOAL),
    ]


def _paths(day: date) -> dict[str, str]:
    return {
        "page": f"{reverse('visits:today')}?day={day}",
        "part": f"{reverse('visits:board')}?day={day}",
        "json": f"{reverse('api_today')}?day={day}",
    }


def _day(bench: Bench, size: int) -> date:
    return bench.today if size == VISITS_A_DAY else bench.busy_day


def _opened(browser: Browser, path: str, times: int) -> list[float]:
    return [expect(browser.get(path), 200).milliseconds for _ in range(times)]


def _unchanged(bench: Bench, browser: Browser) -> float:
    path = f"{reverse('visits:board')}?v={_tag(bench)}"
    return expect(browser.get(path, **{"HX-Request": "true", "X-Refresh": "1"}), 204).milliseconds


def _tag(bench: Bench) -> str:
    """What a screen that is up to date would send."""
    return board.current_tag(site=bench.center.site, day=bench.today, at=clock.now())


def _queries(bench: Bench) -> list[Figure]:
    """Beside the one for the user."""
    unchanged = f"{reverse('visits:board')}?v={_tag(bench)}"
    counted = {f"part of {size}": _count(bench, _paths(_day(bench, size))["part"]) for size in SIZES}
    return [
        *(Figure(ROW, f"queries, {what}", many, "", BOARD_QUERIES_GOAL) for what, many in counted.items()),
        Figure(ROW, "queries, unchanged", _count(bench, unchanged), "", UNCHANGED_QUERIES_GOAL),
    ]


def _count(bench: Bench, path: str) -> int:
    """The second time: the first one notes in the session that somebody is there."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(bench.center.desk, backend="infusion_center.accounts.backends.StaffBackend")
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    return len(captured) - USER
