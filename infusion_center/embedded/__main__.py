"""python -m infusion_center.embedded start | stop | status | exec CMD...

`exec` starts what is not running, runs the command with DATABASE_URL, REDIS_URL and SECRET_KEY set
(and PostgreSQL's own programs on the PATH), and stops what it started.
"""

import argparse
import os
import signal
import subprocess
import sys

from infusion_center.embedded import lease, place, postgresql, redis_server


def main() -> int:
    arguments = _arguments()
    here = place.at(place.default_root())
    try:
        return arguments.act(here, arguments)
    except place.CannotStart as no:
        sys.stderr.write(f"{no}\n")
        return 1


def start(here: place.Place, arguments: argparse.Namespace) -> int:
    lease.keep_running(here)
    return status(here, arguments)


def stop(here: place.Place, arguments: argparse.Namespace) -> int:
    if lease.stop(here):
        return 0
    sys.stderr.write("In use, by `make run`, tests or another command. End that first.\n")
    return 1


def status(here: place.Place, arguments: argparse.Namespace) -> int:
    running = {True: "running", False: "stopped"}
    sys.stdout.write(f"PostgreSQL {running[postgresql.is_up(here)]}, log {here.postgresql_log}\n")
    sys.stdout.write(f"Redis      {running[redis_server.is_up(here)]}, log {here.redis_log}\n")
    return 0 if lease.is_up(here) else 3


def run(here: place.Place, arguments: argparse.Namespace) -> int:
    """Ctrl-C reaches the command from the terminal; SIGTERM is passed on. We wait for it either way."""
    environment = os.environ | here.environment() | here.for_psql()
    environment["PATH"] = f"{postgresql.programs(here)}{os.pathsep}{environment.get('PATH', '')}"
    with lease.in_use(here):
        signal.signal(signal.SIGINT, lambda *_: None)
        command = subprocess.Popen(arguments.command, env=environment)  # noqa: S603 - the caller's own words
        signal.signal(signal.SIGTERM, lambda *_: command.terminate())
        return command.wait()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infusion_center.embedded", description=__doc__)
    verbs = parser.add_subparsers(required=True)
    for name, act in (("start", start), ("stop", stop), ("status", status)):
        verbs.add_parser(name).set_defaults(act=act)
    execute = verbs.add_parser("exec")
    execute.add_argument("command", nargs=argparse.REMAINDER)
    execute.set_defaults(act=run)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
