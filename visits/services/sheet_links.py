"""The after-visit sheet behind a link: signed, for a few days, and only for who knows the birth date."""

from datetime import date, datetime, timedelta

from django.core import signing
from django.db import transaction
from django.db.models import F

from infusion_center.accounts.models import User
from infusion_center.audit import history
from infusion_center.errors import Conflict, DomainError
from visits.models import SheetLink, Visit

SALT = "visits.after_visit_sheet"
GOOD_FOR = timedelta(days=7)
CLOSED = "This link does not work any more. Call us, and we make a new one."
TRIES = 5  # wrong birth dates, then the link is closed


class LinkClosed(Conflict):
    """The link is too old, was tried too often, or is none."""


class NotTheBirthDate(DomainError):
    """Somebody else may hold the phone."""


def make(*, visit: Visit, by: User, at: datetime) -> SheetLink:
    """A new link; those made before go on until their time is up."""
    with transaction.atomic(), history.verb("sheet_link.made", by=by, at=at):
        return SheetLink.objects.create(visit=visit, made_at=at, made_by=by, good_until=at + GOOD_FOR)


def token_of(link: SheetLink) -> str:
    """What stands in the address."""
    return signing.Signer(salt=SALT).sign(link.key.hex)


def find(token: str, *, at: datetime) -> SheetLink:
    """The link of an address. Raises LinkClosed, in the same words whatever is wrong with it."""
    try:
        key = signing.Signer(salt=SALT).unsign(token)
    except signing.BadSignature as no:
        raise LinkClosed(CLOSED) from no
    rows = SheetLink.objects.select_related("visit__site", "visit__patient__merged_into")
    link = rows.filter(key=key, good_until__gt=at, wrong_tries__lt=TRIES).first()
    if link is None:
        raise LinkClosed(CLOSED)
    return link


def unlock(*, link: SheetLink, born: date, at: datetime) -> None:
    """Counts what was tried. Raises NotTheBirthDate, and LinkClosed after the last try.

    The count is raised before anything is compared, so that many tries at once are no more tries.
    """
    counted = SheetLink.objects.filter(pk=link.pk, wrong_tries__lt=TRIES)
    if not counted.update(wrong_tries=F("wrong_tries") + 1):
        raise LinkClosed(CLOSED)
    person = link.visit.patient.merged_into or link.visit.patient
    if person.birth_date != born:
        raise NotTheBirthDate(
            "That is not the birth date we know. / No es la fecha que tenemos.", field="born"
        )
    SheetLink.objects.filter(pk=link.pk).update(
        wrong_tries=F("wrong_tries") - 1, times_opened=F("times_opened") + 1, opened_at=at
    )
