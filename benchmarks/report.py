"""What was found: on the screen, and as JSON in results/ (git-ignored)."""

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import groupby
from pathlib import Path

from benchmarks.figures import Figure

RESULTS = Path(__file__).parent / "results"
PACKAGES = [
    "Django",
    "djangorestframework",
    "psycopg2-binary",
    "granian",
    "celery",
    "django-pghistory",
    "ortools",
]


def lines(figures: Sequence[Figure]) -> Iterable[str]:
    """A block per row: what, how much, the goal and whether it was met."""
    for row, its in groupby(figures, key=lambda figure: figure.row):
        yield ""
        yield row
        yield from (line(figure) for figure in its)


def line(figure: Figure) -> str:
    goal, value = "", number(figure.value)
    for sign, limit in (("<=", figure.at_most), (">=", figure.at_least)):
        if limit is not None:
            goal = f"goal {sign} {number(limit)} {figure.unit}".rstrip() + f": {figure.verdict}"
    if figure.give_or_take is not None:
        value += f" ±{number(figure.give_or_take)}"
    return f"  {figure.what:<58}{value:>15} {figure.unit:<4}{goal}".rstrip()


def number(value: float) -> str:
    """Three digits are what a benchmark on a shared machine can mean; near one it takes three decimals."""
    if 0.5 <= value < 2 and value != int(value):
        return f"{value:.3f}"
    return f"{value:.0f}" if value == int(value) or value >= 100 else f"{value:.3g}"


def calibration(spins: tuple[float, float]) -> str:
    before, after = (number(spin) for spin in spins)
    return f"The same piece of pure Python took {before} ms before and {after} ms after."


def keep(figures: Sequence[Figure], *, quick: bool, spins: tuple[float, float], database: bool) -> Path:
    """Write the run down. Versions and kind of machine, no names or paths of it."""
    RESULTS.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    run = {
        "at": now.isoformat(timespec="seconds"),
        "quick": quick,
        "spin_ms": {"before": round(spins[0], 1), "after": round(spins[1], 1)},
        "machine": machine(),
        "versions": versions(database=database),
        "figures": [asdict(figure) | {"verdict": figure.verdict} for figure in figures],
    }
    file = RESULTS / f"{now:%Y-%m-%d-%H%M%S}.json"
    file.write_text(json.dumps(run, indent=1, ensure_ascii=False) + "\n")
    return file


def machine() -> dict[str, object]:
    return {"system": platform.system(), "processor": platform.machine(), "cores": os.cpu_count()}


def versions(*, database: bool) -> dict[str, str]:
    packages = {name: version(name) for name in PACKAGES}
    return {"Python": platform.python_version()} | (_server() if database else {}) | packages


def _server() -> dict[str, str]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return {"PostgreSQL": cursor.fetchone()[0].split()[0]}
