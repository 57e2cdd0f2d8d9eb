"""A form is written down once, however often it is sent: a double tap, or a try again after a lost answer.

Each form carries a random key. The key's row is made in the transaction of what the form writes, so both are
there or neither; who sends the same key meanwhile waits for it. A refused form leaves no row and may be sent
again under its key.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.crypto import salted_hmac

from infusion_center.accounts.models import User
from infusion_center.errors import Conflict, DomainError
from visits.models import WrittenForm

KEPT = timedelta(days=30)  # nobody comes back to a form after that

MARK = """
    INSERT INTO visits_writtenform (key, content, written_at, written_by_id) VALUES (%s, %s, %s, %s)
    ON CONFLICT (key) DO NOTHING RETURNING id
"""


class OtherContent(Conflict):
    """The key was used for something else that was typed."""


@dataclass(frozen=True)
class Written:
    """`first`: it was written down now and not before. `answer`: what the verb returned then."""

    first: bool
    answer: Any


def write(
    *, key: UUID | None, content: str, verb: Callable[[], Any], by: User, at: datetime, keep: bool = False
) -> Written:
    """Run the verb unless this form was written down already. Without a key it simply runs.

    `content`: all that was sent and where to. `keep` keeps what the verb returns for the next time: plain
    values, for programs. Raises OtherContent, and whatever the verb refuses; what a refusal leaves behind
    on purpose, such as a check, stays.
    """
    if key is None:
        return Written(True, verb())
    told = salted_hmac("visits.written_form", f"{by.pk} {content}", algorithm="sha256").hexdigest()
    with transaction.atomic():
        row = _mark(key, told, by=by, at=at)
        if row is None:
            return _before(key, told)
        try:
            answer = verb()
        except DomainError as no:
            WrittenForm.objects.filter(pk=row).delete()
            refused = no
        else:
            if keep:
                WrittenForm.objects.filter(pk=row).update(answer=answer)
            return Written(True, answer)
    raise refused


def is_written(key: UUID) -> bool:
    return WrittenForm.objects.filter(key=key).exists()


def _mark(key: UUID, told: str, *, by: User, at: datetime) -> int | None:
    """The new row, or None where there is one; waits for a transaction that is just making it."""
    with connection.cursor() as cursor:
        cursor.execute(MARK, [key, told, at, by.pk])
        made = cursor.fetchone()
    return made[0] if made else None


def _before(key: UUID, told: str) -> Written:
    row = WrittenForm.objects.get(key=key)
    if row.content != told:
        raise OtherContent(
            "This form was sent before with something else in it, and that is written down. Look at the "
            "chart; if this is to be written too, send it once more."
        )
    return Written(False, row.answer)
