"""Once and never twice: composing, claiming, sending through a real SMTP server, and dying in the middle."""

import socket
import threading
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from django.db import connections

from infusion_center.outbox import email, services
from infusion_center.outbox.models import Channel, Message, State
from tests.clock import NINE

HOUR = timedelta(hours=1)


def reminder(pia, *, at=NINE, **facts):
    defaults = {
        "subject": pia,
        "kind": "reminder",
        "channel": Channel.EMAIL,
        "to": "pia@example.org",
        "title": "A reminder from Lakeside",
        "text": "Please look: http://localhost/x",
        "due_at": at,
        "useless_after": at + 4 * HOUR,
    }
    return services.compose(**(defaults | facts), at=at)


class Letterbox:
    """A real SMTP server that keeps what it is handed, or refuses it."""

    def __init__(self, refuse=""):
        self.refuse, self.mails = refuse, []

    async def handle_DATA(self, server, session, envelope):
        if self.refuse:
            return self.refuse
        self.mails.append(envelope)
        return "250 kept"


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def letterbox(settings):
    box = Letterbox()
    controller = Controller(box, hostname="127.0.0.1", port=a_free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = controller.hostname, controller.port
    yield box
    controller.stop()


@pytest.mark.django_db
def test_composing_twice_leaves_one_message(pia):
    assert reminder(pia) is True
    assert reminder(pia) is False
    assert Message.objects.count() == 1


@pytest.mark.django_db
def test_a_task_run_a_hundred_times_sends_once(pia, letterbox):
    reminder(pia)
    for _ in range(100):
        services.send_next(send=email.send, at=NINE)
    assert len(letterbox.mails) == 1
    assert letterbox.mails[0].rcpt_tos == ["pia@example.org"]
    assert Message.objects.get().state == State.SENT


@pytest.mark.django_db
def test_a_message_that_comes_too_late_is_skipped_with_its_reason(pia, letterbox):
    reminder(pia)
    services.send_next(send=email.send, at=NINE + 5 * HOUR)
    message = Message.objects.get()
    assert (message.state, letterbox.mails) == (State.SKIPPED, [])
    assert "late" in message.note


@pytest.mark.django_db
def test_a_refused_mail_is_failed_and_not_tried_again(pia, letterbox):
    letterbox.refuse = "550 nobody here"
    reminder(pia)
    for _ in range(3):
        services.send_next(send=email.send, at=NINE)
    message = Message.objects.get()
    assert message.state == State.FAILED
    assert "pia" not in message.note


@pytest.mark.django_db
def test_a_server_that_is_not_there_means_failed(pia, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    reminder(pia)
    services.send_next(send=email.send, at=NINE)
    assert Message.objects.get().state == State.FAILED


class WorkerDied(BaseException):
    """kill -9, as near as one process can come to it."""


@pytest.mark.django_db
def test_a_worker_that_dies_while_sending_leaves_it_unknown_and_never_sent_again(pia, letterbox):
    reminder(pia)

    def die(message):
        email.send(message)
        raise WorkerDied

    with pytest.raises(WorkerDied):
        services.send_next(send=die, at=NINE)
    assert services.give_up_on_left_behind(at=NINE) == 0, "another worker may still be at it"
    assert services.give_up_on_left_behind(at=NINE + HOUR) == 1
    services.send_next(send=email.send, at=NINE + HOUR)
    assert Message.objects.get().state == State.UNKNOWN
    assert len(letterbox.mails) == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_six_workers_send_each_of_thirty_messages_once(pia, letterbox):
    for n in range(30):
        reminder(pia, kind=f"reminder-{n}")

    def work():
        try:
            while services.send_next(send=email.send, at=NINE):
                pass
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(letterbox.mails) == 30
    assert Message.objects.filter(state=State.SENT).count() == 30
