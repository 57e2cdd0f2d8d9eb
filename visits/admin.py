"""The cards for reactions: the center edits them here, and who edits a row has reviewed it."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.forms import ModelForm
from django.http import HttpRequest

from infusion_center.accounts.models import User
from infusion_center.audit.admin import RecordedAdmin
from infusion_center.shared import clock
from regimens.services import reviewing
from visits.models import ReactionStep


@admin.register(ReactionStep)
class ReactionStepAdmin(RecordedAdmin):
    """Saving a step is reviewing it: no load of the shipped ones overwrites it."""

    exclude = ("reviewed_by", "reviewed_on")
    list_display = ("kind", "position", "text", "drug", "amount", "unit", "confidence", "reviewed_on")
    list_filter = ("kind", "confidence", "reviewed_on")
    search_fields = ("text", "drug")
    ordering = ("kind", "position")

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        if not isinstance(request.user, User):
            raise PermissionDenied
        reviewing.save_reviewed(row=obj, by=request.user, at=clock.now())
