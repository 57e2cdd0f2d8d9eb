"""The Celery app and the beat table. Tasks are doorbells: the tables are the queues (house.md, habit 10)."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "infusion_center.settings")

app = Celery("infusion_center")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "compose-visit-reminders": {"task": "visits.tasks.compose_reminders", "schedule": crontab(minute="*/10")},
    "read-queued-imports": {"task": "patients.tasks.read_imports", "schedule": 15.0},
    "send-due-messages": {"task": "infusion_center.outbox.tasks.send_due", "schedule": 30.0},
    "check-again-what-has-changed": {"task": "visits.tasks.check_again", "schedule": 5.0},
    "solve-squeezes": {"task": "visits.tasks.solve_squeezes", "schedule": 5.0},
    "forget-ended-sessions": {
        "task": "infusion_center.accounts.tasks.forget_ended_sessions",
        "schedule": crontab(minute=50, hour=3),
    },
    "forget-old-drafts": {"task": "visits.tasks.forget_forms", "schedule": crontab(minute=40, hour=3)},
    "expire-held-visits": {"task": "visits.tasks.expire_holds", "schedule": 30.0},
    "check-ledger-against-charts": {
        "task": "visits.tasks.check_ledger",
        "schedule": crontab(hour=9, minute=10),  # before the first site of the country opens
    },
    "make-downtime-packs": {"task": "visits.tasks.make_downtime_packs", "schedule": crontab(minute="*/15")},
    "draft-claims-of-done-visits": {"task": "billing.tasks.draft_claims", "schedule": 60.0},
}
