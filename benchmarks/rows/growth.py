"""Whether years slow the work down: board and booking with a month of history, and with three years.

The two are measured minutes apart, on a machine that may be busier at one time than at the other: the
least of many times is compared, which only the work itself can lengthen.
"""

from benchmarks.bench import HISTORY_DAYS, RECENT_DAYS, Bench
from benchmarks.figures import Figure, ratio
from benchmarks.rows import board, book, offers

ROW = "growth"
GOAL = 1.15  # times as long; performance.md's rule for history


class Growth:
    """Made while the history is short, asked when it is long."""

    def __init__(self, bench: Bench):
        self.bench = bench
        self.young = self._now()

    def measure(self) -> list[Figure]:
        old = self._now()
        history = f"{HISTORY_DAYS} / {RECENT_DAYS} days"
        grown = {what: ratio(old[what], self.young[what]) for what in old}
        return [Figure(ROW, f"{what}, {history}, least", times, "x", GOAL) for what, times in grown.items()]

    def _now(self) -> dict[str, float]:
        boards, bookings = board.timings(self.bench), book.timings(self.bench)
        starts = offers.timings(self.bench)
        works = {
            "offers on a day of 60 visits": starts["offers of 60"],
            "page of 60 visits": boards["page of 60"],
            "page of 300 visits": boards["page of 300"],
            "bare query of 60 visits": boards["bare of 60"],
            "book_visit()": bookings["service"],
            "through the API": bookings["api"],
        }
        return {what: timing.least for what, timing in works.items()}
