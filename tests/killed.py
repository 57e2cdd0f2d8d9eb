"""kill -9 of web, worker and database while a desk books and nurses chart: what was answered is there, once.

Everybody here is a program of another house: whoever gets no answer, or one that says the server is down,
sends the same entry with the same `Idempotency-Key` until there is one. KILLS, SEED: how often, whom.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests

from infusion_center.accounts.demo import STAFF
from infusion_center.embedded import place, postgresql

KILLS = int(os.environ.get("KILLS", 6))
SEED = int(os.environ.get("SEED", 1))
PROJECT = place.PROJECT
PATIENCE = 120  # seconds until an entry must have its answer, whatever is killed meanwhile


def until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


class Person:
    """Somebody signed in who does not give up."""

    def __init__(self, base, username):
        self.base, self.retries = base, 0
        self.session = requests.Session()
        self.session.get(f"{base}/accounts/login/", timeout=30)
        password = next(word for name, word, *_ in STAFF if name == username)
        form = {"login": username, "password": password, "csrfmiddlewaretoken": self._token()}
        self.session.post(f"{base}/accounts/login/", form, timeout=30).raise_for_status()

    def _token(self):
        return self.session.cookies["csrftoken"]

    def get(self, path):
        return self._until_answered(lambda: self.session.get(f"{self.base}/api/v1/{path}", timeout=30)).json()

    def send(self, path, **facts):
        """(status, body) of an entry that was answered at last."""
        headers = {"X-CSRFToken": self._token(), "Idempotency-Key": str(uuid.uuid4()), "Referer": self.base}
        address = f"{self.base}/api/v1/{path}"
        answer = self._until_answered(
            lambda: self.session.post(address, json=facts, headers=headers, timeout=30)
        )
        return answer.status_code, answer.json()

    def _until_answered(self, ask):
        began = time.monotonic()
        while time.monotonic() - began < PATIENCE:
            with suppress(requests.RequestException):
                answer = ask()
                if answer.status_code < 500:
                    return answer
            self.retries += 1
            time.sleep(0.2)
        raise AssertionError(f"no answer within {PATIENCE} s")


class Nurse:
    """Vitals and one line, over and over: started, paused, resumed, stopped half-way, entered in error."""

    ROUND = ("start", "pause", "resume", "stop", "error")

    def __init__(self, person, visit, line, lots):
        self.person, self.visit, self.line, self.lots = person, visit, line, lots
        self.who = {"visit": visit["key"], "patient": visit["patient"]}
        self.vitals, self.acts, self.state = [], 0, line["state"]

    def work(self):
        taken_at = datetime.now(UTC).isoformat()
        status, said = self.person.send(
            f"visits/{self.visit['key']}/vitals", patient=self.visit["patient"], pulse=71, taken_at=taken_at
        )
        assert status == 201, said
        self.vitals.append(taken_at)
        self.act(self.ROUND[self.acts % len(self.ROUND)])

    def act(self, what):
        now = datetime.now(UTC).isoformat()
        facts = {
            "start": {"lots": self.lots, "started_at": now, "acknowledged": True},
            "pause": {"happened_at": now},
            "resume": {"happened_at": now},
            "stop": {"stopped_at": now, "given_amount": self._half(), "reason": "Enough"},
            "error": {"reason": "Another line"},
        }[what]
        status, said = self.person.send(f"administrations/{self.line['key']}/{what}", **self.who, **facts)
        assert status == 200, (what, said)
        self.line, self.state = said, said["state"]
        self.acts += 1

    def _half(self):
        return str(round(float(self.line["dose"]) / 2, 3))


class Desk:
    """Books one after another on a day to come, and cancels the older ones."""

    def __init__(self, person, patients, day, starts):
        self.person, self.patients, self.day, self.starts = person, patients, day, starts
        self.standing, self.cancelled, self.full = [], [], 0

    def work(self):
        n = len(self.standing) + len(self.cancelled) + self.full
        status, said = self.person.send(
            "visits",
            patient=self.patients[n % len(self.patients)],
            starts_at=self.starts[n % len(self.starts)],
            minutes=60,
            load=3,
        )
        assert status in (201, 409), said
        if status == 201:
            self.standing.append(said["key"])
        else:
            self.full += 1
        if len(self.standing) > 4:
            oldest = self.standing.pop(0)
            status, said = self.person.send(f"visits/{oldest}/cancel", reason="Feels better")
            # a cancellation whose answer was lost has happened: then it is past cancelling
            assert status in (200, 409), said
            self.cancelled.append(oldest)


class Killer:
    """Who ends somebody at a moment nobody chose."""

    def __init__(self, running, here, rng):
        self.running, self.here, self.rng = running, here, rng
        self.killed = Counter()

    def kill_one(self):
        what = self.rng.choice(["web worker"] * 3 + ["worker"] * 2 + ["database"] * 2 + ["web"])
        victims = {
            "web worker": lambda: children_of(self.running.child("infusion_center.serve")),
            "web": lambda: [self.running.child("infusion_center.serve")],
            "worker": lambda: [self.running.child("worker")],
            "database": lambda: sorted(postgresql.processes(self.here)),
        }[what]()
        victims = [pid for pid in victims if pid]
        if victims:
            with suppress(ProcessLookupError):
                os.kill(self.rng.choice(victims), signal.SIGKILL)
                self.killed[what] += 1


def children_of(pid):
    with suppress(OSError, TypeError):
        return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
    return []


def on_and_on(worker, stop, troubles):
    def work():
        try:
            while not stop.is_set():
                worker.work()
        except Exception as trouble:  # noqa: BLE001 - told by the test
            troubles.append(trouble)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def a_line_to_work_on(person, taken):
    """A line in a chair that may be entered in error, and the lots it is started from again."""
    lots = {}
    for lot in person.get("stock/lots"):
        lots.setdefault(lot["drug"], []).append(lot["id"])
    for visit in person.get("today")["visits"]:
        if visit["status"] != "in_chair" or visit["key"] in taken:
            continue
        chart = person.get(f"visits/{visit['key']}")
        for line in chart["administrations"]:
            if line["state"] in ("running", "given") and line["drug"] in lots:
                nurse = Nurse(person, chart, line, lots[line["drug"]])
                nurse.act("error")
                nurse.acts = 0
                status, said = person.send(
                    f"administrations/{nurse.line['key']}/start",
                    **nurse.who,
                    lots=nurse.lots,
                    started_at=datetime.now(UTC).isoformat(),
                    acknowledged=True,
                )
                if status == 200:
                    nurse.line, nurse.acts = said, 1
                    return nurse
    raise AssertionError("nobody in a chair has a line to work on")


def a_desk(person):
    """The first day to come on which somebody can be booked."""
    patients = [visit["patient"] for visit in person.get("today")["visits"]]
    for ahead in range(1, 8):
        day = (datetime.now(UTC) + timedelta(days=ahead)).date()
        _, offered = person.send("availability", day=str(day), minutes=60, load=3, limit=100)
        free = offered["starts"]
        if len(free) > 10:
            return Desk(person, patients, str(day), [start["at"] for start in free])
    raise AssertionError("nowhere within a week is room")


def check_ledger(root):
    """What `manage.py check_ledger` says of this instance."""
    said = subprocess.run(
        [
            sys.executable,
            "-m",
            "infusion_center.embedded",
            "exec",
            sys.executable,
            "manage.py",
            "check_ledger",
        ],
        cwd=PROJECT,
        env=os.environ | {"EMBEDDED_DIR": str(root), "DJANGO_SETTINGS_MODULE": "infusion_center.settings"},
        capture_output=True,
        text=True,
    )
    return said.stdout + said.stderr


def what_was_answered_is_there_once(running, root):
    """On a demo center that is up. Returns what happened, in words."""
    until(lambda: running.child("worker"))
    base = f"http://localhost:{running.port}"
    nora = a_line_to_work_on(Person(base, "nora"), [])
    noah = a_line_to_work_on(Person(base, "noah"), [nora.visit["key"]])
    felix = a_desk(Person(base, "felix"))
    said = check_ledger(root)
    assert said.startswith("0 differences"), said

    stop, troubles = threading.Event(), []
    threads = [on_and_on(one, stop, troubles) for one in (nora, noah, felix)]
    killer = Killer(running, place.at(root), random.Random(SEED))
    while sum(killer.killed.values()) < KILLS and not troubles:
        time.sleep(killer.rng.uniform(0.3, 2.5))
        killer.kill_one()
    until(running.answers, seconds=PATIENCE)
    stop.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert troubles == []

    for nurse in (nora, noah):
        chart = nurse.person.get(f"visits/{nurse.visit['key']}")
        kept = Counter(datetime.fromisoformat(one["taken_at"]) for one in chart["vitals"])
        assert [kept[datetime.fromisoformat(one)] for one in nurse.vitals] == [1] * len(nurse.vitals)
        [line] = [one for one in chart["administrations"] if one["key"] == nurse.line["key"]]
        assert line["state"] == nurse.state
    booked = [one["key"] for one in felix.person.get(f"today?day={felix.day}")["visits"]]
    assert [booked.count(key) for key in felix.standing] == [1] * len(felix.standing)
    assert not set(felix.cancelled) & set(booked)
    said = check_ledger(root)
    assert said.startswith("0 differences"), said
    acts = nora.acts + noah.acts + len(nora.vitals) + len(noah.vitals)
    bookings = len(felix.standing) + len(felix.cancelled)
    again = sum(one.person.retries for one in (nora, noah, felix))
    return f"killed {dict(killer.killed)}; {acts} entries, {bookings} bookings; sent again {again} times"
