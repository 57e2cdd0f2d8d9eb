"""Whether years slow the work down: board and booking with a month of history, and with three years."""

from benchmarks.bench import HISTORY_DAYS, RECENT_DAYS, VISITS_A_DAY, Bench
from benchmarks.figures import Figure, ratio
from benchmarks.rows import board, book

ROW = "growth"
GOAL = 1.15  # times as long; performance.md's rule for history


class Growth:
    """Made while the history is short, asked when it is long."""

    def __init__(self, bench: Bench):
        self.bench = bench
        self.young = self._now()

    def measure(self) -> list[Figure]:
        old = self._now()
        days, visits = f"{HISTORY_DAYS} / {RECENT_DAYS} days of history", VISITS_A_DAY
        return [
            Figure(ROW, f"{what}, {days}, p50", ratio(old[what], self.young[what]), "x", GOAL) for what in old
        ]

    def _now(self) -> dict[str, float]:
        boards, books = board.timings(self.bench), book.timings(self.bench)
        timings = {
            "board page of 60": boards["page of 60"],
            "book_visit()": books["service"],
        }
        return {what: timing.p50 for what, timing in timings.items()}
