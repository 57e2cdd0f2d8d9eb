"""What the import pages show."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from patients.models import Allergy, Condition, HomeMedication, ImportFile, Patient, PatientImport
from patients.states import ImportState, Life

UNMAPPED = "Unmapped, review"  # in `counts`: active rows of the person that no vocabulary understands
_DONE = (ImportState.DONE, ImportState.FAILED)


@dataclass(frozen=True)
class Progress:
    """One import: its files in the order they came, how far it is, and a tag that changes with any."""

    batch: PatientImport
    files: list[ImportFile]
    version: str

    @property
    def finished(self) -> int:
        return sum(file.state in _DONE for file in self.files)

    @property
    def failed(self) -> int:
        return sum(file.state == ImportState.FAILED for file in self.files)

    @property
    def is_over(self) -> bool:
        return self.finished == len(self.files)


def recent(*, limit: int = 30) -> QuerySet[PatientImport]:
    """The newest imports, each with `total`, `finished`, `failed` and `unreviewed` files."""
    return (
        PatientImport.objects.select_related("started_by")
        .annotate(
            total=Count("files"),
            finished=Count("files", filter=Q(files__state__in=_DONE)),
            failed=Count("files", filter=Q(files__state=ImportState.FAILED)),
            unreviewed=Count("files", filter=_needs_review()),
        )
        .order_by("-started_at", "-pk")[:limit]
    )


def version(key: UUID) -> str:
    """Changes whenever a file of the import does. One query."""
    files = ImportFile.objects.filter(batch__key=key).aggregate(changed=Max("updated_at"), of=Count("pk"))
    changed: datetime | None = files["changed"]
    return f"{changed.timestamp():.6f}-{files['of']}" if changed else ""


def progress(key: UUID) -> Progress:
    """One import with its files; 404 where there is none."""
    batch = get_object_or_404(PatientImport.objects.select_related("started_by"), key=key)
    now = version(key)
    files = batch.files.select_related("patient", "batch").order_by("pk")
    return Progress(
        batch=batch, files=[_numbered(file, place) for place, file in enumerate(files, 1)], version=now
    )


def file_at(key: UUID, place: int) -> ImportFile:
    """The file at that place of an import, from 1; 404 where there is none."""
    files = ImportFile.objects.select_related("batch__started_by", "patient__merged_into", "reviewed_by")
    found = files.filter(batch__key=key).order_by("pk")[place - 1 : place] if place else []
    for file in found:
        return _numbered(file, place)
    raise Http404


def unmapped(patient: Patient) -> list[tuple[str, Any]]:
    """(what it is, row) of every active imported fact that our vocabularies do not understand."""
    kinds = (("Allergy", Allergy), ("Home medication", HomeMedication), ("Condition", Condition))
    review = {"patient": patient, "unmapped": True, "source": "fhir", "state": Life.ACTIVE}
    return [
        (label, row)
        for label, model in kinds
        for row in model._default_manager.filter(**review).order_by("text", "pk")
    ]


def same_name_and_birth_date(patient: Patient) -> QuerySet[Patient]:
    """Other people here of the same name, born on the same day."""
    alike = Patient.objects.kept().filter(birth_date=patient.birth_date)
    alike = alike.filter(given_name__iexact=patient.given_name, family_name__iexact=patient.family_name)
    return alike.exclude(pk=patient.pk).order_by("pk")


def _needs_review() -> Q:
    told = ~Q(files__problems=[]) | Q(files__counts__has_key=UNMAPPED)
    failed, done = Q(files__state=ImportState.FAILED), Q(files__state=ImportState.DONE)
    return (failed | (done & told)) & Q(files__reviewed_at=None)


def _numbered(file: Any, place: int) -> ImportFile:
    """With what its row on the page shows: place, rows that went in, whether somebody should look."""
    file.place = place
    went_in = ("created", "updated", "unchanged")
    file.went_in = sum(did.get(word, 0) for did in file.counts.values() for word in went_in)
    file.unmapped = file.counts.get(UNMAPPED, {}).get("active", 0)
    told = file.state == ImportState.DONE and (file.problems or file.unmapped)
    file.to_review = file.reviewed_at is None and bool(told or file.state == ImportState.FAILED)
    return file
