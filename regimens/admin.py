"""Products are edited here, and who edits one has reviewed it; orders, stock and loads are only looked at.

Drugs, rules, regimens and words are edited in the rule book alone: their rows are the one truth.
"""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest

from infusion_center.accounts.models import User
from infusion_center.shared import clock
from regimens.models import (
    Fridge,
    FridgeReading,
    Lot,
    LotCount,
    Order,
    Product,
    ReferenceLoad,
    SetAside,
    Source,
    StockMove,
)
from regimens.services import reviewing


def _staff(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


class LookedAtAdmin(admin.ModelAdmin):
    """Whatever has a state changes through its verbs, on the pages."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    """Saving a product is reviewing it."""

    exclude = ("reviewed_by", "reviewed_on")
    list_filter = ("reviewed_on",)
    list_display = ("ndc", "drug", "amount", "unit", "container")
    search_fields = ("ndc", "ndc11", "drug__name")
    list_select_related = ("drug",)

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        reviewing.save_reviewed(row=obj, by=_staff(request), at=clock.now())


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


@admin.register(SetAside)
class SetAsideAdmin(LookedAtAdmin):
    list_display = ("lot", "kind", "since", "by", "freed_at")
    list_select_related = ("lot", "by")


@admin.register(LotCount)
class LotCountAdmin(LookedAtAdmin):
    list_display = ("lot", "expected", "counted", "counted_at", "counted_by", "witness")
    list_select_related = ("lot", "counted_by", "witness")


@admin.register(Fridge)
class FridgeAdmin(admin.ModelAdmin):
    """Added on the fridge page; renamed, respanned or put out of use here."""

    list_display = ("name", "site", "low_c", "high_c", "active")
    list_select_related = ("site",)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(FridgeReading)
class FridgeReadingAdmin(LookedAtAdmin):
    list_display = ("fridge", "celsius", "outside", "read_at", "read_by")
    list_select_related = ("fridge", "read_by")


@admin.register(StockMove)
class StockMoveAdmin(LookedAtAdmin):
    list_display = ("lot", "kind", "amount", "vials", "moved_at", "moved_by")
    list_select_related = ("lot", "moved_by")
