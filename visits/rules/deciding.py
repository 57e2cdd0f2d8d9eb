"""In which order a provider decides: severe reactions, who sits in a chair, who has arrived, what is
overdue, then the rest.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

IN_CHAIR, HERE, LATER = 0, 1, 2
SEVERE = 3  # and up: before everything, the worse before the bad
NOTE_SIGNED_WITHIN = timedelta(hours=24)  # "all visits signed" the same evening, at the latest the next day


@dataclass(frozen=True)
class Waiting:
    """What is known of one decision. `status`: of its visit, empty without one; `due_at`: signed until;
    `grade`: of a reaction, 0 without one.
    """

    since: datetime
    status: str = ""
    due_at: datetime | None = None
    grade: int = 0


def urgency(waiting: Waiting, *, at: datetime) -> tuple[int, datetime]:
    """Sorts the most urgent first, the longest wait before shorter ones."""
    if waiting.grade >= SEVERE:
        return -waiting.grade, waiting.since
    overdue = waiting.due_at is not None and waiting.due_at <= at
    if waiting.due_at is not None:  # it has happened already: nobody waits in the chair for the signature
        return (HERE if overdue else LATER), waiting.since
    return {"in_chair": IN_CHAIR, "arrived": HERE}.get(waiting.status, LATER), waiting.since


def minutes_waited(since: datetime, *, at: datetime) -> int:
    """Whole minutes, never below 0."""
    return max(0, (at - since) // timedelta(minutes=1))
