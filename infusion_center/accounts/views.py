"""The way in: one's own screen, the unlock page, the site one works at."""

import time

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from infusion_center.accounts.middleware import LOCKED, NEXT, SEEN
from infusion_center.accounts.permissions import Can, Role, requires
from infusion_center.accounts.requests import StaffRequest

SCREENS = {
    Role.NURSE: "visits:my_chairs",
    Role.FRONT_DESK: "visits:today",
    Role.PROVIDER: "visits:to_decide",
    Role.BILLER: "billing:claims",
    Role.MANAGER: "visits:fit",
    Role.AUTHORIZATION: "patients:find",
    Role.ADMINISTRATOR: "who_saw",
    Role.PHARMACIST: "regimens:overrides",
    Role.MEDICAL_DIRECTOR: "regimens:overrides",
}


@requires(Can.SIGNED_IN)
def home(request: StaffRequest) -> HttpResponse:
    """The one screen of the person's first role (design.md, People)."""
    screen = next((SCREENS[role] for role in Role if request.user.holds(role)), "who_saw")
    return redirect(screen)


@requires(Can.SIGNED_IN)
@require_http_methods(["GET", "POST"])
def unlock(request: StaffRequest) -> HttpResponse:
    """Quick re-entry: the password, and back to the same page with what was typed."""
    if request.method == "GET":
        return render(request, "accounts/unlock.html")
    if not request.user.check_password(request.POST.get("password", "")):
        return _still_locked(request)
    request.session.pop(LOCKED, None)
    request.session[SEEN] = time.time()
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    if "goes_to" in request.POST:
        return render(
            request,
            "accounts/go_on.html",
            {"typed": _typed(request), "goes_to": _own(request.POST["goes_to"])},
        )
    return redirect(_own(request.session.pop(NEXT, "/")))


def _still_locked(request: HttpRequest) -> HttpResponse:
    problem = "That is not the password."
    if request.headers.get("HX-Request"):
        return HttpResponse(problem, status=422, content_type="text/plain")
    context = {"problem": problem, "typed": _typed(request), "goes_to": request.POST.get("goes_to")}
    return render(request, "accounts/unlock.html", context, status=422)


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """What was being sent when the lock fell, carried along under `typed.NAME`."""
    return [
        (k.removeprefix("typed."), v) for k, vs in request.POST.lists() if k.startswith("typed.") for v in vs
    ]


def _own(path: object) -> str:
    """The path if it is one of ours, else the start."""
    path = str(path)
    return path if url_has_allowed_host_and_scheme(path, allowed_hosts=None) else "/"


@requires(Can.SIGNED_IN)
@require_POST
def choose_site(request: StaffRequest) -> HttpResponse:
    """Work at another of one's sites from now on."""
    asked = request.POST.get("site")
    site = next((site for site in request.user.works_at if str(site.pk) == asked), None)
    if site is None:
        messages.error(request, "You are not on the staff of that site.")
    else:
        request.session["site"] = site.pk
    return redirect("home")
