"""Reference data is edited here, and who edits it has reviewed it; orders and stock are only looked at."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest

from infusion_center.accounts.models import User
from infusion_center.shared import clock
from regimens.models import (
    Drug,
    DrugMethod,
    FrequencyLimit,
    HcpcsCode,
    Lot,
    Order,
    Product,
    ReferenceLoad,
    Regimen,
    RegimenStep,
    SafetyRule,
    Source,
    StockMove,
    Vial,
)
from regimens.services import reviewing


def _staff(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


class ReviewedAdmin(admin.ModelAdmin):
    """Saving a row is reviewing it: the next load keeps it (reference_sync)."""

    exclude = ("reviewed_by", "reviewed_on", "row", "row_hash")
    list_filter = ("reviewed_on",)

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        reviewing.save_reviewed(row=obj, by=_staff(request), at=clock.now())

    def save_formset(self, request: HttpRequest, form: ModelForm, formset: Any, change: bool) -> None:
        """Rows of an inline table: the changed ones are reviewed with their owner."""
        for row in formset.save(commit=False):
            reviewing.save_reviewed(row=row, by=_staff(request), at=clock.now())
        for gone in formset.deleted_objects:
            gone.delete()
        formset.save_m2m()


class LookedAtAdmin(admin.ModelAdmin):
    """Whatever has a state changes through its verbs, on the pages."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class DetailInline(admin.TabularInline):
    extra = 0
    exclude = ("reviewed_by", "reviewed_on")


class HcpcsCodeInline(DetailInline):
    model = HcpcsCode


class VialInline(DetailInline):
    model = Vial


class MethodInline(DetailInline):
    model = DrugMethod


class LimitInline(DetailInline):
    model = FrequencyLimit


class StepInline(admin.TabularInline):
    model = RegimenStep
    extra = 0


@admin.register(Drug)
class DrugAdmin(ReviewedAdmin):
    list_display = ("name", "category", "orderable", "reviewed_on")
    search_fields = ("name", "code")
    inlines = (HcpcsCodeInline, VialInline, MethodInline, LimitInline)


@admin.register(Regimen)
class RegimenAdmin(ReviewedAdmin):
    list_display = ("name", "chair_minutes", "load", "active", "reviewed_on")
    search_fields = ("name", "code")
    readonly_fields = ("chair_minutes", "load")
    inlines = (StepInline,)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        reviewing.reckon(regimens=[form.instance])


@admin.register(SafetyRule)
class SafetyRuleAdmin(ReviewedAdmin):
    list_display = ("code", "severity", "confidence", "reviewed_on")
    search_fields = ("code", "message")


@admin.register(Product)
class ProductAdmin(ReviewedAdmin):
    list_display = ("ndc", "drug", "amount", "unit", "container")
    search_fields = ("ndc", "ndc11", "drug__name")
    list_select_related = ("drug",)


@admin.register(Source)
class SourceAdmin(LookedAtAdmin):
    list_display = ("code", "kind", "title")
    search_fields = ("code", "title")


@admin.register(ReferenceLoad)
class ReferenceLoadAdmin(LookedAtAdmin):
    list_display = ("name", "release", "loaded_at")


@admin.register(Order)
class OrderAdmin(LookedAtAdmin):
    list_display = ("key", "state", "version", "written_at", "signed_at")
    list_filter = ("state",)


@admin.register(Lot)
class LotAdmin(LookedAtAdmin):
    list_display = ("number", "product", "expires_on", "source")
    list_select_related = ("product",)


@admin.register(StockMove)
class StockMoveAdmin(LookedAtAdmin):
    list_display = ("lot", "kind", "amount", "vials", "moved_at", "moved_by")
    list_select_related = ("lot", "moved_by")
