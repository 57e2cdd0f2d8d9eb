"""One whole row by one column, in a statement that is written once for a model (decisions 0016, 0025).

For what everybody waits behind: the ORM writes the same forty columns anew each time, which takes longer than
PostgreSQL needs to answer. Anywhere else `objects.get` says more.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model
from django.http import Http404

Row = TypeVar("Row", bound=Model)


class HasConverters(Exception):
    """A field that does not come out of the database as it is: this model wants the ORM."""


def columns(model: type[Model], alias: str) -> str:
    """All of them, in the order `made` reads them: the model says which, so none is missed."""
    quote = connection.ops.quote_name
    return ", ".join(f"{alias}.{quote(str(field.column))}" for field in _fields(model))


def made(model: type[Row], values: tuple[Any, ...]) -> Row:
    """The row of these values, as if the ORM had read it."""
    return model.from_db(connection.alias, _names(model), values)


def width(model: type[Model]) -> int:
    return len(_fields(model))


def row_of(model: type[Row], column: str, value: Any) -> Row:
    """The row whose unique `column` has this value. Raises the model's DoesNotExist."""
    with connection.cursor() as cursor:
        cursor.execute(_statement(model, column), [value])
        values = cursor.fetchone()
    if values is None:
        raise model.DoesNotExist  # type: ignore[attr-defined]  # every model has one
    return made(model, values)


def row_or_404(model: type[Row], column: str, value: Any) -> Row:
    """The same for an address that names the row. Raises Http404."""
    try:
        return row_of(model, column, value)
    except model.DoesNotExist:  # type: ignore[attr-defined]  # as above
        raise Http404 from None


@cache
def _statement(model: type[Model], column: str) -> str:
    table = connection.ops.quote_name(model._meta.db_table)
    return (
        f"SELECT {columns(model, table)} FROM {table} WHERE {table}.{connection.ops.quote_name(column)} = %s"  # noqa: S608
    )


@cache
def _names(model: type[Model]) -> list[str]:
    return [field.attname for field in _fields(model)]


@cache
def _fields(model: type[Model]) -> Sequence[Any]:
    fields = model._meta.concrete_fields
    if any(hasattr(field, "from_db_value") for field in fields):
        raise HasConverters(model)
    return fields
