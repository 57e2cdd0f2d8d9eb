"""A form on a charting screen: that it was written down once, and what stands in one not sent yet."""

import uuid

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from visits.models.visit import Visit


def _staff() -> models.ForeignKey:
    owner = settings.AUTH_USER_MODEL
    return models.ForeignKey(owner, on_delete=models.PROTECT, related_name="+", db_index=False)


class WrittenForm(models.Model):
    """Made with what the form wrote, in the same transaction. `key`: of the form, random.

    `content`: a keyed hash of who sent what, so that another text under the same key is not taken for it.
    `answer`: what a program was answered.
    """

    key = models.UUIDField(unique=True, editable=False)
    content = models.CharField(max_length=64)
    answer = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    written_at = models.DateTimeField(db_index=True)
    written_by = _staff()

    class PHI:
        fields = frozenset({"answer"})
        safe = frozenset({"id", "key", "content", "written_at", "written_by"})


class Draft(models.Model):
    """What one person has typed into one form and not sent. `form`: its address; `typed`: names and values.

    `key`: of the form, which it keeps: sent, and opened again from here, it is still written once.
    """

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="drafts")
    form = models.CharField(max_length=200)
    title = models.CharField(max_length=160, help_text="What the form says it is")
    key = models.UUIDField(default=uuid.uuid4)
    typed = models.JSONField()
    saved_at = models.DateTimeField(db_index=True)
    saved_by = _staff()

    class PHI:
        fields = frozenset({"typed", "title"})
        safe = frozenset({"id", "visit", "form", "key", "saved_at", "saved_by"})

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["form", "saved_by"], name="one_draft_per_form_and_person")
        ]

    @property
    def opens_at(self) -> str:
        """Where the form stands: an addendum or a correction on the note's page, any other by itself."""
        before, note, _ = self.form.partition("/note/")
        return before + note if note else self.form
