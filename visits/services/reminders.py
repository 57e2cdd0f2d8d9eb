"""Reminders of booked visits. The text names nobody and nothing: a link and a phone number."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings

from infusion_center.outbox import services as outbox
from infusion_center.outbox.models import Channel
from infusion_center.places.models import Site
from visits.models import Visit
from visits.states import Status

KIND = "reminder"
CHANGED = "time_changed"


def compose_reminders(*, at: datetime) -> int:
    """One e-mail per booked visit whose reminder is due, and no second one however often this runs.

    Due: the site's `reminder_hours_before` hours before the planned start. Somebody who booked later than
    that has just been told and gets none. Returns how many were new.
    """
    return sum(_remind(visit, at=at) for site in Site.objects.order_by("pk") for visit in _due(site, at))


def compose_changed(visit: Visit, *, at: datetime) -> bool:
    """A message to whoever agreed on the phone to another start: they look it up, or call. True if new."""
    return bool(_address(visit)) and _compose(visit, kind=CHANGED, due_at=at, at=at)


def follow_new_start(visit: Visit, *, at: datetime) -> None:
    """What was due for the old time is not sent any more; who was promised it is told that it has changed."""
    outbox.withdraw(subject=visit, kind=KIND, note="The visit was moved", at=at)
    if visit.status == Status.BOOKED:
        compose_changed(visit, at=at)


def _due(site: Site, at: datetime) -> Iterator[Visit]:
    ahead = timedelta(hours=site.reminder_hours_before)
    booked = Visit.objects.filter(
        site=site,
        day__range=(site.day_of(at), site.day_of(at + ahead)),
        status=Status.BOOKED,
        planned__startswith__gt=at,
        planned__startswith__lte=at + ahead,
    )
    for visit in booked.select_related("site", "patient__merged_into").order_by("pk").iterator():
        if visit.booked_at and visit.booked_at <= visit.starts_at - ahead and _address(visit):
            yield visit


def _address(visit: Visit) -> str:
    """E-mail of the person, read from the kept record where two were merged; none for the deceased."""
    person = visit.patient.merged_into or visit.patient
    return "" if person.died_on else person.email


def _remind(visit: Visit, *, at: datetime) -> bool:
    due_at = visit.starts_at - timedelta(hours=visit.site.reminder_hours_before)
    return _compose(visit, kind=KIND, due_at=due_at, at=at)


def _compose(visit: Visit, *, kind: str, due_at: datetime, at: datetime) -> bool:
    site = visit.site
    return outbox.compose(
        subject=visit,
        kind=kind,
        channel=Channel.EMAIL,
        to=_address(visit),
        title=f"A message from {site.name}",
        text=f"{site.name} has a message for you: {settings.PUBLIC_URL}\nOr call us: {site.phone}\n",
        due_at=due_at,
        useless_after=visit.starts_at,
        at=at,
    )
