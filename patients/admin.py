"""Reference data only: payers, our vocabularies, and how other people's codes map to them."""

from django.contrib import admin

from infusion_center.audit.admin import RecordedAdmin
from patients.models import CodeMapping, Payer, Term


@admin.register(Payer)
class PayerAdmin(RecordedAdmin):
    list_display = ["name", "payer_id", "filing_code", "timely_filing_days", "active", "reviewed_on"]
    list_filter = ["active"]
    search_fields = ["name", "payer_id"]


@admin.register(Term)
class TermAdmin(RecordedAdmin):
    list_display = ["term", "label", "kind", "reviewed_on"]
    list_filter = ["kind"]
    search_fields = ["term", "label"]


@admin.register(CodeMapping)
class CodeMappingAdmin(RecordedAdmin):
    list_display = ["system", "code", "kind", "terms", "ingredient", "reviewed_on"]
    list_filter = ["system", "kind"]
    search_fields = ["code", "ingredient", "note"]
