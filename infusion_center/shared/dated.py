"""When a row was made and last changed."""

from django.db import models


class Dated(models.Model):
    """The moments are the database's; who and why stand in the row history."""

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class Reviewed(models.Model):
    """Reference rows start unreviewed, work all the same, and say so (design.md, Reference data)."""

    reviewed_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reviewed_on = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True
