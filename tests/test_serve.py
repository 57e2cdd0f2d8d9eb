"""The web server by itself: its workers are replaced, end with it, and answer what they have begun."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import suppress

import pytest

from infusion_center.embedded import place
from tests.killed import children_of, until
from tests.test_up import free_port, is_alive

BODY = b"login=nobody&password=nothing"
BEGINNING = (
    b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(BODY)
)


class Served:
    """`python -m infusion_center.serve`, once it answers."""

    def __init__(self):
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "infusion_center.serve", "--port", str(self.port)],
            cwd=place.PROJECT,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "infusion_center.settings"},
            stderr=subprocess.DEVNULL,
        )
        until(lambda: self.answers() and len(self.workers) == 2)

    @property
    def workers(self):
        return children_of(self.process.pid)

    def answers(self):
        with suppress(OSError):
            return urllib.request.urlopen(f"http://localhost:{self.port}/healthz", timeout=10).status == 200
        return False


@pytest.fixture
def served():
    served = Served()
    yield served
    served.process.kill()
    served.process.wait()


def test_a_killed_worker_is_replaced_while_the_other_answers(served):
    first = served.workers
    os.kill(first[0], signal.SIGKILL)
    until(lambda: not is_alive(first[0]))  # what it had accepted goes with it
    assert served.answers()
    until(lambda: len(set(served.workers) - {first[0]}) == 2)
    assert all(served.answers() for _ in range(4))


def test_workers_end_with_a_killed_parent_and_leave_the_port(served):
    workers = served.workers
    served.process.kill()
    until(lambda: not any(map(is_alive, workers)))
    with socket.create_server(("127.0.0.1", served.port)):
        pass


def test_what_was_begun_is_answered_before_it_stops(served):
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as browser:
        browser.sendall(BEGINNING + BODY[:5])
        served.process.terminate()
        browser.sendall(BODY[5:])
        assert browser.recv(65536).startswith(b"HTTP/1.1 403")  # without a token it may say no more
    assert served.process.wait(timeout=20) == 0


def test_no_request_carries_what_must_be_kept_secret():
    secrets = {
        "SECRET_KEY": "s",
        "DATABASE_URL": "postgresql://nobody:s@nowhere/none",
        "REDIS_URL": "redis://s",
    }
    seen = "import os; from infusion_center import serve, wsgi; serve.forget_secrets(); print(*os.environ)"
    left = subprocess.run(
        [sys.executable, "-c", seen],
        cwd=place.PROJECT,
        env=os.environ | secrets,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert "PATH" in left
    assert not set(secrets) & set(left)
