"""Prices and payers' rules are edited here; published rows, claims and files are only looked at."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from billing.models import ContractPrice, DrugLimit, IcdCode, Locality, PayerRule, RelativeValue
from billing.rules.coding import Policy
from billing.selectors.payer_rules import SETTINGS, SWITCHES
from infusion_center.accounts.models import User
from infusion_center.shared import clock
from regimens.services import reviewing

WORDS = {
    "missing_stop": {"hold", "push"},
    "hydration_sum": {"cumulative", "continuous"},
    "repeat_infusion": {"interval", "sum"},
}


class PayerRuleForm(forms.ModelForm):
    """Switches are checked by name, type and word: a misspelt one would silently mean nothing."""

    class Meta:
        model = PayerRule
        fields = (
            *("payer", "drug_code", "authorization", "complex_administration", "discard_modifiers"),
            *("settings", "valid_from", "valid_to", "source_note"),
        )

    def clean_settings(self) -> dict[str, Any]:
        said = self.cleaned_data["settings"] or {}
        if not isinstance(said, dict) or set(said) - SETTINGS:
            raise forms.ValidationError(f"Settings may be: {', '.join(sorted(SETTINGS))}.")
        for name, value in said.items():
            if type(value) is not _type_of(name) or value not in WORDS.get(name, {value}):
                takes = " or ".join(sorted(WORDS.get(name, {_type_of(name).__name__})))
                raise forms.ValidationError(f"{name} takes {takes}.")
        return said


def _type_of(name: str) -> type:
    return type(getattr(Policy(), name)) if name in SWITCHES else bool


class Reviewed(admin.ModelAdmin):
    """Who saves a row has looked at it: name and day are noted with it."""

    exclude = ("reviewed_by", "reviewed_on")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not isinstance(request.user, User):
            raise PermissionDenied
        reviewing.save_reviewed(row=obj, by=request.user, at=clock.now())


@admin.register(ContractPrice)
class ContractPriceAdmin(Reviewed):
    list_display = ("site", "code", "drug_code", "charge", "valid_from", "valid_to", "reviewed_on")
    list_filter = ("site",)
    search_fields = ("code", "drug_code")


@admin.register(PayerRule)
class PayerRuleAdmin(Reviewed):
    form = PayerRuleForm
    list_display = ("payer", "drug_code", "authorization", "complex_administration", "valid_from", "valid_to")
    list_filter = ("payer", "authorization")
    search_fields = ("drug_code",)


class Published(admin.ModelAdmin):
    """As published: loaded from a file, never typed."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(RelativeValue)
class RelativeValueAdmin(Published):
    list_display = ("code", "work", "practice", "malpractice", "conversion_factor", "valid_from", "valid_to")
    search_fields = ("code",)


@admin.register(Locality)
class LocalityAdmin(Published):
    list_display = ("name", "state", "mac", "locality", "work", "practice", "malpractice", "valid_from")
    search_fields = ("name", "state")


@admin.register(DrugLimit)
class DrugLimitAdmin(Published):
    list_display = ("code", "dosage", "limit", "valid_from", "valid_to")
    search_fields = ("code",)


@admin.register(IcdCode)
class IcdCodeAdmin(Published):
    list_display = ("dotted", "text", "billable", "release", "valid_from", "valid_to")
    search_fields = ("code", "text")
    show_full_result_count = False
