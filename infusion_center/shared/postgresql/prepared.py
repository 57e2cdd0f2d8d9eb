"""Statements that PostgreSQL plans once a connection, not each time (decision 0025).

psycopg2 writes the values into the text, so the server reads and plans every statement anew, which takes two
to ten times what running it takes. The cursor here prepares what is asked a second time and executes it by
name from then on, for the ORM as for SQL written out. Values have the types that they would have as literals,
so a statement means what it meant; one that cannot be prepared is sent as before.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from psycopg2 import ProgrammingError, errors, extensions

MOST = 120  # statements a connection keeps; the one that was not asked for longest goes
LONGEST = 10_000  # characters; beyond it is a list of rows, and another one the next time
HISTORY = "SELECT set_config('pghistory."  # what pghistory puts in front of a change; "; " ends it
WORDS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
CHANGES_TABLES = ("ALTER", "CREATE", "DROP", "DISCARD")
PLACE = re.compile(r"%(?:\((\w+)\)s|s|%)")
TYPES: dict[type, str] = {
    Decimal: "numeric",
    float: "numeric",
    date: "date",
    time: "time",
    timedelta: "interval",
    UUID: "uuid",
}
REFUSED = ""
SMALL, LARGE = 2**31, 2**63

Values = Sequence[Any] | Mapping[str, Any] | None


class CannotBePrepared(Exception):
    """Its values do not say what the server should take them for."""


class Connection(extensions.connection):
    """`plans`: how to call a statement with such types; None: asked once, REFUSED: cannot be prepared."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plans: OrderedDict[Any, str | None] = OrderedDict()
        self.names = 0


class Cursor(extensions.cursor):
    """psycopg2's, which calls by name what it has prepared."""

    connection: Connection
    _asked: tuple[Any, Values] | None = None

    def execute(self, query: Any, vars: Values = None) -> None:  # noqa: A002 - psycopg2's name
        self._asked = None
        call = self._call(query, vars) if vars and not self.name and isinstance(query, str) else None
        if call:
            self._execute_prepared(call, vars)
            self._asked = query, vars
            return
        if isinstance(query, str) and query.lstrip().startswith(CHANGES_TABLES):
            self.connection.plans.clear()  # what they answer with may be about to change
        super().execute(query, vars)

    @property
    def query(self) -> bytes | None:
        """What was asked, with its values, for those who look at it (Django's list of queries does)."""
        return super().query if self._asked is None else self.mogrify(*self._asked)

    def _execute_prepared(self, call: str, values: Values) -> None:
        try:
            super().execute(call, values)
        except (errors.FeatureNotSupported, errors.InvalidSqlStatementName):
            self.connection.plans.clear()  # the tables were changed elsewhere, or a pooler sits in between
            raise

    def _call(self, query: str, values: Any) -> str | None:
        """How to execute this by name; None or empty: as it is."""
        end = query.find("; ") + 2 if query.startswith(HISTORY) else 0
        head, statement = query[:end], query[end:]
        parsed = _with_numbers(statement)
        if parsed is None or self._has_failed:
            return None
        text, names = parsed
        if isinstance(values, Mapping):
            given = [values[name] for name in names]
        else:
            given = values[head.count("%s") :]
        try:
            asked = statement, tuple(map(_type, given))
        except CannotBePrepared:
            return None
        call = self._kept(asked, text, names)
        return call and head + call

    def _kept(self, asked: tuple[str, tuple[str, ...]], text: str, names: Sequence[str]) -> str | None:
        plans = self.connection.plans
        if asked not in plans:
            self._keep(asked, None)
        elif plans[asked] is None:
            self._keep(asked, self._prepare(text, asked[1], names))
        plans.move_to_end(asked)
        return plans[asked]

    def _keep(self, asked: Any, call: str | None) -> None:
        plans = self.connection.plans
        plans[asked] = call
        if len(plans) > MOST:
            _, old = plans.popitem(last=False)
            if old:
                super().execute(f"DEALLOCATE {old.split()[1]}")

    def _prepare(self, text: str, types: Sequence[str], names: Sequence[str]) -> str:
        """How to call it from now on; REFUSED, with the transaction as it was, where the server cannot."""
        self.connection.names += 1
        name = f"asked_{self.connection.names}"
        statement = f"PREPARE {name} ({', '.join(types)}) AS {text}" if types else f"PREPARE {name} AS {text}"
        within = not self.connection.autocommit
        try:
            if within:
                super().execute("SAVEPOINT preparing")
            super().execute(statement)
        except ProgrammingError:
            if within:
                super().execute("ROLLBACK TO SAVEPOINT preparing; RELEASE SAVEPOINT preparing")
            return REFUSED
        if within:
            super().execute("RELEASE SAVEPOINT preparing")
        places = [f"%({one})s" for one in names] if names else ["%s"] * len(types)
        return f"EXECUTE {name} ({', '.join(places)})" if places else f"EXECUTE {name}"

    @property
    def _has_failed(self) -> bool:
        """Nothing can be said before the transaction is rolled back."""
        return self.connection.get_transaction_status() == extensions.TRANSACTION_STATUS_INERROR


@lru_cache(maxsize=256)
def _with_numbers(statement: str) -> tuple[str, tuple[str, ...]] | None:
    """With $1, $2 for its places, and their names, each once, if they have any. None: not to be prepared.

    Of two statements the second would run once, when the first is prepared: a semicolon is reason enough.
    """
    if len(statement) > LONGEST or not statement.lstrip().startswith(WORDS) or ";" in statement:
        return None
    names: list[str] = []
    count = 0

    def numbered(place: re.Match[str]) -> str:
        nonlocal count
        if place[0] == "%%":
            return "%"
        if place[1] is None:
            count += 1
            return f"${count}"
        if place[1] not in names:
            names.append(place[1])
        return f"${names.index(place[1]) + 1}"

    return PLACE.sub(numbered, statement), tuple(names)


def _type(value: Any) -> str:
    """What PostgreSQL takes psycopg2's literal of this value for; "unknown" goes by where it stands."""
    if isinstance(value, str) or value is None:
        return "unknown"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return _type_of_whole(value)
    if isinstance(value, datetime):
        return "timestamptz" if value.tzinfo else "timestamp"
    if isinstance(value, list):
        return _type_of_list(value)
    if isinstance(value, time) and value.tzinfo or isinstance(value, tuple | set):
        raise CannotBePrepared
    return TYPES.get(type(value), "unknown")


def _type_of_whole(number: int) -> str:
    if -SMALL < number < SMALL:
        return "integer"
    return "bigint" if -LARGE < number < LARGE else "numeric"


def _type_of_list(values: Sequence[Any]) -> str:
    """Of one kind, or not to be told: a number must not be cut to what another place would take."""
    kinds = {_type(value) for value in values}
    if not kinds or kinds == {"unknown"}:
        return "unknown"
    if len(kinds) > 1:
        raise CannotBePrepared
    return f"{kinds.pop()}[]"
