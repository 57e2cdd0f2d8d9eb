"""What was sent, what was not, and what nobody knows."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from infusion_center.accounts.permissions import Can, requires
from infusion_center.outbox import selectors


@requires(Can.BOOK_VISIT)
@require_GET
def messages(request: HttpRequest) -> HttpResponse:
    """Messages that need a person first, then the newest."""
    return render(
        request,
        "outbox/messages.html",
        {"waiting": selectors.needing_a_person(), "newest": selectors.newest()},
    )
