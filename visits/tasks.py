"""Doorbells: the tables are the queues, and the services do the work (house.md, habit 10)."""

from functools import partial

from celery import shared_task
from django.conf import settings
from kombu.exceptions import OperationalError

from infusion_center.shared import clock
from visits.services import checking, downtime, drafts, flow, freed, ledger, reminders, squeezing


@shared_task(name="visits.tasks.compose_reminders", ignore_result=True, acks_late=True)
def compose_reminders() -> None:
    reminders.compose_reminders(at=clock.now())


@shared_task(name="visits.tasks.expire_holds", ignore_result=True, acks_late=True)
def expire_holds() -> None:
    now = clock.now()
    flow.expire_all_holds(at=now)
    freed.pass_by(at=now)


@shared_task(name="visits.tasks.check_again", ignore_result=True, acks_late=True)
def check_again() -> None:
    checking.sweep(at=clock.now())


@shared_task(name="visits.tasks.forget_forms", ignore_result=True, acks_late=True)
def forget_forms() -> None:
    drafts.forget(at=clock.now())


@shared_task(name="visits.tasks.solve_squeezes", ignore_result=True, acks_late=True)
def solve_squeezes() -> None:
    """The solver is imported here and nowhere else: only a worker that is asked pays for it."""
    squeezing.expire_old(at=clock.now())
    if squeezing.is_asked():
        from visits.rules.cp_sat import solve

        in_time = partial(solve, seconds=settings.SQUEEZE_SECONDS)
        while squeezing.solve_next(solve=in_time, at=clock.now()):
            pass


@shared_task(name="visits.tasks.check_ledger", ignore_result=True, acks_late=True)
def check_ledger() -> None:
    ledger.check(at=clock.now())


@shared_task(name="visits.tasks.make_downtime_packs", ignore_result=True, acks_late=True)
def make_downtime_packs() -> None:
    downtime.make_due(at=clock.now())


def wake_the_solver() -> None:
    """Somebody waits at the desk. If the broker is down nothing is lost: beat rings every five seconds."""
    try:
        solve_squeezes.delay_on_commit()
    except OperationalError:
        return
