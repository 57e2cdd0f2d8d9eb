"""Gives every request a key, so that history, access log and log lines can be joined."""

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from infusion_center.audit.history import request_key


class RequestContextMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = request_key.set(uuid.uuid4().hex)
        try:
            return self.get_response(request)
        finally:
            request_key.reset(token)
