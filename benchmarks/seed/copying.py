"""Rows by COPY. This goes past services and history on purpose, and only here: three years of visits would
take half an hour through `book_visit`, and nobody reads their history. Constraints and indexes stay on;
the triggers that write history rest meanwhile.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from django.db import connection, models, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

MADE_AT = datetime(2020, 1, 1, tzinfo=UTC)
NOTHING = "\\N"


def copy(model: type[models.Model], rows: Iterable[Mapping[str, Any]]) -> None:
    """Put rows, which all say the same columns by attribute name (`patient_id`), into the model's table.

    Columns not named get the model's defaults, the same in every row.
    """
    lines = iter(rows)
    first = next(lines, None)
    if first is None:
        return
    rest = {field.attname: _default(field) for field in _fields(model) if field.attname not in first}
    columns = [model._meta.get_field(name).column for name in (*first, *rest)]
    stream = io.StringIO()
    writer = csv.writer(stream)
    for row in chain([first], lines):
        writer.writerow([_written(value) for value in (*row.values(), *rest.values())])
    stream.seek(0)
    table = f"{model._meta.db_table} ({', '.join(columns)})"
    with _quiet(model._meta.db_table), connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} FROM STDIN (FORMAT csv, NULL '{NOTHING}')", stream)


def analyze() -> None:
    """What autovacuum would have done in a quiet hour."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


@contextmanager
def _quiet(table: str) -> Iterator[None]:
    """One transaction in which the table's own triggers rest. Foreign keys are checked as ever."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks to come may not be altered
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def _fields(model: type[models.Model]) -> list[models.Field]:
    return [field for field in model._meta.concrete_fields if not field.generated and not field.primary_key]


def _default(field: models.Field) -> Any:
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return MADE_AT
    return field.get_default()


def _written(value: Any) -> Any:
    if value is None:
        return NOTHING
    if isinstance(value, DateTimeTZRange):
        return f"[{value.lower.isoformat()},{value.upper.isoformat()})"
    return value
