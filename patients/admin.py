"""Reference data only: payers, and how other people's codes map to our vocabularies.

The vocabularies themselves are edited in the rule book.
"""

from django.contrib import admin

from infusion_center.audit.admin import RecordedAdmin
from patients.models import CodeMapping, Payer


@admin.register(Payer)
class PayerAdmin(RecordedAdmin):
    list_display = ["name", "payer_id", "filing_code", "timely_filing_days", "active", "reviewed_on"]
    list_filter = ["active"]
    search_fields = ["name", "payer_id"]


@admin.register(CodeMapping)
class CodeMappingAdmin(RecordedAdmin):
    list_display = ["system", "code", "kind", "terms", "ingredient", "reviewed_on"]
    list_filter = ["system", "kind"]
    search_fields = ["code", "ingredient", "note"]
