"""`make run` as its user meets it: ready, tended, stopped without a trace; and the files that deploy it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from shutil import rmtree

import pytest
import yaml

from infusion_center.embedded import lease, place, postgresql, redis_server
from infusion_center.management.processes import Child, Children
from tests.killed import until, what_was_answered_is_there_once

PROJECT = place.PROJECT


@pytest.fixture
def sleeper(tmp_path):
    return Child("sleeper", ["sleep", "300"], tmp_path / "sleeper.log")


def is_alive(pid):
    """It is until its last thread is gone: so long its sockets stay open, even if the first is a zombie."""
    return any(map(_is_running, Path("/proc", str(pid), "task").glob("*/stat")))


def _is_running(thread):
    with suppress(OSError):
        return thread.read_text().split(")")[1].split()[0] not in "ZX"
    return False


def test_a_child_that_ends_is_started_again(sleeper):
    with Children() as children:
        children.add(sleeper)
        first = sleeper.running.pid
        os.kill(first, signal.SIGKILL)
        until(lambda: children.tend() == ["sleeper"])
        assert sleeper.running.pid != first
        assert is_alive(sleeper.running.pid)


def test_a_child_that_keeps_ending_is_given_time(tmp_path):
    with Children() as children:
        hasty = children.add(Child("hasty", ["false"], tmp_path / "log"))
        until(lambda: children.tend() == ["hasty"])
        until(hasty.has_ended)
        assert children.tend() == []


def test_leaving_stops_the_children_even_those_that_will_not(sleeper, tmp_path, monkeypatch):
    monkeypatch.setattr("infusion_center.management.processes.PATIENCE", 0.5)
    deaf = Child("deaf", ["sh", "-c", "trap '' TERM; echo deaf; sleep 300"], tmp_path / "deaf.log")
    with Children() as children:
        children.add(sleeper)
        children.add(deaf)
        until(lambda: "deaf" in deaf.log.read_text())
    assert not is_alive(sleeper.running.pid)
    assert not is_alive(deaf.running.pid)


def test_children_do_not_outlive_a_killed_supervisor(tmp_path):
    program = (
        "import time, pathlib\n"
        "from infusion_center.management.processes import Child, Children\n"
        "with Children() as all:\n"
        f"    child = all.add(Child('c', ['sleep', '300'], pathlib.Path({str(tmp_path / 'log')!r})))\n"
        "    print(child.running.pid, flush=True)\n"
        "    time.sleep(300)\n"
    )
    supervisor = subprocess.Popen([sys.executable, "-c", program], cwd=PROJECT, stdout=subprocess.PIPE)
    child = int(supervisor.stdout.readline())
    supervisor.kill()
    supervisor.wait()
    supervisor.stdout.close()
    until(lambda: not is_alive(child))


class Up:
    """One `manage.py up` in a place of its own."""

    def __init__(self, root, port):
        self.port = port
        self.began = time.monotonic()
        unset = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "UPLOAD_DIR", "MAIL_DIR", "LOG_LEVEL"}
        settings = {"EMBEDDED_DIR": str(root), "DJANGO_SETTINGS_MODULE": "infusion_center.settings"}
        self.said = root.parent / "said.txt"
        with self.said.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", "--port", str(port)],
                cwd=PROJECT,
                env={name: value for name, value in os.environ.items() if name not in unset} | settings,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )

    def ready(self):
        """Seconds from the command to the address on the screen."""
        until(lambda: "Ready:" in self.said.read_text() or self.process.poll() is not None, seconds=400)
        assert "Ready:" in self.said.read_text(), self.said.read_text()
        return time.monotonic() - self.began

    def child(self, word):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        named = (pid for pid in children if word in Path(f"/proc/{pid}/cmdline").read_text().split("\0"))
        return next(map(int, named), None)

    def answers(self):
        with suppress(OSError):
            return urllib.request.urlopen(f"http://localhost:{self.port}/healthz", timeout=10).status == 200
        return False

    def stop(self, how=signal.SIGINT):
        self.process.send_signal(how)
        assert self.process.wait(timeout=60) in (0, -signal.SIGKILL), self.said.read_text()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def processes_of(root):
    """Everything that still works for this instance: its servers, and whoever has its directory in a word."""
    here = place.at(root)
    named = {
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/environ")
        if path.parent.name != str(os.getpid()) and str(root).encode() in _bytes(path)
    }
    redis_up = {"redis"} if redis_server.is_up(here) else set()
    return postgresql.processes(here) | redis_up | named


def _bytes(path):
    with suppress(OSError):
        return path.read_bytes()
    return b""


@pytest.fixture
def up(tmp_path):
    """Call it to start one; whatever the test left running is gone afterwards."""
    root, port, started = tmp_path / ".embedded", free_port(), []

    def start():
        started.append(Up(root, port))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()
    until(lambda: lease.stop(place.at(root)))
    rmtree(place.at(root).home)


def test_up_from_nothing_survives_kills_and_leaves_nothing_behind(up, tmp_path, capsys):
    """One instance for both ways of being killed: making it takes longer than either."""
    first = up()
    took = first.ready()
    for name in ("infusion_center.serve", "worker", "beat"):
        until(lambda name=name: first.child(name))
        os.kill(first.child(name), signal.SIGKILL)
    until(lambda: first.said.read_text().count("started again") == 3)
    until(first.answers)
    first.stop(signal.SIGKILL)

    second = up()
    again = second.ready()
    assert second.answers()
    killed = what_was_answered_is_there_once(second, tmp_path / ".embedded")
    second.stop(signal.SIGINT)
    assert processes_of(tmp_path / ".embedded") == set()
    with capsys.disabled():
        sys.stdout.write(f" [first start {took:.1f} s, second {again:.1f} s; {killed}] ")


def test_a_taken_port_is_said_in_a_sentence(tmp_path, monkeypatch):
    from infusion_center.management.commands import up

    monkeypatch.setattr(up, "PORT_PATIENCE", 0)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(up.CommandError, match=f"Port {port} is taken by another program"):
            up._wait_for_port("127.0.0.1", port)


def test_compose_holds_the_production_shape_and_no_secret():
    compose = yaml.safe_load((PROJECT / "compose.yaml").read_text())
    services = compose["services"]
    assert {"web", "worker", "beat", "postgres", "redis", "proxy"} <= set(services)
    without = {name for name, service in services.items() if "healthcheck" not in service}
    assert without == {"prepare"}, "every service that stays says how it is"
    for service in services.values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|AUTH|_URL$", name) and name != "PUBLIC_URL":
                assert "${" in value, f"{name} is written out"
        for needed in service.get("depends_on", {}):
            assert needed in services
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (PROJECT / source).exists() if source.startswith(".") else source in compose["volumes"]


def test_every_setting_compose_hands_over_is_read():
    settings = (PROJECT / "infusion_center" / "settings.py").read_text()
    environment = yaml.safe_load((PROJECT / "compose.yaml").read_text())["services"]["web"]["environment"]
    assert [name for name in environment if f'"{name}"' not in settings] == []


def test_the_image_runs_the_web_server_that_make_run_runs():
    from infusion_center.management.commands.up import MEMORY, _web

    dockerfile = (PROJECT / "Dockerfile").read_text()
    command = re.findall(r'"([^"]+)"', dockerfile[dockerfile.index("CMD [") :])
    assert command == ["python", "-m", *_web("0.0.0.0", 8000)]
    assert all(f"{name}={value}" in dockerfile for name, value in MEMORY.items())
    assert "USER infusion" in dockerfile
