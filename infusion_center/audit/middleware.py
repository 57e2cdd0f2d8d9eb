"""History and access log carry the key that the request's log lines have, so that they can be joined."""

from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from infusion_center.audit.history import request_key


class RequestContextMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = request_key.set(structlog.contextvars.get_contextvars()["request_id"])
        try:
            return self.get_response(request)
        finally:
            request_key.reset(token)
