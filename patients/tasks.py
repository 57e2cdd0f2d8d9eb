"""The doorbell of the imports."""

from celery import shared_task

from infusion_center.shared import clock
from patients.services import importing


@shared_task(ignore_result=True, acks_late=True)
def read_imports() -> None:
    """Read every waiting file, one by one; run it as often as you like."""
    importing.put_back(at=clock.now())
    while importing.read_next(at=clock.now()):
        pass
