"""The doorbell of the outbox."""

from celery import shared_task

from infusion_center.outbox import email, services
from infusion_center.shared import clock


@shared_task(ignore_result=True, acks_late=True)
def send_due() -> None:
    """Send everything that is due, one by one; run it as often as you like."""
    services.give_up_on_left_behind(at=clock.now())
    while services.send_next(send=email.send, at=clock.now()):
        pass
