"""Compose once, claim, send, mark. The table is the queue (house.md, habit 10)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction

from infusion_center.audit import history
from infusion_center.outbox.models import Message, State

LEFT_BEHIND = timedelta(minutes=5)

Send = Callable[[Message], None]


class NotSent(Exception):
    """The carrier said no, so nothing went out. The text is its reason, free of addresses."""


def compose(
    *,
    subject: models.Model,
    kind: str,
    channel: str,
    to: str,
    title: str,
    text: str,
    due_at: datetime,
    useless_after: datetime,
    at: datetime,
) -> bool:
    """Put one message in the outbox unless it is there already. True if it was new.

    `text` carries a link and no content: nothing about the person (design.md, PHI in transit).
    """
    message = Message(
        subject_type=ContentType.objects.get_for_model(subject),
        subject_key=str(subject.pk),
        kind=kind,
        channel=channel,
        due_at=due_at,
        useless_after=useless_after,
        to=to,
        title=title,
        text=text,
    )
    with transaction.atomic(), history.verb("message.composed", by=None, at=at):
        before = Message.objects.filter(
            subject_type=message.subject_type,
            subject_key=message.subject_key,
            kind=kind,
            channel=channel,
            due_at=due_at,
        ).exists()
        Message.objects.bulk_create([message], ignore_conflicts=True)
    return not before


def withdraw(*, subject: models.Model, kind: str, note: str, at: datetime) -> int:
    """What waits to be sent about this is not sent any more. Returns how many; safe to run again."""
    about = {
        "subject_type": ContentType.objects.get_for_model(subject),
        "subject_key": str(subject.pk),
        "kind": kind,
    }
    with transaction.atomic(), history.verb("message.withdrawn", by=None, at=at):
        waiting = Message.objects.filter(**about, state=State.DUE)
        return waiting.update(state=State.SKIPPED, note=note, updated_at=at)


def send_next(*, send: Send, at: datetime) -> bool:
    """1. claim the oldest due message, commit   2. send, holding nothing   3. mark, commit.

    A crash between 1 and 3 leaves CLAIMED, which becomes UNKNOWN and is shown to a person: an e-mail
    cannot be asked about, and is never sent again by itself. False when nothing is due.
    """
    message = _claim(at=at)
    if message is None:
        return False
    if message.state == State.CLAIMED:
        _deliver(message, send=send, at=at)
    return True


@transaction.atomic
def _claim(*, at: datetime) -> Message | None:
    message = Message.objects.due(at).select_for_update(skip_locked=True).order_by("due_at", "pk").first()
    if message is None:
        return None
    with history.verb("message.claimed", by=None, at=at):
        if message.useless_after <= at:
            _mark(message, State.SKIPPED, at=at, note="Too late to be of use")
        else:
            _mark(message, State.CLAIMED, at=at, claimed_at=at)
    return message


def _deliver(message: Message, *, send: Send, at: datetime) -> None:
    facts: dict[str, object]
    try:
        send(message)
    except NotSent as no:
        outcome, facts = State.FAILED, {"note": str(no)[:200]}
    except (OSError, SMTPException) as broken:
        # The connection went away in the middle: nobody can say whether it was taken.
        outcome, facts = State.UNKNOWN, {"note": f"The connection broke off ({type(broken).__name__})"}
    else:
        outcome, facts = State.SENT, {"sent_at": at}
    with transaction.atomic(), history.verb(f"message.{outcome}", by=None, at=at):
        _mark(message, outcome, at=at, **facts)


def give_up_on_left_behind(*, at: datetime) -> int:
    """Messages claimed by a worker that died: not known whether sent. Returns how many."""
    with transaction.atomic(), history.verb("message.lost_sight_of", by=None, at=at):
        return Message.objects.left_claimed(at - LEFT_BEHIND).update(
            state=State.UNKNOWN, note="The sender stopped in the middle; ask the person whether it came"
        )


def _mark(message: Message, state: str, *, at: datetime, **facts: object) -> None:
    Message.objects.filter(pk=message.pk).update(state=state, updated_at=at, **facts)
    message.state = state
