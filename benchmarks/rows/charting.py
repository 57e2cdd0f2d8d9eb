"""One set of vitals written down, through the API and from the card; and a patient with a thousand visits.

Beside it what PostgreSQL needs to commit two narrow rows, which is what such an entry and its history are.
"""

import json
from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from benchmarks import limits
from benchmarks.bench import Bench
from benchmarks.figures import Figure, Timing, ratio
from benchmarks.seed.visits import regular
from benchmarks.timing import Work, interleaved
from benchmarks.web import Browser, expect
from infusion_center.shared import clock
from visits.models import Visit
from visits.states import Status

ROW = "charting"
GOAL, GROWTH_GOAL = 10, 1.15  # performance.md 4, row 5: times two rows committed; flat in the visit's rows
PAGE_GOAL_MS = 150  # as any page that is opened while a patient is waiting
FULL, QUICK = 100, 20  # of each, a round
OFTEN = 1_000  # visits of one patient
NUMBERS = {"systolic": 124, "diastolic": 78, "pulse": 72, "breaths": 14, "spo2": 98, "celsius": "36.8"}

NARROW = """
DROP SCHEMA IF EXISTS written CASCADE;
CREATE SCHEMA written;
CREATE TABLE written.vitals (id bigserial PRIMARY KEY, visit int, numbers int[], at timestamptz);
CREATE TABLE written.history (id bigserial PRIMARY KEY, vitals bigint, by int, at timestamptz);
"""
TWO_ROWS = """
BEGIN;
INSERT INTO written.vitals (visit, numbers, at) VALUES (1, '{124,78,72,14,98,368}', now());
INSERT INTO written.history (vitals, by, at) VALUES (1, 1, now());
END;
"""


def measure(bench: Bench) -> list[Figure]:
    visit, seen_before = _in_a_chair(bench), regular(bench.center, bench.today, OFTEN)
    fresh = _written(bench, visit)
    bare, opened, often = fresh["bare"], *_opened(bench, visit, seen_before)
    later = _written(bench, visit)
    return [
        *_both(f"vitals through the API, {bench.times(FULL, QUICK)} a round", fresh["api"]),
        *_both("vitals from the card, with the card that comes back", fresh["card"]),
        Figure(ROW, "two narrow rows committed, p50", bare.p50, "ms"),
        Figure(ROW, "through the API / two narrow rows, p50", ratio(fresh["api"].p50, bare.p50), "x", GOAL),
        Figure(
            ROW,
            f"through the API with {visit.vitals.count()} sets on the chart / before, least",
            ratio(later["api"].least, fresh["api"].least),
            "x",
            GROWTH_GOAL,
        ),
        *_both(f"the chart of a patient with {OFTEN} visits", often, PAGE_GOAL_MS),
        Figure(ROW, "the chart of somebody else, p50", opened.p50, "ms"),
        Figure(ROW, f"the chart, queries, {OFTEN} visits", _queries(bench, seen_before), ""),
        Figure(ROW, "the chart, queries, somebody else", _queries(bench, visit), ""),
    ]


def _both(what: str, timing: Timing, goal: float | None = None) -> list[Figure]:
    return [
        Figure(ROW, f"{what}, p50", timing.p50, "ms"),
        Figure(ROW, f"{what}, p95", timing.p95, "ms", goal),
    ]


def _in_a_chair(bench: Bench) -> Visit:
    """Somebody of today; in whose chair it may be before opening when the benchmarks run."""
    today = Visit.objects.on(site=bench.center.site, day=bench.today).filter(status=Status.IN_CHAIR)
    visit = today.select_related("patient").order_by("pk")[0]
    since = min(visit.seated_at or clock.now(), clock.now() - timedelta(hours=1))
    Visit.objects.filter(pk=visit.pk).update(arrived_at=since, seated_at=since)
    return visit


def _written(bench: Bench, visit: Visit) -> dict[str, Timing]:
    browser, times = bench.web.browser(bench.center.nurses[0]), bench.times(FULL, QUICK)
    with connection.cursor() as cursor:
        cursor.execute(NARROW)
    works: dict[str, Work] = {
        "api": lambda: [_sent(browser, visit) for _ in range(times)],
        "card": lambda: [_typed(browser, visit) for _ in range(times)],
        "bare": lambda: limits.pgbench(TWO_ROWS, transactions=times * 5),
    }
    return interleaved(**works)


def _sent(browser: Browser, visit: Visit) -> float:
    taken_at = clock.now() - timedelta(seconds=1)
    vitals = NUMBERS | {"patient": str(visit.patient.key), "taken_at": taken_at.isoformat()}
    path = reverse("api_visit_vitals", args=[visit.key])
    return expect(browser.send(path, json.dumps(vitals)), 201).milliseconds


def _typed(browser: Browser, visit: Visit) -> float:
    form = {name: str(number) for name, number in NUMBERS.items()} | {"patient": str(visit.patient.key)}
    path, target = reverse("visits:vitals", args=[visit.key]), {"HX-Target": f"card-{visit.key}"}
    return expect(browser.post(path, form, **{"HX-Request": "true"}, **target), 200).milliseconds


def _opened(bench: Bench, *visits: Visit) -> list[Timing]:
    browser, times = bench.web.browser(bench.center.nurses[0]), bench.times(FULL, QUICK)
    works: dict[str, Work] = {
        str(visit.pk): lambda visit=visit: [
            expect(browser.get(_chart(visit)), 200).milliseconds for _ in range(times)
        ]
        for visit in visits
    }
    return list(interleaved(**works).values())


def _chart(visit: Visit) -> str:
    return reverse("visits:chart", args=[visit.key])


def _queries(bench: Bench, visit: Visit) -> int:
    """The second time, when nothing is loaded for the first."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(bench.center.nurses[0], backend="infusion_center.accounts.backends.StaffBackend")
    client.get(_chart(visit))
    with CaptureQueriesContext(connection) as captured:
        client.get(_chart(visit))
    return len(captured)
