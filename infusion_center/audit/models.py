"""Who opened whose chart. Row history is django-pghistory's; this is the reading side. Append-only."""

import pgtrigger
from django.conf import settings
from django.db import models


class ChartRead(models.Model):
    """One opening by a person of a page or API answer about one named patient; or one list, once an hour.

    `patient_key` is the patient's public key, without a foreign key: the floor imports no app.
    It is null for a list or board, whose row is unique per person, list and hour.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    patient_key = models.UUIDField(null=True)
    page = models.CharField(max_length=80)
    at = models.DateTimeField()
    hour = models.DateTimeField()
    request_key = models.CharField(max_length=40, blank=True)

    class PHI:
        fields = frozenset({"patient_key"})
        safe = frozenset({"id", "person", "page", "at", "hour", "request_key"})

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
        indexes = [
            models.Index(fields=["patient_key", "-at"], name="reads_of_a_patient"),
            models.Index(fields=["person", "-at"], name="reads_by_a_person"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "page", "hour"],
                condition=models.Q(patient_key=None),
                name="one_list_read_per_person_list_and_hour",
            )
        ]
