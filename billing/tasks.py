"""The doorbell of billing: the visits and the claims are the queue (house.md, habit 10)."""

from celery import shared_task

from billing.services import charging, submission
from infusion_center.shared import clock


@shared_task(ignore_result=True, acks_late=True)
def draft_claims() -> None:
    """Claims of visits done since, claims whose chart changed, files whose maker died. Safe to run again."""
    submission.take_back_unfinished(at=clock.now())
    charging.draft_claims(at=clock.now())
