"""Log lines carry route names and keys: no path, no query string, no row (design.md, PHI in transit)."""

import re
from collections.abc import MutableMapping
from typing import Any

from django.http import HttpRequest
from django.urls import Resolver404, ResolverMatch, resolve
from django_structlog.middlewares import RequestMiddleware

# PostgreSQL quotes the offending row after these words.
QUOTED_ROW = re.compile(r"(DETAIL|CONTEXT|Parameters|params):.*", re.DOTALL | re.IGNORECASE)


class RouteMiddleware(RequestMiddleware):
    """django-structlog's request lines, with the route's name in place of the address."""

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
