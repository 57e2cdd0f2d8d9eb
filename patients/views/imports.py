"""Bring FHIR files, watch them being read, look at what did not go in."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST
from kombu.exceptions import OperationalError

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import page_or_part, put_problem, unchanged, wants_part
from patients.models import ImportFile
from patients.selectors import imports
from patients.services import importing
from patients.tasks import read_imports

MOST_MEGABYTES = 50


class _Files(forms.FileField):
    """Several files, none of them too large."""

    widget = type("_SeveralFiles", (forms.ClearableFileInput,), {"allow_multiple_selected": True})

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        listed = data if isinstance(data, (list, tuple)) else [data]
        files = [super(_Files, self).clean(one, initial) for one in listed or [None]]
        for file in files:
            if file.size > MOST_MEGABYTES * 1024 * 1024:
                raise forms.ValidationError(f"“{file.name}” is over {MOST_MEGABYTES} MB. Bring it in parts.")
        return files


class UploadForm(forms.Form):
    chosen = _Files(
        label="FHIR files",
        allow_empty_file=True,
        help_text=f"Up to 100 .json or .json.gz files of up to {MOST_MEGABYTES} MB, one patient each.",
    )


@requires(Can.IMPORT_PATIENTS)
@require_GET
def import_list(request: StaffRequest) -> HttpResponse:
    reading.list_opened(page="patients:import_list", by=request.user, at=clock.now())
    return _list(request, UploadForm())


@requires(Can.IMPORT_PATIENTS)
@require_POST
def import_upload(request: StaffRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _list(request, form, status=422)
    try:
        brought = [(file.name, file.chunks()) for file in form.cleaned_data["chosen"]]
        batch = importing.receive(files=brought, by=request.user, at=clock.now())
    except DomainError as no:
        put_problem(form, no)
        return _list(request, form, status=no.http_status)
    _ring()
    return redirect("patients:import_progress", key=batch.key)


@requires(Can.IMPORT_PATIENTS)
@require_GET
def import_progress(request: StaffRequest, key: UUID) -> HttpResponse:
    if wants_part(request) and request.GET.get("v") == imports.version(key):
        return unchanged()
    if not wants_part(request):
        reading.list_opened(page="patients:import_progress", by=request.user, at=clock.now())
    context = {"progress": imports.progress(key)}
    return page_or_part(
        request, page="patients/import.html", part="patients/_import_progress.html", context=context
    )


@requires(Can.IMPORT_PATIENTS)
@require_GET
def import_file(request: StaffRequest, key: UUID, place: int) -> HttpResponse:
    return _file(request, imports.file_at(key, place))


@requires(Can.IMPORT_PATIENTS)
@require_POST
def import_try_again(request: StaffRequest, key: UUID, place: int) -> HttpResponse:
    file = imports.file_at(key, place)
    try:
        importing.try_again(file=file, by=request.user, at=clock.now())
    except DomainError as no:
        return _file(request, imports.file_at(key, place), problem=no)
    _ring()
    return redirect("patients:import_progress", key=key)


@requires(Can.IMPORT_PATIENTS)
@require_POST
def import_reviewed(request: StaffRequest, key: UUID, place: int) -> HttpResponse:
    file = imports.file_at(key, place)
    try:
        importing.mark_reviewed(file=file, by=request.user, at=clock.now())
    except DomainError as no:
        return _file(request, imports.file_at(key, place), problem=no)
    messages.success(request, "Marked as reviewed.")
    return redirect("patients:import_progress", key=key)


def _list(request: StaffRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "recent": imports.recent()}
    return render(request, "patients/imports.html", context, status=status)


def _file(request: StaffRequest, file: ImportFile, problem: DomainError | None = None) -> HttpResponse:
    """The page of one file. Where it is about one person, opening it is opening her chart."""
    patient = file.patient and (file.patient.merged_into or file.patient)
    if patient:
        page = "patients:import_file"
        reading.chart_opened(patient_key=patient.key, page=page, by=request.user, at=clock.now())
    review = imports.unmapped(file.patient) if file.patient else []
    context = {"file": file, "patient": patient, "unmapped": review, "problem": problem}
    return render(
        request, "patients/import_file.html", context, status=problem.http_status if problem else 200
    )


def _ring() -> None:
    """Wake a worker now; if the broker is down, nothing is lost: beat rings every 15 seconds."""
    try:
        read_imports.delay_on_commit()
    except OperationalError:
        return
