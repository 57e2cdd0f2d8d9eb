"""The doorbell of the imports."""

from celery import shared_task

from infusion_center.shared import clock


@shared_task(ignore_result=True, acks_late=True)
def read_imports() -> None:
    """Read every waiting file, one by one; run it as often as you like."""
    from patients.services import taking_in  # what it loads only a worker needs; a web process rings the bell

    taking_in.put_back(at=clock.now())
    while taking_in.read_next(at=clock.now()):
        pass
