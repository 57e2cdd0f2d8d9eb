"""Two records of one person: find the other, compare, merge, undo."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import page_or_part
from patients.models import Patient
from patients.selectors import card, search
from patients.services import registration
from patients.views.page import about, opened

COMPARED = [
    ("Name", "name"),
    ("Birth date", "birth_date"),
    ("Sex at birth", "get_sex_at_birth_display"),
    ("Former name", "former_name"),
    ("Street", "street"),
    ("City", "city"),
    ("E-mail", "email"),
    ("Allergies", "get_allergies_display"),
]


@requires(Can.MERGE_PATIENTS)
@require_http_methods(["GET", "POST"])
def merge(request: StaffRequest, key: UUID) -> HttpResponse:
    """Look for the other record of this person; the likely ones are listed at once."""
    patient = card.patient_by_key(key)
    if request.method == "GET":
        opened(request, patient)
    text = request.POST.get("text", "").replace("\0", "").strip()[:120]
    found = search.find(text=text) if text else _likely(patient)
    others = [row for row in found if row.pk != patient.pk]
    context = about(request, patient) | {"text": text, "others": others}
    return page_or_part(request, page="patients/merge.html", part="patients/_others.html", context=context)


@requires(Can.MERGE_PATIENTS)
@require_http_methods(["GET", "POST"])
def compare(request: StaffRequest, key: UUID, other_key: UUID) -> HttpResponse:
    """Side by side; POST merges the other record into this one."""
    patient, other = card.patient_by_key(key), card.patient_by_key(other_key)
    if request.method == "GET":
        opened(request, patient)
        opened(request, other)
        return render(request, "patients/compare.html", _compared(request, patient, other))
    try:
        registration.merge(duplicate=other, into=patient, by=request.user, at=clock.now())
    except DomainError as no:
        context = _compared(request, patient, other) | {"problem": no}
        return render(request, "patients/compare.html", context, status=no.http_status)
    messages.success(request, f"Record {other.number} now stands for this one. Undo it under “Identity”.")
    return redirect("patients:patient", patient.key)


@requires(Can.MERGE_PATIENTS)
@require_POST
def undo(request: StaffRequest, key: UUID, other_key: UUID) -> HttpResponse:
    """The merged record stands for itself again."""
    patient = card.patient_by_key(key)
    other = card.merged_record(patient, other_key)
    try:
        registration.undo_merge(patient=other, by=request.user, at=clock.now())
    except DomainError as no:
        messages.error(request, no.message)
    else:
        messages.success(request, f"Record {other.number} stands for itself again.")
    return redirect("patients:patient", patient.key)


def _likely(patient: Patient) -> list[Patient]:
    alike = search.possible_duplicates(
        given_name=patient.given_name, family_name=patient.family_name, birth_date=patient.birth_date
    )
    return card.with_same_name(alike)


def _compared(request: StaffRequest, patient: Patient, other: Patient) -> dict[str, Any]:
    card.with_same_name([other])
    rows = [(label, _shown(patient, name), _shown(other, name)) for label, name in COMPARED]
    return about(request, patient) | {"other": other, "rows": rows}


def _shown(patient: Patient, name: str) -> object:
    value = getattr(patient, name)
    return value() if callable(value) else value
