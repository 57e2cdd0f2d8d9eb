"""python -m benchmarks [--quick] [--keep] [row ...]

Without rows, all of them. `--quick` repeats less often, on the same data. `--keep` leaves the database for a
look inside; the next run begins anew all the same. docs/benchmarks.md says what the rows mean.
"""

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from importlib import import_module
from typing import Any

from benchmarks import ground, timing

ROWS = ["search", "offers", "book", "board", "compose", "race", "memory"]
GROWTH = "growth"  # measured twice: with a month of history, and with three years


def main() -> None:
    asked = _arguments()
    with ground.prepared(keep=asked.keep), ExitStack() as running:
        run(asked.rows or [*ROWS, GROWTH], quick=asked.quick, running=running)


def run(rows: Sequence[str], *, quick: bool, running: ExitStack) -> None:
    """Fill the database, measure, tell. Only from here on may Django be imported."""
    before = timing.spin()
    bench = _module("bench").Bench(quick=quick, running=running)
    print("Making 200,000 patients and a month of visits", flush=True)
    bench.seed()
    growth = _module("rows.growth").Growth(bench) if GROWTH in rows else None
    print("Making three years of visits", flush=True)
    bench.seed_history()
    figures = []
    for row in rows:
        print(f"Measuring {row} at spin {timing.spin():.0f} ms", flush=True)
        figures += growth.measure() if growth and row == GROWTH else _module(f"rows.{row}").measure(bench)
    spins = before, timing.spin()
    report = _module("report")
    print(*report.lines(figures), "", report.calibration(spins), sep="\n")
    print(f"kept as benchmarks/results/{report.keep(figures, quick=quick, spins=spins).name}")


def _module(name: str) -> Any:
    """A module that needs Django set up."""
    return import_module(f"benchmarks.{name}")


def _arguments() -> argparse.Namespace:
    everything = [*ROWS, GROWTH]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="How fast, how steady.")
    parser.add_argument(
        "rows", nargs="*", choices=[[], *everything], metavar="row", help=", ".join(everything)
    )
    parser.add_argument("--quick", action="store_true", help="repeat less often, on the same data")
    parser.add_argument("--keep", action="store_true", help="leave the database for a look inside")
    return parser.parse_args()


if __name__ == "__main__":
    main()
