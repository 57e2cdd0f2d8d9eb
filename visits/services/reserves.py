"""The same-day reserve of a site: which places of a weekday are kept, and when they are released."""

from datetime import datetime, time

from django.db import transaction

from infusion_center.accounts.models import User
from infusion_center.audit import history
from infusion_center.errors import DomainError
from infusion_center.places.models import Site
from visits.models import Chair, Reserve


def keep(
    *,
    site: Site,
    weekday: int,
    chair_kind: str,
    starts: time,
    ends: time,
    places: int,
    released_days_before: int,
    released_at: time,
    by: User,
    at: datetime,
) -> Reserve:
    """Keep so many places of that weekday for same-day calls. Bookings that stand are not touched."""
    if ends <= starts:
        raise DomainError("It must end after it starts.", field="ends")
    there = Chair.objects.filter(site=site, kind=chair_kind, active=True).count()
    if not 1 <= places <= there:
        raise DomainError(f"There are {there} of this kind.", field="places")
    with transaction.atomic(), history.verb("reserve.kept", by=by, at=at):
        return Reserve.objects.create(
            site=site,
            weekday=weekday,
            chair_kind=chair_kind,
            starts=starts,
            ends=ends,
            places=places,
            released_days_before=released_days_before,
            released_at=released_at,
        )


def drop(*, reserve: Reserve, by: User, at: datetime) -> None:
    """These places are kept no longer; the row history remembers them."""
    with transaction.atomic(), history.verb("reserve.dropped", by=by, at=at):
        reserve.delete()
