"""One address, two renderings: the page for a browser, the swapped part for htmx (house.md, habit 8)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from infusion_center.errors import DomainError


def wants_part(request: HttpRequest) -> bool:
    """True for an htmx swap; boosted links and history restores want the whole page."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx and not htmx.boosted and not htmx.history_restore_request)


def page_or_part(
    request: HttpRequest, *, page: str, part: str, context: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """Render `part` for htmx and `page`, which includes it, for everybody else."""
    response = render(request, part if wants_part(request) else page, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def unchanged() -> HttpResponse:
    """Nothing new: htmx leaves what it shows."""
    return HttpResponse(status=204)


def put_problem(form: Any, no: DomainError) -> None:
    """Place a refusal beside the field it belongs to, or above the form."""
    form.add_error(no.field if no.field in form.fields else None, no.message)
