"""Staff, sites and chairs in the admin: on the roof, for it joins accounts, places and visits."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm, UserCreationForm

from infusion_center.accounts.models import User
from infusion_center.accounts.permissions import Role
from infusion_center.audit.admin import RecordedAdmin
from infusion_center.places.models import Site
from visits.models import Chair

# One way in, with its rate limits: the sign-in page.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = "Infusion Center"
admin.site.index_title = "Staff, sites and reference data"


class RolesField(forms.MultipleChoiceField):
    """The roles as boxes to tick."""

    def __init__(self, **kwargs: Any):
        super().__init__(choices=Role.choices, widget=forms.CheckboxSelectMultiple, required=False, **kwargs)


class StaffForm(UserChangeForm):
    roles = RolesField()


class NewStaffForm(UserCreationForm):
    roles = RolesField()

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "roles")


@admin.register(User)
class StaffAdmin(RecordedAdmin, UserAdmin):
    """People are switched off, not deleted: their name stands in charts."""

    form, add_form = StaffForm, NewStaffForm
    list_display = ("username", "first_name", "last_name", "credentials", "roles", "is_active")
    list_filter = ("is_active",)
    filter_horizontal = ("sites",)
    fieldsets = (
        (None, {"fields": ("username", "password", "is_active")}),
        ("Name", {"fields": ("first_name", "last_name", "credentials", "email")}),
        ("Work", {"fields": ("roles", "sites", "npi", "taxonomy", "is_staff")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "password1", "password2")}),
        ("Who", {"fields": ("first_name", "last_name", "roles")}),
    )

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False


class ChairInline(admin.TabularInline):
    model = Chair
    extra = 0


@admin.register(Site)
class SiteAdmin(RecordedAdmin):
    """One center: its zone, its chairs, its billing identity. Hours and shifts have pages of their own."""

    list_display = ("name", "zone", "city", "state", "npi")
    prepopulated_fields = {"slug": ("name",)}
    inlines = (ChairInline,)
