"""Who uses the servers. The first user starts them, the last one out stops them.

A user holds a shared lock on `users.lock` for as long as it lives; the kernel drops it even after
kill -9, so a crash leaves at most running servers, which the next user takes over. All starting and
stopping happens behind one door, `door.lock`.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, LOCK_UN, flock
from pathlib import Path
from typing import IO

from infusion_center.embedded import kernel, postgresql, redis_server
from infusion_center.embedded.place import Place, locked

LONGEST_LOG = 10_000_000  # bytes


@contextmanager
def in_use(place: Place) -> Iterator[None]:
    """Inside, both servers run. Raises CannotStart."""
    kernel.adopt_orphans()
    with _users(place).open("w") as users:
        try:
            with _door(place):
                flock(users, LOCK_SH)
                _start(place)
            yield
        finally:
            with _door(place):
                flock(users, LOCK_UN)
                if not _kept(place).exists():
                    _stop_if_unused(place, users)


def keep_running(place: Place) -> None:
    """Start the servers and leave them running until `stop`."""
    with _door(place):
        _start(place)
        _kept(place).touch()


def revive(place: Place) -> bool:
    """Start again what died. Says whether anything had."""
    if is_up(place):
        return False
    with _door(place):
        _start(place)
    return True


def stop(place: Place) -> bool:
    """Stop the servers, unless somebody uses them. Says whether they are stopped."""
    with _door(place), _users(place).open("w") as users:
        stopped = _stop_if_unused(place, users)
        if stopped:
            _kept(place).unlink(missing_ok=True)
        return stopped


def is_up(place: Place) -> bool:
    return postgresql.is_up(place) and redis_server.is_up(place)


def _start(place: Place) -> None:
    if not postgresql.is_up(place) and not redis_server.is_up(place):
        _kept(place).unlink(missing_ok=True)  # a wish from before the machine went down
    place.prepare()
    for log in (place.postgresql_log, place.redis_log):
        turn_over(log)
    postgresql.start(place)
    redis_server.start(place)


def turn_over(log: Path) -> None:
    """Keep one log and the one before; a running writer keeps its file."""
    if log.exists() and log.stat().st_size > LONGEST_LOG:
        log.replace(log.with_suffix(".old.log"))


def _stop_if_unused(place: Place, users: IO) -> bool:
    try:
        flock(users, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return False
    redis_server.stop(place)
    postgresql.stop(place)
    return True


def _door(place: Place) -> AbstractContextManager[None]:
    return locked(place.root / "door.lock")


def _users(place: Place) -> Path:
    return place.root / "users.lock"


def _kept(place: Place) -> Path:
    return place.root / "kept"
