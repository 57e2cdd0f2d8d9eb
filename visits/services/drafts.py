"""What is typed into a form that charts and not sent yet, kept here for who types it. Decision 0021."""

from datetime import datetime
from uuid import UUID

from infusion_center.accounts.models import User
from infusion_center.errors import DomainError
from visits.models import Draft, Visit, WrittenForm
from visits.services import once

LONGEST = 40_000  # characters of all fields together
Typed = dict[str, list[str]]


def keep(
    *, visit: Visit, form: str, title: str, key: UUID, typed: Typed, by: User, at: datetime
) -> Draft | None:
    """Keep what stands in the form, in place of what stood there. None where it was sent meanwhile.

    `form`: its address; `key`: the form's own. Raises DomainError for more than anybody types.
    """
    if sum(len(value) for values in typed.values() for value in values) > LONGEST:
        raise DomainError(f"At most {LONGEST:,} characters are kept.")
    if once.is_written(key):
        return None
    facts = {"visit": visit, "title": title[:160], "key": key, "typed": typed, "saved_at": at}
    return Draft.objects.update_or_create(form=form, saved_by=by, defaults=facts)[0]


def drop(*, form: str, by: User) -> None:
    """It was sent, or is not wanted."""
    Draft.objects.filter(form=form, saved_by=by).delete()


def forget(*, at: datetime) -> int:
    """Drafts and keys of forms that nobody comes back to. Returns how many went."""
    gone = Draft.objects.filter(saved_at__lt=at - once.KEPT).delete()[0]
    return gone + WrittenForm.objects.filter(written_at__lt=at - once.KEPT).delete()[0]
