"""What every page knows about who looks at it."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from infusion_center.accounts import demo
from infusion_center.accounts.permissions import Can
from infusion_center.shared import clock


class May:
    """`{% if may.book_visit %}` in a template: the same table as the guards."""

    def __init__(self, user: Any):
        self._user = user

    def __getattr__(self, name: str) -> bool:
        try:
            return self._user.can(Can(name))
        except (ValueError, AttributeError):
            return False


def staff(request: HttpRequest) -> dict[str, Any]:
    """`may`, the site and the idle limit, without a query."""
    signed_in = getattr(request, "user", None) is not None and request.user.is_authenticated
    return {
        "demo_logins": demo.DEMO_LOGINS if settings.DEMO and not signed_in else [],
        "may": May(getattr(request, "user", None)),
        "site": getattr(request, "site", None),
        "today": SimpleLazyObject(lambda: _today(request)),
        "idle_lock_minutes": settings.IDLE_LOCK_MINUTES,
        "practice": settings.PRACTICE,
    }


def _today(request: HttpRequest) -> date:
    """The business date of the site one works at; before sign-in there is none, and UTC's does."""
    site = getattr(request, "site", None)
    return site.day_of(clock.now()) if site else clock.local_day(clock.now(), "UTC")
