"""Files people bring. Bytes are stored first and read second; what cannot be read is kept for a person."""

import uuid

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from infusion_center.shared.dated import Dated
from patients.states import ImportState


@pghistory.track()
class PatientImport(Dated):
    """One upload or command run over one or many files."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset({"id", "key", "started_at", "started_by"})


@pghistory.track()
class ImportFile(Dated):
    """One file of an import: its bytes on disk, how far it got, what went in and what did not.

    `counts` is {"Patient": {"created": 1}, ...}; `problems` is [{"resource": ..., "reason": ...}, ...].
    """

    batch = models.ForeignKey(PatientImport, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=200)
    stored_as = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.QUEUED)
    counts = models.JSONField(default=dict, blank=True)
    problems = models.JSONField(default=list, blank=True)
    reason = models.CharField(
        max_length=300, blank=True, help_text="Why the file as a whole could not be read"
    )
    patient = models.ForeignKey(
        "patients.Patient", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    finished_at = models.DateTimeField(null=True, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class PHI:
        fields = frozenset({"name", "stored_as", "counts", "problems", "reason"})
        safe = frozenset({"id", "batch", "state", "patient", "finished_at", "reviewed_at", "reviewed_by"})

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ImportState.values), name="import_state_is_known"),
            models.CheckConstraint(
                condition=Q(reviewed_at=None, reviewed_by=None)
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False),
                name="import_reviewed_at_with_reviewed_by",
            ),
        ]
