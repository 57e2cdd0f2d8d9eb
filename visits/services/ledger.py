"""The nightly look at the books (requirements 8)."""

from datetime import datetime

import structlog
from django.db import transaction

from visits.models import LedgerCheck
from visits.selectors import ledger

log = structlog.get_logger()


def check(*, at: datetime) -> LedgerCheck:
    """Compare ledger and charts as of one moment, and keep what was found."""
    with transaction.atomic():
        found = ledger.differences()
        row = LedgerCheck.objects.create(checked_at=at, **ledger.counted(), differences=found)
    log.info("ledger.checked", lots=row.lots, doses=row.doses, differences=len(found))
    return row
