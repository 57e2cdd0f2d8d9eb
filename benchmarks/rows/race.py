"""Many desks, one place left. Counted in rows, not in what anybody was told.

Rounds take turns between the three things that can be the last: a chair, a nurse's hands, a start.
Every round has a day of its own, one place, and as many patients as there are clients.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import connection, connections

from benchmarks.asking import LOST, WON, Ask, in_process, through_the_api
from benchmarks.bench import Bench, Plan
from benchmarks.figures import Figure, percentile
from benchmarks.seed import days
from benchmarks.seed.center import OPENS
from benchmarks.timing import clocked
from visits.models import Visit

ROW = "race"
ROUNDS_FULL, ROUNDS_QUICK = 200, 20
CLIENTS = (2, 20, 50)
CLIENTS_THROUGH_THE_WEB = 20
MINUTES = 60
LOSER_GOAL_MS = {2: 150, 20: 150, 50: 1000}  # p95 until a loser knows, by clients

PLANS: list[Plan] = [
    lambda rng, chairs: days.last_chair(chairs),
    lambda rng, chairs: days.last_nurse(chairs),
    lambda rng, chairs: days.last_start(chairs),
]
Told = tuple[str, float]  # what one client was told, and the milliseconds until then


@dataclass
class Tally:
    """What came of all rounds of one kind."""

    overbooked: int = 0
    all_refused: int = 0
    errors: list[str] = field(default_factory=list)
    losers_ms: list[float] = field(default_factory=list)

    def add(self, told: Sequence[Told], winners: int) -> None:
        """`winners`: rows that hold the one place now."""
        self.overbooked += winners > 1
        self.all_refused += winners < 1
        self.losers_ms += [milliseconds for word, milliseconds in told if word == LOST]
        self.errors += [word for word, _ in told if word not in (WON, LOST)]
        said = sum(word == WON for word, _ in told)
        self.errors += ["told otherwise than written"] * (said != winners)


def measure(bench: Bench) -> list[Figure]:
    before = _deadlocks()
    figures = []
    for clients in CLIENTS:
        figures += raced(bench, f"{clients} clients", [in_process(bench)] * clients)
    desks = [through_the_api(bench) for _ in range(CLIENTS_THROUGH_THE_WEB)]
    figures += raced(bench, f"{len(desks)} clients, web", desks)
    return [*figures, Figure(ROW, "deadlocks, as PostgreSQL counts them", _deadlocks() - before, "", 0)]


def raced(bench: Bench, who: str, desks: Sequence[Ask]) -> list[Figure]:
    """All rounds of one kind, and one before them that warms the connections: its times do not count."""
    rounds = bench.times(ROUNDS_FULL, ROUNDS_QUICK)
    starts = _last_places(bench, rounds + 1)
    before = [_holding(bench, start) for start in starts]
    told = _all_rounds(desks, starts, [bench.fresh_patients(len(desks)) for _ in starts])
    winners = [_holding(bench, start) - there for start, there in zip(starts, before, strict=True)]
    tally = Tally()
    for one, many in zip(told[1:], winners[1:], strict=True):
        tally.add(one, winners=many)
    for error in sorted(set(tally.errors)):
        print(f"race, {who}: {error}")
    slowest = percentile(tally.losers_ms, 95)
    return [
        Figure(ROW, f"{who}: over-booked rounds of {rounds}", tally.overbooked, "", 0),
        Figure(ROW, f"{who}: rounds in which all were refused", tally.all_refused, "", 0),
        Figure(ROW, f"{who}: errors", len(tally.errors), "", 0),
        Figure(ROW, f"{who}: until a loser knows, p95", slowest, "ms", LOSER_GOAL_MS[len(desks)]),
    ]


def _last_places(bench: Bench, rounds: int) -> list[datetime]:
    """Starts, one a day, for which one place is left, of each kind in turn."""
    shares = [len(range(kind, rounds, len(PLANS))) for kind in range(len(PLANS))]
    fresh = [day for plan, share in zip(PLANS, shares, strict=True) for day in bench.fresh_days(share, plan)]
    return [_last_place(bench, day) for day in fresh]


def _last_place(bench: Bench, day: date) -> datetime:
    return bench.center.site.moment(day, OPENS) + timedelta(minutes=days.LAST_PLACE)


def _all_rounds(
    desks: Sequence[Ask], starts: Sequence[datetime], patients: Sequence[Sequence[int]]
) -> list[list[Told]]:
    """In every round each desk waits for the others, and asks for its own patient. One thread a desk."""
    gate = threading.Barrier(len(desks))
    told: list[list[Told]] = [[] for _ in starts]

    def at_desk(place: int, ask: Ask) -> None:
        for start, whom, answers in zip(starts, patients, told, strict=True):
            gate.wait()
            answers.append(_answer(ask, whom[place], start))
        connections.close_all()

    threads = [threading.Thread(target=at_desk, args=pair) for pair in enumerate(desks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def _answer(ask: Ask, patient: int, start: datetime) -> Told:
    words: list[str] = []
    try:
        milliseconds = clocked(lambda: words.append(ask(patient, start, MINUTES)))
    except Exception as error:  # whatever else happens is what a race looks for
        return type(error).__name__, 0.0
    return words[0], milliseconds


def _holding(bench: Bench, start: datetime) -> int:
    """Visits that hold a place from this start on."""
    day = bench.center.site.day_of(start)
    visits = Visit.objects.on(site=bench.center.site, day=day).holding_a_chair()
    return visits.filter(planned__startswith=start).count()


def _deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]
