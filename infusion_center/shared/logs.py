"""Log lines carry route names and keys: no path, no query string, no row (design.md, PHI in transit)."""

import re
import uuid
from collections.abc import MutableMapping
from typing import Any

import structlog
from django.http import HttpRequest
from django.urls import Resolver404, ResolverMatch, resolve
from django_structlog.middlewares import RequestMiddleware

# PostgreSQL quotes the offending row after these words.
QUOTED_ROW = re.compile(r"(DETAIL|CONTEXT|Parameters|params):.*", re.DOTALL | re.IGNORECASE)


class RouteMiddleware(RequestMiddleware):
    """django-structlog's line of how a request ended, with the route's name in place of the address.

    Who looks at the link to their after-visit sheet is a patient: no line carries where it came from.
    """

    def prepare(self, request: HttpRequest) -> None:
        structlog.contextvars.bind_contextvars(request_id=str(uuid.uuid4()))
        self.bind_user_id(request)

    @staticmethod
    def bind_user_id(request: HttpRequest) -> None:
        structlog.contextvars.bind_contextvars(user_id=request.user.pk)

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        match = request.resolver_match or _looked_up(request.path_info)
        return f"{request.method} {match.view_name if match else 'no such page'}"


def _looked_up(path: str) -> ResolverMatch | None:
    """Where a request leads that no view has been found for yet."""
    try:
        return resolve(path)
    except Resolver404:
        return None


def without_rows(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Cut what a database error quotes of the row it refused out of exception texts."""
    for name in ("exception", "event"):
        text = event.get(name)
        if isinstance(text, str) and ("DETAIL" in text or "CONTEXT" in text):
            event[name] = QUOTED_ROW.sub(r"\1: (left out)", text)
    return event
