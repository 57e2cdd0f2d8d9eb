"""`Idempotency-Key` for programs that write into a chart: sent again, answered as before, written once."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from infusion_center.accounts.requests import StaffApiRequest
from infusion_center.shared import clock
from infusion_center.shared.api import read
from visits.api.booking_shapes import Again
from visits.services import once

KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.UUID,
    OpenApiParameter.HEADER,
    description="Yours for this entry: sent again with the same content, it is answered as the first time "
    "and written once; with another content it is refused.",
)
Post = Callable[..., Response]


def key_of(request: StaffApiRequest) -> UUID | None:
    """What a program calls its own request. Raises ValidationError for what is no UUID."""
    key: UUID | None = read(Again, {"key": request.headers.get("Idempotency-Key")})["key"]
    return key


def sent_once(post: Post) -> Post:
    """Guards a `post` that writes into a chart."""

    @wraps(post)
    def guarded(self: APIView, request: StaffApiRequest, **where: Any) -> Response:
        key = key_of(request)
        if key is None:
            return post(self, request, **where)

        def verb() -> dict[str, Any]:
            answer = post(self, request, **where)
            return {"status": answer.status_code, "data": answer.data}

        content = f"{request.path} {json.dumps(request.data, sort_keys=True, default=str)}"
        written = once.write(key=key, content=content, verb=verb, by=request.user, at=clock.now(), keep=True)
        return Response(written.answer["data"], status=written.answer["status"])

    return extend_schema(parameters=[KEY])(guarded)
