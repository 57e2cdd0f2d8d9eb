"""Who is signed in, the idle lock, and the site a person works at."""

import time
from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from infusion_center.accounts.backends import at_hand
from infusion_center.places.models import Site

GetResponse = Callable[[HttpRequest], HttpResponse]
LOCKED, SEEN, NEXT = "locked", "seen_at", "locked_next"
SEEN_EVERY_SECONDS = 30  # the session row is rewritten at most this often


class StaffMiddleware(AuthenticationMiddleware):
    """Django's own; the person who came with the session is not read again.

    Read at once, not at the first question: every door asks, and a hundred questions a request go through
    no stand-in.
    """

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.session.get(SESSION_KEY)  # reads it
        with at_hand(getattr(request.session, "person", None)):
            request.user = get_user(request)


class IdleLockMiddleware:
    """After IDLE_LOCK_MINUTES without a deliberate act the session locks; a password reopens the same page.

    Refreshes that a board makes by itself (header `X-Refresh`) are no sign of life. What was typed
    into a form sent while locked is carried through the unlock page, never dropped.
    """

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated or self._is_a_way_out(request):
            return self.get_response(request)
        if self._idle(request):
            request.session[LOCKED] = True
        if request.session.get(LOCKED):
            return self._locked_answer(request)
        self._remember(request)
        return self.get_response(request)

    def _is_a_way_out(self, request: HttpRequest) -> bool:
        return request.path in _ways_out() or request.path.startswith("/static/")

    def _idle(self, request: HttpRequest) -> bool:
        seen = request.session.get(SEEN)
        return seen is not None and time.time() - seen > settings.IDLE_LOCK_MINUTES * 60

    def _remember(self, request: HttpRequest) -> None:
        if request.headers.get("X-Refresh"):
            return
        if time.time() - request.session.get(SEEN, 0) > SEEN_EVERY_SECONDS:
            request.session[SEEN] = time.time()

    def _locked_answer(self, request: HttpRequest) -> HttpResponse:
        if request.headers.get("HX-Request") or request.path.startswith("/api/"):
            return HttpResponse(
                "Locked. Enter your password to go on.", status=423, content_type="text/plain"
            )
        if request.method == "POST":
            typed = [(k, v) for k, vs in request.POST.lists() if k != "csrfmiddlewaretoken" for v in vs]
            return render(
                request,
                "accounts/unlock.html",
                {"typed": typed, "goes_to": request.get_full_path()},
                status=423,
            )
        request.session[NEXT] = request.get_full_path()
        return redirect("unlock")


@cache
def _ways_out() -> frozenset[str]:
    return frozenset({reverse("unlock"), reverse("account_logout")})


class CurrentSiteMiddleware:
    """`request.site`: the one chosen, else the person's first, which came with them: no query.

    Only for somebody who works nowhere, the one site there is has to be read.
    """

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        setattr(request, "site", site_of(request))  # noqa: B010 - no such attribute by type
        return self.get_response(request)


def site_of(request: HttpRequest) -> Site | None:
    """The site in the session if the person works there, else their first, else the only one there is."""
    if not request.user.is_authenticated:
        return None
    theirs, chosen = request.user.works_at, request.session.get("site")
    at_choice = (site for site in theirs if site.pk == chosen)
    return next(at_choice, None) or next(iter(theirs), None) or Site.objects.order_by("pk").first()
