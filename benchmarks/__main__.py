"""python -m benchmarks [--quick] [--keep] [row ...]

Without rows, all of them. `--quick` repeats less often, on the same data. `--keep` leaves the database for a
look inside; the next run begins anew all the same. docs/benchmarks.md says what the rows mean.
"""

import argparse
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from importlib import import_module
from typing import Any

from benchmarks import ground, timing

ROWS = ["search", "offers", "book", "board", "screens", "compose", "charting", "race", "memory"]
GROWTH = "growth"  # measured twice: with a month of history, and with three years
INVENTED = ["seating", "levelling"]  # days without a database
EVERYTHING = [*ROWS, GROWTH, *INVENTED]


def main() -> None:
    asked = _arguments()
    rows = asked.rows or EVERYTHING
    with ExitStack() as running:
        seeded = set(rows) - set(INVENTED)
        if seeded:
            running.enter_context(ground.prepared(keep=asked.keep))
        run(rows, seeded=bool(seeded), quick=asked.quick, running=running)


def run(rows: Sequence[str], *, seeded: bool, quick: bool, running: ExitStack) -> None:
    """Fill the database if a row wants one, measure, tell. Only from here on may Django be imported."""
    before = timing.spin()
    measures = _in_database(rows, quick=quick, running=running) if seeded else {}
    figures = []
    for row in rows:
        print(f"Measuring {row} at {_calibrated(seeded=seeded)}", flush=True)
        figures += measures[row]() if row in measures else _module(f"rows.{row}").measure(quick=quick)
    spins = before, timing.spin()
    report = _module("report")
    print(*report.lines(figures), "", report.calibration(spins), sep="\n")
    kept = report.keep(figures, quick=quick, spins=spins, database=seeded)
    print(f"kept as benchmarks/results/{kept.name}")


def _calibrated(*, seeded: bool) -> str:
    """`spin 47 ms, exchange 0.06 ms`: a row whose exchange took twice that says little."""
    spin = f"spin {timing.spin():.0f} ms"
    return f"{spin}, exchange {timing.exchange(_module('limits').answer):.3f} ms" if seeded else spin


def _in_database(rows: Sequence[str], *, quick: bool, running: ExitStack) -> dict[str, Callable[[], Any]]:
    """What measures each row, once the data is there."""
    bench = _module("bench").Bench(quick=quick, running=running)
    print("Making 200,000 patients and a month of visits", flush=True)
    bench.seed()
    growth = _module("rows.growth").Growth(bench) if GROWTH in rows else None
    print("Making three years of visits", flush=True)
    bench.seed_history()
    measures = {row: partial(_module(f"rows.{row}").measure, bench) for row in rows if row in ROWS}
    return measures | ({GROWTH: growth.measure} if growth else {})


def _module(name: str) -> Any:
    """A module that needs Django set up."""
    return import_module(f"benchmarks.{name}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="How fast, how steady.")
    parser.add_argument(
        "rows", nargs="*", choices=[[], *EVERYTHING], metavar="row", help=", ".join(EVERYTHING)
    )
    parser.add_argument("--quick", action="store_true", help="repeat less often, on the same data")
    parser.add_argument("--keep", action="store_true", help="leave the database for a look inside")
    return parser.parse_args()


if __name__ == "__main__":
    main()
