"""At the root: are the engines there, where is the icon; and what is said when one of them is away."""

import sys

from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.defaults import server_error
from redis.exceptions import RedisError

AWAY = "The database does not answer just now. Nothing was saved by halves: wait a moment and do it again."


def healthz(request: HttpRequest) -> JsonResponse:
    """200 when PostgreSQL and Redis answer, else 503; each by name, nothing else said."""
    engines = {"postgresql": _postgresql(), "redis": _redis()}
    return JsonResponse(
        {name: "ok" if up else "down" for name, up in engines.items()},
        status=200 if all(engines.values()) else 503,
    )


def icon(request: HttpRequest) -> HttpResponse:
    """A browser asks for it at the root beside a PDF, which names no icon of its own."""
    return redirect(static("icon.svg"))


def broken(request: HttpRequest) -> HttpResponse:
    """The answer to what nobody caught: 503 and a sentence while the database is away, else a plain page."""
    if not _is_away(sys.exc_info()[1]):
        return server_error(request)
    if request.path.startswith("/api/"):
        body = {"type": "about:blank", "title": "Not now", "status": 503, "detail": AWAY}
        answer: HttpResponse = JsonResponse(body, status=503, content_type="application/problem+json")
    else:
        answer = render(None, "503.html", {"sentence": AWAY}, status=503)
    answer.headers["Retry-After"] = "3"
    return answer


def _is_away(error: BaseException | None) -> bool:
    """No connection, or one that was cut (class 57P): not a statement that failed."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    code = getattr(error.__cause__, "pgcode", None)
    return code is None or code.startswith("57P")


def _postgresql() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _redis() -> bool:
    try:
        cache.get("healthz")
    except (RedisError, OSError):
        return False
    return True
