"""What the nightly look at the books found."""

from django.db import models


class LedgerCheck(models.Model):
    """One comparison of ledger and charts. `differences`: sentences that name the row; none is zero."""

    checked_at = models.DateTimeField(db_index=True)
    lots = models.PositiveIntegerField()
    doses = models.PositiveIntegerField()
    differences = models.JSONField(default=list)

    class PHI:
        fields: frozenset[str] = frozenset()
        safe = frozenset({"id", "checked_at", "lots", "doses", "differences"})
