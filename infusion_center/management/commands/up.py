"""Everything on one machine: servers, tables, reference data, demo day, web, worker and beat."""

import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from http import HTTPStatus
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from infusion_center.accounts.demo import DEMO_LOGINS
from infusion_center.embedded import lease, place, postgresql
from infusion_center.management.processes import Child, Children

PORT_PATIENCE = 15  # seconds: what a killed `up` left needs a moment to go
WEB_PATIENCE = 90  # seconds until the first answer, on a slow machine


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--bind", default="127.0.0.1", help="address to serve on")
        parser.add_argument("--no-demo", action="store_true", help="no demo day and no demo logins")

    def handle(self, *args: Any, port: int, bind: str, no_demo: bool, **options: Any) -> None:
        self.here = place.at(place.default_root())
        self.url = f"http://localhost:{port}"
        os.environ.setdefault("PUBLIC_URL", self.url)
        os.environ["DEMO"] = "off" if no_demo else "on"  # for the children
        for name, value in MEMORY.items():
            os.environ.setdefault(name, value)
        try:
            with _until_told_to_stop(), _only_one(self.here.root), ExitStack() as running:
                self._serve(running, port=port, bind=bind, demo=not no_demo)
        except place.CannotStart as no:
            raise CommandError(str(no)) from no
        except KeyboardInterrupt:
            self.stdout.write("Stopped. The data stays.")

    def _serve(self, running: ExitStack, *, port: int, bind: str, demo: bool) -> None:
        _wait_for_port(bind, port)
        if settings.EMBEDDED:
            self._say("Starting PostgreSQL and Redis")
            running.enter_context(lease.in_use(self.here))
        self._prepare_tables()
        children = running.enter_context(Children())
        web = children.add(self._child("web", *_web(bind, port)))
        self._load(demo)
        _wait_for_answer(bind, port, web)
        self._announce(demo)
        children.add(self._child("worker", *WORKER))
        children.add(self._child("beat", *BEAT, "--schedule", str(self._fresh_schedule())))
        self._tend(children)

    def _prepare_tables(self) -> None:
        executor = MigrationExecutor(connections["default"])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self._say("Making the tables")
            call_command("migrate", interactive=False, verbosity=0)
        if "Manifest" in settings.STORAGES["staticfiles"]["BACKEND"]:
            call_command("collectstatic", interactive=False, verbosity=0)

    def _load(self, demo: bool) -> None:
        self._say("Loading the reference data")
        call_command("load_reference", stdout=StringIO())
        if demo:
            self._say("Making the demo day")
            call_command("seed_demo", stdout=StringIO())
        connections.close_all()

    def _tend(self, children: Children) -> None:
        """Until Ctrl-C. Whatever dies meanwhile, a child or a server, is started again."""
        while True:
            for name in children.tend():
                self._say(f"{name} had ended and was started again; see {self._log(name)}")
            if settings.EMBEDDED and lease.revive(self.here):
                self._say("PostgreSQL or Redis had ended and was started again")
            time.sleep(1)

    def _child(self, name: str, *command: str) -> Child:
        return Child(name, [sys.executable, "-m", *command], self._log(name))

    def _log(self, name: str) -> Path:
        return self.here.root / f"{name}.log"

    def _fresh_schedule(self) -> Path:
        """When beat last rang is worth nothing after a stop, and a killed beat may leave it broken."""
        for old in self.here.root.glob("beat-schedule*"):
            old.unlink()
        return self.here.root / "beat-schedule"

    def _announce(self, demo: bool) -> None:
        lines = [f"Ready: {self.url}"]
        if demo:
            lines += ["", f"{'sign in as':<14}{'password':<30}who"]
            lines += [f"{name:<14}{password:<30}{role}" for name, password, role in DEMO_LOGINS]
        lines += ["", f"Logs are in {self.here.root}. Ctrl-C stops everything; the data stays."]
        self.stdout.write("\n" + "\n".join(lines) + "\n")
        self.stdout.flush()

    def _say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()


# How glibc deals with it in what we start: two heaps for all threads of a process, not one each; and large
# pieces, such as the 16 MB in which scrypt checks a password, are given back.
MEMORY = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "1048576"}
WORKER = (
    *("celery", "--app", "infusion_center", "worker", "--concurrency", "2"),
    *("--loglevel", "warning", "--without-gossip", "--without-mingle"),
)
BEAT = ("celery", "--app", "infusion_center", "beat", "--loglevel", "warning", "--pidfile", "")


def _web(bind: str, port: int) -> tuple[str, ...]:
    return "infusion_center.serve", "--bind", bind, "--port", str(port)


@contextmanager
def _until_told_to_stop() -> Iterator[None]:
    """SIGTERM and a closed terminal count as Ctrl-C; once we are stopping, none of them hurries us."""

    def stop(*_: object) -> None:
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, signal.SIG_IGN)
        raise KeyboardInterrupt

    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, stop)
    yield


@contextmanager
def _only_one(root: Path) -> Iterator[None]:
    """Two would ring every bell twice."""
    with (root / "up.lock").open("w") as lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise CommandError("It is running already, from this directory. Stop that one first.") from None
        yield


def _wait_for_port(bind: str, port: int) -> None:
    deadline = time.monotonic() + PORT_PATIENCE
    while _is_taken(bind, port):
        if time.monotonic() > deadline:
            raise CommandError(
                f"Port {port} is taken by another program. Stop it, or choose another: "
                f"make run PORT={port + 1}"
            )
        time.sleep(0.3)


def _is_taken(bind: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError:
            return True
    return False


def _wait_for_answer(bind: str, port: int, web: Child) -> None:
    """Until pages are served. Whether all is well, /healthz says to those who watch it."""
    deadline = time.monotonic() + WEB_PATIENCE
    while not _answers(f"http://{bind}:{port}/healthz"):
        if web.has_ended() or time.monotonic() > deadline:
            raise CommandError(f"The web server does not answer.\n{postgresql.tail(web.log)}")
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own http address
    except urllib.error.HTTPError as no:
        return no.code != HTTPStatus.INTERNAL_SERVER_ERROR  # "not all well yet" is an answer, a crash is none
    except OSError:
        return False
    return True
