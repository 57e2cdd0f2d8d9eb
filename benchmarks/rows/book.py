"""Booking one visit on a day that is half booked: the service, the API, and a bare guarded insert.

The bare insert is what PostgreSQL needs to keep the promise and nothing else: a narrow table of the same
visits, one exclusion constraint on chair and time; no lock, no nurses, no history.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from benchmarks import bare, limits
from benchmarks.asking import WON, Ask, in_process, through_the_api
from benchmarks.bench import Bench
from benchmarks.figures import Figure, Timing, ratio
from benchmarks.seed import days
from benchmarks.seed.center import CHAIRS, OPENS
from benchmarks.timing import ROUNDS, clocked, interleaved
from benchmarks.web import NoAnswer

ROW = "book"
GOAL = 20  # times the bare insert
DAYS_FULL, DAYS_QUICK = 6, 2  # of twelve bookings each, a round
INSERTS_FULL, INSERTS_QUICK = 2000, 300
MINUTES = 90

# An hour on a chair on some day in the next 270 years: now and then one that is taken, which is refused.
INSERT = r"""
\set day random(1000, 100000)
\set chair random(1, 12)
\set hour random(8, 16)
INSERT INTO bare.visit (chair, patient, during) VALUES (:chair, 1, tstzrange(
    date_trunc('day', now()) + :day * interval '1 day' + :hour * interval '1 hour',
    date_trunc('day', now()) + :day * interval '1 day' + (:hour + 1) * interval '1 hour'
)) ON CONFLICT DO NOTHING;
"""


def measure(bench: Bench) -> list[Figure]:
    found = timings(bench)
    service, api, insert = found["service"], found["api"], found["bare"]
    return [
        Figure(ROW, "book_visit() in process, p50", service.p50, "ms"),
        Figure(ROW, "book_visit() in process, p95", service.p95, "ms"),
        Figure(ROW, "through the API, p50", api.p50, "ms"),
        Figure(ROW, "through the API, p95", api.p95, "ms"),
        Figure(ROW, "bare guarded insert, p50", insert.p50, "ms"),
        Figure(ROW, "book_visit() / bare insert, p50", ratio(service.p50, insert.p50), "x"),
        Figure(ROW, "through the API / bare insert, p50", ratio(api.p50, insert.p50), "x", GOAL),
    ]


def timings(bench: Bench) -> dict[str, Timing]:
    """Service, API and bare insert, in turn."""
    bare.make_table()
    each_round = bench.times(DAYS_FULL, DAYS_QUICK)
    free = _free_places(bench, 2 * (ROUNDS + 1) * each_round)
    inserts = bench.times(INSERTS_FULL, INSERTS_QUICK)
    here, there = in_process(bench), through_the_api(bench)
    return interleaved(
        service=lambda: _book(bench, here, free, each_round * CHAIRS),
        api=lambda: _book(bench, there, free, each_round * CHAIRS),
        bare=lambda: limits.pgbench(INSERT, transactions=inserts),
    )


def _book(bench: Bench, ask: Ask, free: Iterator[datetime], how_many: int) -> list[float]:
    return [_booked(ask, patient, next(free)) for patient in bench.fresh_patients(how_many)]


def _booked(ask: Ask, patient: int, start: datetime) -> float:
    """Milliseconds. Raises NoAnswer if it was refused: the place was free."""
    words: list[str] = []
    milliseconds = clocked(lambda: words.append(ask(patient, start, MINUTES)))
    if words != [WON]:
        raise NoAnswer(f"A free place was not booked: {words[0]}")
    return milliseconds


def _free_places(bench: Bench, how_many_days: int) -> Iterator[datetime]:
    """Twelve starts on every one of these days, to be taken in this order."""
    for day in bench.fresh_days(how_many_days, lambda rng, chairs: list(days.half_booked(rng, chairs))):
        opening = bench.center.site.moment(day, OPENS)
        yield from (opening + timedelta(minutes=start) for start in days.free_starts(CHAIRS))
