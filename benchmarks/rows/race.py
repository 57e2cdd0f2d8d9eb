"""Many desks, one place left. Counted in rows, not in what anybody was told.

Rounds take turns between the three things that can be the last: a chair, a nurse's hands, a start.
Every round has a day of its own, one place, and as many patients as there are clients.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import connection, connections
from django.urls import reverse

from benchmarks.bench import Bench, Plan
from benchmarks.figures import Figure, percentile
from benchmarks.seed import days
from benchmarks.seed.center import OPENS
from benchmarks.timing import clocked
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from patients.models import Patient
from visits.models import Visit
from visits.services import booking

ROW = "race"
ROUNDS_FULL, ROUNDS_QUICK = 200, 20
CLIENTS = (2, 20, 50)
CLIENTS_THROUGH_THE_WEB = 20
MINUTES, LOAD = 60, 3
LOSER_GOAL_MS = {2: 150, 20: 150, 50: 1000}  # p95 until a loser knows

WON, LOST = "won", "lost"
PLANS: list[Plan] = [
    lambda rng, chairs: days.last_chair(chairs),
    lambda rng, chairs: days.last_nurse(chairs),
    lambda rng, chairs: days.last_start(chairs),
]

Try = Callable[[int, datetime], str]  # a patient and a start in; WON, LOST, or what went wrong


@dataclass
class Tally:
    """What came of all rounds of one kind."""

    overbooked: int = 0
    nobody: int = 0
    errors: list[str] = field(default_factory=list)
    losers_ms: list[float] = field(default_factory=list)

    def add(self, told: Sequence[tuple[str, float]], winners: int) -> None:
        """`told`: each client's answer and when it came. `winners`: rows that hold the place now."""
        self.overbooked += winners > 1
        self.nobody += winners < 1
        self.losers_ms += [milliseconds for word, milliseconds in told if word == LOST]
        self.errors += [word for word, _ in told if word not in (WON, LOST)]


def measure(bench: Bench) -> list[Figure]:
    figures = []
    deadlocks = _deadlocks()
    for clients in CLIENTS:
        figures += _raced(bench, f"{clients} clients", clients, [_in_process(bench)] * clients)
    browsers = [_through_the_web(bench) for _ in range(CLIENTS_THROUGH_THE_WEB)]
    figures += _raced(bench, f"{len(browsers)} clients through the web", len(browsers), browsers)
    return [*figures, Figure(ROW, "deadlocks, as PostgreSQL counts them", _deadlocks() - deadlocks, "", 0)]


def _raced(bench: Bench, who: str, clients: int, tries: Sequence[Try]) -> list[Figure]:
    rounds = bench.times(ROUNDS_FULL, ROUNDS_QUICK)
    tally = Tally()
    for day in _last_places(bench, rounds):
        start = bench.center.site.moment(day, OPENS) + timedelta(minutes=days.LAST_PLACE)
        before = _holding(bench, start)
        told = _all_at_once(tries, bench.fresh_patients(clients), start)
        tally.add(told, winners=_holding(bench, start) - before)
    for error in sorted(set(tally.errors)):
        print(f"race, {who}: {error}")
    return [
        Figure(ROW, f"{who}: over-booked rounds of {rounds}", tally.overbooked, "", 0),
        Figure(ROW, f"{who}: rounds in which all were refused", tally.nobody, "", 0),
        Figure(ROW, f"{who}: errors and answers of 500 and up", len(tally.errors), "", 0),
        Figure(ROW, f"{who}: a loser's answer, p95", percentile(tally.losers_ms, 95), "ms", LOSER_GOAL_MS[clients]),
    ]


def _last_places(bench: Bench, rounds: int) -> list[date]:
    """One day a round, with one place left, of each kind in turn."""
    shares = [len(range(kind, rounds, len(PLANS))) for kind in range(len(PLANS))]
    return [day for plan, share in zip(PLANS, shares, strict=True) for day in bench.fresh_days(share, plan)]


def _all_at_once(tries: Sequence[Try], patients: Sequence[int], start: datetime) -> list[tuple[str, float]]:
    """Released together; each answer with the milliseconds until it came."""
    gate = threading.Barrier(len(tries))
    told: list[tuple[str, float]] = []

    def one(attempt: Try, patient: int) -> None:
        connection.ensure_connection()
        gate.wait()
        words: list[str] = []
        milliseconds = clocked(lambda: words.append(attempt(patient, start)))
        told.append((words[0], milliseconds))
        connections.close_all()

    threads = [threading.Thread(target=one, args=pair) for pair in zip(tries, patients, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def _in_process(bench: Bench) -> Try:
    """Through the service, on a connection of the thread's own."""

    def attempt(patient: int, start: datetime) -> str:
        try:
            booking.book_visit(
                site=bench.center.site,
                patient=Patient.objects.get(pk=patient),
                starts_at=start,
                minutes=MINUTES,
                load=LOAD,
                by=bench.center.desk,
                at=clock.now(),
            )
        except DomainError:
            return LOST
        except Exception as error:  # whatever else happens is what we are looking for
            return type(error).__name__
        return WON

    return attempt


def _holding(bench: Bench, start: datetime) -> int:
    """Visits that hold a place from this start on."""
    day = bench.center.site.day_of(start)
    visits = Visit.objects.on(site=bench.center.site, day=day).holding_a_chair()
    return visits.filter(planned__startswith=start).count()


def _deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]
