"""What machines ask for at the root: are the engines there, and where is the icon?"""

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from redis.exceptions import RedisError


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
