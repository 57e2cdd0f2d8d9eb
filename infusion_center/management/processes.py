"""The web server, the worker and beat as children of `manage.py up`: started, tended, stopped.

A child that ends by itself is started again, sooner the longer it had lived. Each child leads a session
of its own: Ctrl-C reaches only `up`, which then stops them in order. Where `up` itself is killed, the
kernel tells the children.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from infusion_center.embedded import kernel, lease

PATIENCE = 20  # seconds for a child to finish what it holds
LONGEST_WAIT = 30.0  # seconds between attempts to start a child that keeps ending
LIVED_WELL = 60.0  # seconds after which an end counts as the first one again


@dataclass
class Child:
    """One long-lived command. `log` receives everything it says."""

    name: str
    command: list[str]
    log: Path
    running: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = field(default=0)

    def start(self) -> None:
        lease.turn_over(self.log)
        with self.log.open("ab") as log, _undisturbed():
            self.running = subprocess.Popen(  # noqa: S603 - our own words, no shell
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_as_a_child,
            )
        self.started = time.monotonic()

    def has_ended(self) -> bool:
        return self.running is not None and self.running.poll() is not None

    def is_due(self) -> bool:
        """Time to start again: at once after a long life, ever later after short ones."""
        lived = time.monotonic() - self.started
        return lived > LIVED_WELL or lived > min(2.0**self.failures - 1, LONGEST_WAIT)

    def start_again(self) -> None:
        lived = time.monotonic() - self.started
        self.failures = 1 if lived > LIVED_WELL else self.failures + 1
        self.start()


class Children:
    """The children of one `up`, stopped on leaving the `with` block, whatever happened inside."""

    def __init__(self) -> None:
        self.all: list[Child] = []

    def __enter__(self) -> "Children":
        kernel.adopt_orphans()
        return self

    def __exit__(self, *_: object) -> None:
        running = [child.running for child in self.all if child.running and not child.has_ended()]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + PATIENCE
        for process in running:
            _end(process, deadline)

    def add(self, child: Child) -> Child:
        self.all.append(child)
        child.start()
        return child

    def tend(self) -> list[str]:
        """Start again whoever ended and is due; bury what they left. Returns their names."""
        fallen = [child for child in self.all if child.has_ended() and child.is_due()]
        kernel.bury_adopted({child.running.pid for child in self.all if child.running})
        for child in fallen:
            child.start_again()
        return [child.name for child in fallen]


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A Ctrl-C waits until the child has a name by which it can be stopped."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _as_a_child() -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, set())
    kernel.end_with_parent()


def _end(process: subprocess.Popen[bytes], deadline: float) -> None:
    try:
        process.wait(timeout=max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
