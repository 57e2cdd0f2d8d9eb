"""Mounts the apps. Every door says who may open it; tests/architecture/test_doors.py walks them all."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from infusion_center import health, try_row, who_saw
from infusion_center.accounts import views as accounts
from infusion_center.outbox import views as outbox
from infusion_center.shared.schema import Schema

api: list[URLPattern | URLResolver] = [
    path("", include("visits.api.urls")),  # first what is asked most often
    path("", include("patients.api.urls")),
    path("", include("regimens.api.urls")),
    path("", include("billing.api.urls")),
    path("schema/", Schema.as_view(), name="schema"),
]

handler500 = health.broken

urlpatterns = [
    path("", accounts.home, name="home"),
    path("api/v1/", include(api)),  # before the pages: a program asks often, and each of them would be tried
    path("unlock/", accounts.unlock, name="unlock"),
    path("site/", accounts.choose_site, name="choose_site"),
    path("accounts/", include("allauth.urls")),
    path("patients/", include("patients.urls")),
    path("rule-book/try/<slug:kind>/<slug:code>/<slug:section>/", try_row.try_row, name="try_row"),
    path("", include("regimens.urls")),
    path("", include("visits.urls")),
    path("claims/", include("billing.urls")),
    path("messages/", outbox.messages, name="messages"),
    path("who-saw/", who_saw.who_saw, name="who_saw"),
    path("who-saw/<uuid:key>/", who_saw.who_saw_patient, name="who_saw_patient"),
    path("healthz", health.healthz, name="healthz"),
    path("favicon.ico", health.icon, name="icon"),  # what a browser asks for beside a PDF
    path("admin/", admin.site.urls),
]
