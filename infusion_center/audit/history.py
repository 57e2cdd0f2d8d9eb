"""`verb()` names what is done: each history row written inside carries verb, person, moment and request."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

import pghistory
import pghistory.runtime

request_key: ContextVar[str] = ContextVar("request_key", default="")
_open_verb: ContextVar[str] = ContextVar("open_verb", default="")


@contextmanager
def verb(name: str, *, by: Any, at: datetime, **facts: str) -> Iterator[None]:
    """Open the history context of one verb, past tense `noun.verb`. `by` is a user, or None for the system.

    A verb inside a verb (a discharge records vitals) belongs to the outer one: one act, one name.
    `facts` are short and free of PHI, such as a reason code; a typed reason belongs in a column.
    """
    if _open_verb.get():
        yield
        return
    token = _open_verb.set(name)
    try:
        person = {"user": by.pk} if by is not None else {}
        with pghistory.context(verb=name, at=at.isoformat(), request=request_key.get(), **person, **facts):
            yield
    finally:
        _open_verb.reset(token)
