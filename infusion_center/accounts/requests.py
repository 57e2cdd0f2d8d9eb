"""A request behind a guard: its user is a member of staff, its site the one they work at."""

from django.http import HttpRequest
from django.urls import ResolverMatch
from rest_framework.request import Request

from infusion_center.accounts.models import User
from infusion_center.places.models import Site


class StaffRequest(HttpRequest):
    """What `requires` lets through, for annotations in views; nobody makes one."""

    user: User
    site: Site  # type: ignore[assignment]  # CurrentSiteMiddleware's, not of django.contrib.sites
    resolver_match: ResolverMatch


class StaffApiRequest(Request):
    """The same, as DRF hands it over."""

    user: User
    site: Site  # type: ignore[assignment]  # as above
