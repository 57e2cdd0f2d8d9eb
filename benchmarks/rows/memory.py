"""What a web process and a Celery process hold after they have worked, in MB of resident memory.

Memory that a worker shares with its parent counts for both: the figures are what an administrator sees.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.urls import reverse

from benchmarks.bench import Bench
from benchmarks.figures import Figure
from benchmarks.web import TOKEN, Browser, expect
from infusion_center.accounts.models import User
from infusion_center.celery import app
from infusion_center.embedded import kernel

ROW = "memory"
WEB_GOAL, CELERY_GOAL = 130, 150  # MB a process
GROWTH_GOAL = 1.05  # of a web process over the requests below
FULL, QUICK = 2000, 400  # requests; the first quarter fills the caches
QUEUE = "benchmarks"  # the demo's own worker does not listen here, nor ours there
TASK = "infusion_center.outbox.tasks.send_due"
DESK, PASSWORD = "signs-in", "with-a-long-password"
SIGN_IN = 6  # checking a password takes scrypt 16 MB for a moment
PATIENCE = 60  # seconds for the worker to start and do the task
WORKER = (
    *("celery", "--app", "infusion_center", "worker", "--concurrency", "2", "--loglevel", "warning"),
    *("--queues", QUEUE, "--hostname", f"{QUEUE}@%h", "--without-gossip", "--without-mingle"),
)


def measure(bench: Bench) -> list[Figure]:
    User.objects.create_user(DESK, password=PASSWORD)
    requests = bench.times(FULL, QUICK)
    rest = requests - requests // 4
    _work(bench, requests - rest)
    warm = max(_children(bench.web.process.pid))
    _work(bench, rest)
    web = max(_children(bench.web.process.pid))
    with _celery() as pid:
        celery = max(_children(pid))
    return [
        Figure(ROW, "a web worker", web, "MB", WEB_GOAL),
        Figure(ROW, f"a web worker, growth over {rest} requests", web / warm, "x", GROWTH_GOAL),
        Figure(ROW, "a Celery worker that has done a task", celery, "MB", CELERY_GOAL),
    ]


def _work(bench: Bench, requests: int) -> None:
    """People sign in; then boards and searches in turn, over more connections than there are workers."""
    for _ in range(SIGN_IN):
        door = Browser(bench.web.port, f"{settings.CSRF_COOKIE_NAME}={TOKEN}")
        expect(door.post(reverse("account_login"), {"login": DESK, "password": PASSWORD}), 302)
    browsers = [bench.web.browser(bench.center.desk) for _ in range(8)]
    for turn in range(requests // 2):
        browser = browsers[turn % len(browsers)]
        expect(browser.get(reverse("visits:today")), 200)
        expect(browser.post(reverse("patients:find"), {"text": "smith"}, **{"HX-Request": "true"}), 200)


@contextmanager
def _celery() -> Iterator[int]:
    """A worker of the product's, on a queue of its own, that has done one task."""
    with tempfile.TemporaryFile() as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", *WORKER],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=os.environ,
            preexec_fn=kernel.end_with_parent,
        )
        try:
            app.send_task(TASK, queue=QUEUE)
            _wait_until_done(worker.pid)
            yield worker.pid
        finally:
            worker.terminate()
            worker.wait()


def _wait_until_done(parent: int) -> None:
    """Its children have started and the queue is empty; then a breath, for the task itself."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and (len(_children(parent)) < 2 or _waiting()):
        time.sleep(0.2)
    time.sleep(2)


def _waiting() -> int:
    with app.connection_for_read() as connection:
        return connection.default_channel.client.llen(QUEUE)


def _children(parent: int) -> list[float]:
    """MB of resident memory of each child process."""
    listed = subprocess.run(["ps", "-A", "-o", "ppid=,rss="], capture_output=True, text=True, check=True)
    rows = (line.split() for line in listed.stdout.splitlines())
    return [int(kilobytes) / 1024 for ppid, kilobytes in rows if int(ppid) == parent]
