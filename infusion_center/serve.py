"""The web server: `python -m infusion_center.serve`, two workers of two threads (decision 0026).

Everything is loaded before the workers fork, so that they share it. A worker that is killed is started again;
if the one who watches them is killed, they end with it, and leave the port to whoever starts the next.
"""

import argparse
import os
import signal
from functools import partial

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from infusion_center.embedded import kernel

WORKERS, THREADS = 2, 2
# A thread that goes takes its connection to the database along, with what that has planned (decision 0025).
LONGEST_IDLE = 600  # seconds
# Seconds for requests under way when the server is told to stop; Docker kills after ten. Under load a worker
# of granian 2.8.9 now and then does not notice that all is answered: it is ended then.
LAST_ANSWERS = 8
SECRETS = "SECRET_KEY", "DATABASE_URL", "REDIS_URL", "EMAIL_URL"


def main() -> None:
    asked = _arguments()
    from infusion_center import wsgi  # noqa: F401 - read before the fork

    forget_secrets()
    # For good: a worker that did not end would keep the port from whoever is started next.
    os.register_at_fork(after_in_child=partial(kernel.end_with_parent, signal.SIGKILL))
    Server(
        "infusion_center.wsgi:application",
        address=asked.bind,
        port=asked.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=WORKERS,
        blocking_threads=THREADS,
        blocking_threads_idle_timeout=LONGEST_IDLE,
        respawn_failed_workers=True,
        workers_kill_timeout=LAST_ANSWERS,
        log_level=LogLevels.warning,
    ).serve()


def forget_secrets() -> None:
    """The settings have read them. What is left of the environment stands in the META of every request."""
    for secret in SECRETS:
        os.environ.pop(secret, None)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infusion_center.serve", description="The web server.")
    parser.add_argument("--bind", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
