"""Edits in the admin carry verb, person and moment like every other write; the access log is looked at."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from infusion_center.audit import history
from infusion_center.audit.models import ChartRead
from infusion_center.shared import clock


class RecordedAdmin(admin.ModelAdmin):
    """A ModelAdmin whose saves and deletions stand in the row history with who did them."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with history.verb("admin.edited", by=request.user, at=clock.now()):
            return super().changeform_view(request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with history.verb("admin.deleted", by=request.user, at=clock.now()):
            return super().delete_view(request, *args, **kwargs)


@admin.register(ChartRead)
class ChartReadAdmin(admin.ModelAdmin):
    """Newest first; nobody adds, changes or deletes here."""

    list_display = ("at", "person", "page", "patient_key")
    list_filter = ("page",)
    list_select_related = ("person",)
    ordering = ("-at", "-pk")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
