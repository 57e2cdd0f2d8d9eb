"""The web server as `make run` starts it, on a free port, and browsers that are signed in."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client

from infusion_center.accounts.models import User
from infusion_center.embedded import kernel
from infusion_center.management.commands.up import MEMORY

PATIENCE = 60  # seconds until the first answer
LENGTH = re.compile(rb"\r\nContent-Length: (\d+)", re.IGNORECASE)
LONGEST_REST = 20.0  # seconds; the server closes a connection that was idle for thirty
TOKEN = "a" * 32  # any will do, if the cookie and the header say the same
# As `manage.py up` and the Dockerfile start it.
AS_SERVED = {"ALLOWED_HOSTS": "127.0.0.1,localhost", "LOG_LEVEL": "INFO", **MEMORY}


class NoAnswer(Exception):
    """The web server does not answer, or not as a browser expects."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    milliseconds: float


def expect(answer: Answer, *statuses: int) -> Answer:
    """Raises NoAnswer for any other status: a refusal is quick, and must not count as work done."""
    if answer.status not in statuses:
        raise NoAnswer(f"Answered {answer.status}: {answer.body[:300].decode(errors='replace')}")
    return answer


@dataclass
class Browser:
    """One keep-alive connection of one signed-in person."""

    port: int
    cookies: str
    connection: socket.socket = field(init=False)
    used_at: float = 0.0

    def __post_init__(self) -> None:
        self.connection = _connected(self.port)

    def get(self, path: str, **headers: str) -> Answer:
        return self._ask("GET", path, None, headers)

    def post(self, path: str, form: dict[str, str], **headers: str) -> Answer:
        shape = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, urlencode(form), shape | headers)

    def send(self, path: str, json: str) -> Answer:
        return self._ask("POST", path, json, {"Content-Type": "application/json"})

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        """The clock runs until the last byte is here; taking the answer apart is not the server's work."""
        content = (body or "").encode()
        headers = {
            "Host": f"127.0.0.1:{self.port}",
            "Cookie": self.cookies,
            "X-CSRFToken": TOKEN,
            "Content-Length": str(len(content)),
            **headers,
        }
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        question = "\r\n".join([*lines, "", ""]).encode() + content
        self._begin_again_after_a_rest()
        start = time.perf_counter()
        self.connection.sendall(question)
        head, answer = self._answer()
        self.used_at = time.perf_counter()
        return Answer(int(head.split(maxsplit=2)[1]), answer, (self.used_at - start) * 1000)

    def _answer(self) -> tuple[bytes, bytes]:
        """Head and body of what comes back, whose length is told. Raises NoAnswer if the server hangs up."""
        come = b""
        while b"\r\n\r\n" not in come:
            come += self._more()
        head, _, body = come.partition(b"\r\n\r\n")
        told = LENGTH.search(head)
        while told and len(body) < int(told[1]):
            body += self._more()
        return head, body

    def _more(self) -> bytes:
        come = self.connection.recv(65536)
        if not come:
            raise NoAnswer("The server hung up.")
        return come

    def _begin_again_after_a_rest(self) -> None:
        """The server is about to hang up, or has: better connect anew than fall into the gap."""
        if time.perf_counter() - self.used_at > LONGEST_REST:
            self.connection.close()
            self.connection = _connected(self.port)


@dataclass(frozen=True)
class Web:
    """A running server."""

    port: int
    process: subprocess.Popen[bytes]

    def browser(self, user: User) -> Browser:
        return Browser(self.port, cookies_of(user))


def _connected(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def cookies_of(user: User) -> str:
    """The cookies of somebody who has signed in."""
    client = Client()
    client.force_login(user, backend="infusion_center.accounts.backends.StaffBackend")
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={TOKEN}"


@contextmanager
def serving() -> Iterator[Web]:
    """Inside, the server answers. It ends with us, however we end."""
    port = _free_port()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "infusion_center.serve", "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=os.environ | AS_SERVED,
            preexec_fn=kernel.end_with_parent,
        )
        try:
            _wait(port, process)
            yield Web(port, process)
        finally:
            process.terminate()
            process.wait()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            Browser(port, "").get("/healthz")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise NoAnswer("The web server did not start.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
