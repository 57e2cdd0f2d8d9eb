"""All tables, made once for each set of migrations; every test database is a copy, which takes a moment.

PostgreSQL copies a database faster than Django can walk through its migrations.
"""

import hashlib
from pathlib import Path

from django.db import connection

PROJECT = Path(__file__).resolve().parent.parent
PREFIX = "tables_"
LOCK = 20260712  # any number, the same for all who test at once


def ready_made() -> str:
    """The name of the database to copy. Whoever needs it first makes it, the others wait."""
    name = PREFIX + _fingerprint()
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if not cursor.fetchone():
            _remove_older(cursor)
            _make(cursor, name)
    return name


def _make(cursor, name):
    """Under another name until it is whole, and closed then: nobody may be connected to what is copied."""
    settings, usual = connection.settings_dict, dict(connection.settings_dict)
    settings["TEST"] = usual["TEST"] | {"NAME": f"{name}_draft"}
    try:
        draft = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    finally:
        connection.close()
        settings.update(NAME=usual["NAME"], TEST=usual["TEST"])
    cursor.execute(f"ALTER DATABASE {draft} RENAME TO {name}")
    cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")


def _remove_older(cursor):
    cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
    for (older,) in cursor.fetchall():
        cursor.execute(f"DROP DATABASE {older}")


def _fingerprint() -> str:
    """Of every migration of ours and of the versions that bring theirs."""
    files = sorted([*PROJECT.glob("*/migrations/*.py"), *PROJECT.glob("*/*/migrations/*.py")])
    content = b"".join(file.read_bytes() for file in [*files, PROJECT / "requirements.txt"])
    return hashlib.sha256(content).hexdigest()[:16]
