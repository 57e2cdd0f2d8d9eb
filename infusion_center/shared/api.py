"""DRF, the house way: declared abilities, pages, and refusals as problem details (RFC 9457)."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from rest_framework import exceptions
from rest_framework.pagination import CursorPagination, PageNumberPagination
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from infusion_center.accounts.permissions import Can
from infusion_center.errors import DomainError

if TYPE_CHECKING:
    from rest_framework.views import APIView


Shape = Serializer[Any]


class DeclaredAbility(BasePermission):
    """The view's `requires`: one ability, or one per method. A view without it opens for nobody."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        needed = getattr(view, "requires", None)
        if isinstance(needed, dict):
            needed = needed.get(
                request.method or "", needed.get("GET") if request.method == "OPTIONS" else None
            )
        user = request.user
        return isinstance(needed, Can) and user.is_authenticated and user.can(needed)


def read(shape: type[Shape], said: Any) -> dict[str, Any]:
    """What was sent, as the shape understands it. Raises ValidationError."""
    return dict(_made(shape).run_validation(said))


def shown(shape: type[Shape], row: Any) -> dict[str, Any]:
    """The row as the shape tells it."""
    told: dict[str, Any] = _made(shape).to_representation(row)
    return told


@cache
def _made(shape: type[Shape]) -> Shape:
    """Once: DRF copies the fields of a shape for each use, which takes longer than the use."""
    return shape()


class Pages(PageNumberPagination):
    """50 rows a page, up to 200 when asked for."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


class NewestFirst(CursorPagination):
    """For lists that grow while somebody reads them."""

    page_size = 50
    ordering = "-pk"


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every error as `{type, title, status, detail, errors}`; a DomainError's sentence is the detail."""
    from rest_framework.views import exception_handler  # that module asks for this one while it loads

    if isinstance(error, DomainError):
        return refusal_with(error, {})
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        return _problem(response.status_code, "Some fields need another look.", response.data, response)
    detail = response.data.get("detail", "") if isinstance(response.data, dict) else ""
    return _problem(response.status_code, str(detail), {}, response)


def refusal_with(no: DomainError, more: Mapping[str, Any]) -> Response:
    """A refusal's problem details, and what a program can do instead."""
    errors = {no.field: [no.message]} if no.field else {}
    answer = _problem(no.http_status, no.message, errors)
    answer.data |= more
    return answer


def _problem(code: int, detail: str, errors: Any, response: Response | None = None) -> Response:
    body = {"type": "about:blank", "title": _TITLES.get(code, "Refused"), "status": code, "detail": detail}
    if errors:
        body["errors"] = errors
    answer = response or Response()
    answer.data, answer.status_code = body, code
    answer.content_type = "application/problem+json"
    return answer


_TITLES = {
    400: "Not understood",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "Too late",
    422: "Refused",
    429: "Too many requests",
}
