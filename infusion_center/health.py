"""One answer for the proxy and the supervisor: are the engines there?"""

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from redis.exceptions import RedisError


def healthz(request: HttpRequest) -> JsonResponse:
    """200 when PostgreSQL and Redis answer, else 503; each by name, nothing else said."""
    engines = {"postgresql": _postgresql(), "redis": _redis()}
    return JsonResponse(
        {name: "ok" if up else "down" for name, up in engines.items()},
        status=200 if all(engines.values()) else 503,
    )


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
