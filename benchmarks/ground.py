"""Where it is measured: the servers in force, and in them a database of our own.

The servers are the embedded ones, or those that DATABASE_URL and REDIS_URL name. Their own data is not
touched: our database is made, migrated, and dropped at the end unless somebody wants to look at it.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import environ
import psycopg2

from infusion_center.embedded import lease, place

NAME = "infusion_center_benchmarks"
# As `make run` serves. This process is silent; the web server logs every request, as in production.
HABITS = {
    "STATICFILES_STORAGE": "django.contrib.staticfiles.storage.StaticFilesStorage",
    "WHITENOISE_USE_FINDERS": "on",
    "DEMO": "off",
    "DEBUG": "off",
    "LOG_LEVEL": "WARNING",
}


@contextmanager
def prepared(*, keep: bool) -> Iterator[str]:
    """Inside, Django is set up on an empty, migrated database. Yields its address."""
    with _servers() as served, _database(served, keep=keep) as url:
        os.environ.update({"DATABASE_URL": url, **HABITS})
        _set_up()
        yield url


@contextmanager
def _servers() -> Iterator[str]:
    """The servers run; the address of the database that is there already."""
    environ.Env.read_env(place.PROJECT / ".env", overwrite=False)
    with ExitStack() as running:
        if not os.environ.get("DATABASE_URL"):
            here = place.at(place.default_root())
            running.enter_context(lease.in_use(here))
            for name, value in here.environment().items():
                os.environ[name] = os.environ.get(name) or value
        yield os.environ["DATABASE_URL"]


@contextmanager
def _database(served: str, *, keep: bool) -> Iterator[str]:
    _outside(served, f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)", f"CREATE DATABASE {NAME}")
    try:
        yield urlsplit(served)._replace(path=f"/{NAME}").geturl()
    finally:
        if not keep:
            _outside(served, f"DROP DATABASE {NAME} WITH (FORCE)")


def _outside(url: str, *statements: str) -> None:
    """Run them in another database of the server, each for itself."""
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()


def _set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "infusion_center.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
