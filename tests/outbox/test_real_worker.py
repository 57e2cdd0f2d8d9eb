"""A real Celery worker, a real mail server, and kill -9 in the middle of handing over a mail."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings

from infusion_center.celery import app
from infusion_center.outbox import services
from infusion_center.outbox.models import Message, State
from infusion_center.shared import clock
from tests.outbox.test_outbox import HOUR, Letterbox, a_free_port, reminder

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    # Tests run their tasks eagerly; this one rings a real worker, and Celery remarks on it.
    pytest.mark.filterwarnings("ignore::celery.exceptions.AlwaysEagerIgnored"),
]

PATIENCE = 60  # seconds; a worker on a busy machine takes some to come up


class SlowLetterbox(Letterbox):
    """Takes the mail, and keeps the sender waiting for the answer."""

    def __init__(self):
        super().__init__()
        self.has_it, self.may_answer = threading.Event(), threading.Event()

    async def handle_DATA(self, server, session, envelope):
        self.mails.append(envelope)
        self.has_it.set()
        while not self.may_answer.is_set():
            await asyncio.sleep(0.05)
        return "250 kept"


@pytest.fixture
def letterbox():
    box = SlowLetterbox()
    controller = Controller(box, hostname="127.0.0.1", port=a_free_port())
    controller.start()
    box.port = controller.port
    yield box
    box.may_answer.set()
    controller.stop()


@pytest.fixture
def start_worker(letterbox):
    """Starts `celery worker` on a queue of this test's own, over the test database."""
    queue, workers = f"outbox-{uuid.uuid4().hex}", []

    def start():
        command = [sys.executable, "-m", "celery", "-A", "infusion_center", "worker", "-Q", queue]
        quiet = ["--pool", "solo", "--loglevel", "warning", "--without-gossip", "--without-mingle"]
        worker = subprocess.Popen([*command, *quiet], env=environment(letterbox.port), cwd=settings.BASE_DIR)
        workers.append(worker)
        return worker

    start.ring = lambda: app.send_task("infusion_center.outbox.tasks.send_due", queue=queue)
    yield start
    for worker in workers:
        worker.kill()
        worker.wait()


def environment(mail_port: int) -> dict[str, str]:
    db = settings.DATABASES["default"]
    where = f"{db['USER']}:{db['PASSWORD']}@"
    if str(db["HOST"]).startswith("/") or not db["HOST"]:
        host = db["HOST"] or db["OPTIONS"]["host"]
        url = f"postgresql://{where}/{db['NAME']}?host={host}"
    else:
        url = f"postgresql://{where}{db['HOST']}:{db['PORT'] or 5432}/{db['NAME']}"
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "infusion_center.settings",
        "DATABASE_URL": url,
        "REDIS_URL": settings.REDIS_URL,
        "SECRET_KEY": settings.SECRET_KEY,
        "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
    }


def wait_for(condition) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.1)


def test_a_worker_killed_while_sending_never_sends_twice(pia, letterbox, start_worker):
    reminder(pia, at=clock.now() - timedelta(minutes=1))
    worker = start_worker()
    start_worker.ring()
    assert letterbox.has_it.wait(PATIENCE)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert Message.objects.get().state == State.CLAIMED

    letterbox.may_answer.set()
    start_worker()
    for _ in range(3):  # beat rings again and again; the broker may redeliver the first ring too
        start_worker.ring()
    reminder(pia, kind="another", at=clock.now() - timedelta(minutes=1))
    start_worker.ring()
    wait_for(lambda: Message.objects.filter(kind="another", state=State.SENT).exists())
    assert len(letterbox.mails) == 2, "the first once, the other once"

    services.give_up_on_left_behind(at=clock.now() + HOUR)
    assert Message.objects.get(kind="reminder").state == State.UNKNOWN
