"""When a patient can leave, and what that runs into. Moments are aware; minutes are whole."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Late:
    """A limit that the plan passes, and by how many minutes."""

    what: str
    limit: datetime
    minutes: int


def begins_at(*, planned: datetime, seated: datetime | None, setup: int, now: datetime) -> datetime:
    """When the minutes of a plan made now begin to count.

    Who is not seated yet begins at the planned start, or now if that is past. Who sits has been set up: the
    first drug can run now, but no earlier than set-up after sitting down.
    """
    if seated is None:
        return max(planned, now)
    return max(seated, now - timedelta(minutes=setup))


def passed(*, leaves: datetime, limits: list[tuple[str, datetime | None]]) -> list[Late]:
    """Limits that the leaving moment passes, the tightest first. An unknown limit binds nobody."""
    late = [
        Late(what, limit, -(-int((leaves - limit).total_seconds()) // 60))
        for what, limit in limits
        if limit is not None and leaves > limit
    ]
    return sorted(late, key=lambda one: one.limit)
