"""What an edit of a series would do, shown before it touches a time that a patient was told."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from infusion_center.accounts.models import User
from infusion_center.errors import Conflict
from visits.models import Occurrence, Series
from visits.rules import series as rules
from visits.rules.series import Consequence, Fate
from visits.selectors import series as found
from visits.services import days, flow, occurrences
from visits.services.series_terms import SeriesRefused
from visits.states import Scope


class LookFirst(Conflict):
    """It would touch what patients were told. `consequences` says how; `mark` sent back agrees to them."""

    def __init__(self, consequences: Sequence[Consequence]):
        super().__init__("This changes times that were promised. Look at what would happen, then agree.")
        self.consequences, self.mark = list(consequences), rules.mark(consequences)


@contextmanager
def changing(series: Series, verb: str, *, by: User, at: datetime) -> Iterator[Series]:
    """Today's row and those of its visits, earliest first, then the series, read again.

    Raises SeriesRefused where it has ended.
    """
    visits = [one.visit for one in found.to_come(series) if one.visit is not None]
    first, *others = sorted({series.site.day_of(at), *(visit.day for visit in visits)})
    with days.changing(verb, site=series.site, day=first, by=by, at=at):
        for day in others:
            days.take(site=series.site, day=day)
        now = occurrences.lock(series)
        if now.ended_on is not None:
            raise SeriesRefused(f"This series ended on {now.ended_on:%d %b %Y}.")
        yield now


def reached_by(series: Series, occurrence: Occurrence, scope: str) -> list[Occurrence]:
    """The doses to come that the scope reaches, this one among them. Raises DoseIsPast."""
    waiting = list(found.to_come(series))
    if occurrence.pk not in {one.pk for one in waiting}:
        occurrence.refresh_from_db()
        raise occurrences.DoseIsPast(f"Dose {occurrence.number} is “{occurrence.get_state_display()}” now.")
    if scope == Scope.ALL:
        return waiting
    last = occurrence.number if scope == Scope.ONE else waiting[-1].number
    return [one for one in waiting if occurrence.number <= one.number <= last]


def fate_of(one: Occurrence, fate: Fate) -> Consequence:
    return Consequence(one.number, one.due_on, one.due_on, one.visit.day if one.visit else None, fate)


def agree(consequences: Sequence[Consequence], agreed: str) -> None:
    """Raises LookFirst unless nothing that was promised is touched, or exactly this was agreed to."""
    touched = any(one.touches_a_promise for one in consequences)
    if touched and agreed != rules.mark(consequences):
        raise LookFirst(consequences)


def release_visits(
    doses: Sequence[Occurrence], consequences: Sequence[Consequence], why: str, *, by: User, at: datetime
) -> None:
    """Cancel the visits that go, day after day: the doses wait for a time again (`occurrences.follow`)."""
    going = {one.number for one in consequences if one.fate in ("released", "skipped", "ended")}
    visits = [one.visit for one in doses if one.visit is not None and one.number in going]
    for visit in sorted(visits, key=lambda visit: visit.day):
        flow.cancel(visit=visit, reason=why, by=by, at=at)
    for one in doses:
        one.refresh_from_db()
