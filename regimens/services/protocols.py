"""Standing orders: approved for one version of a regimen, with limits; ended. `visits` starts them."""

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from infusion_center.accounts.models import User
from infusion_center.audit import history
from infusion_center.errors import Conflict, DomainError
from regimens.models import Protocol, Regimen
from regimens.services import versions
from regimens.states import MostSevere

LONGEST_HOURS = 72
OLDEST = 120


class ProtocolRefused(DomainError):
    """The limits of a standing order make no sense."""


class AlreadyStanding(Conflict):
    """This regimen is a standing order, or is none any more."""


def approve(
    *,
    regimen: Regimen,
    min_age: int | None,
    max_age: int | None,
    most_severe: str,
    sign_within_hours: int,
    active_from: date,
    active_to: date | None,
    by: User,
    at: datetime,
) -> Protocol:
    """A nurse may start the regimen as it stands now, within these limits. Ages in years, both included.

    Raises ProtocolRefused, AlreadyStanding.
    """
    _refuse(regimen, min_age, max_age, most_severe, sign_within_hours, active_from, active_to)
    try:
        with transaction.atomic(), history.verb("protocol.approved", by=by, at=at):
            return Protocol.objects.create(
                regimen=regimen,
                version=versions.keep(regimen=regimen, by=None, at=at),
                min_age=min_age,
                max_age=max_age,
                most_severe=most_severe,
                sign_within_hours=sign_within_hours,
                active_from=active_from,
                active_to=active_to,
                approved_at=at,
                approved_by=by,
            )
    except IntegrityError as twice:
        raise AlreadyStanding(f"{regimen.name} is a standing order already: end it first.") from twice


def end(*, protocol: Protocol, by: User, at: datetime) -> Protocol:
    """No nurse starts it from now on. What has begun under it stays. Raises AlreadyStanding."""
    with transaction.atomic(), history.verb("protocol.ended", by=by, at=at):
        if not Protocol.objects.filter(pk=protocol.pk, ended_at=None).update(ended_at=at, ended_by=by):
            raise AlreadyStanding("This standing order was ended already.")
    protocol.refresh_from_db()
    return protocol


def sign_by(protocol: Protocol, *, at: datetime) -> datetime:
    return at + timedelta(hours=protocol.sign_within_hours)


def _refuse(
    regimen: Regimen,
    min_age: int | None,
    max_age: int | None,
    most_severe: str,
    hours: int,
    active_from: date,
    active_to: date | None,
) -> None:
    if not regimen.active:
        raise ProtocolRefused(f"{regimen.name} is no longer in use.")
    if regimen.owner_id is not None:
        raise ProtocolRefused("A provider's own variant is no standing order: copy it for the center first.")
    if most_severe not in MostSevere.values:
        raise ProtocolRefused("Say what the safety check may find.", field="most_severe")
    if not 1 <= hours <= LONGEST_HOURS:
        raise ProtocolRefused(f"It is signed within 1 to {LONGEST_HOURS} hours.", field="sign_within_hours")
    for field, age in (("min_age", min_age), ("max_age", max_age)):
        if age is not None and not 0 <= age <= OLDEST:
            raise ProtocolRefused(f"An age is 0 to {OLDEST} years.", field=field)
    if min_age is not None and max_age is not None and max_age < min_age:
        raise ProtocolRefused("The highest age is below the lowest.", field="max_age")
    if active_to is not None and active_to < active_from:
        raise ProtocolRefused("The last day is before the first.", field="active_to")
