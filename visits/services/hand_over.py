"""Patients passed from nurse to nurse: for good, or until the giver is back from a break."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from infusion_center.accounts.models import User
from infusion_center.accounts.permissions import Role
from infusion_center.errors import Conflict, DomainError
from visits.models import HandOver, Visit
from visits.selectors import hand_over as selectors
from visits.services import charting, days


class CannotHandOver(Conflict):
    """The patient is not where the screen showed them."""


def hand_over(
    *,
    visits: Sequence[Visit],
    to: User,
    words: Mapping[int, str],
    on_break: bool = False,
    by: User,
    at: datetime,
) -> list[HandOver]:
    """All of these patients or none. `words` by visit pk; `visits` as the screen showed them.

    On a break only one's own are given. Raises CannotHandOver where somebody else was first, NotHere where a
    patient has left.
    """
    if not visits:
        raise DomainError("Choose at least one patient.", field="visits")
    _takes_patients(to, visits)
    rows = [(visit.site, visit.day) for visit in visits]
    with days.changing_days("visit.handed_over", rows=rows, by=by, at=at):
        return [
            _give(visit, to, words.get(visit.pk, ""), on_break=on_break, by=by, at=at) for visit in visits
        ]


def read(*, hand_over: HandOver, by: User, at: datetime) -> None:
    """The taker knows what was said. Raises CannotHandOver for anybody else; read twice is read once."""
    with charting.at_the_center(hand_over.visit, "hand_over.read", by=by, at=at):
        if hand_over.taker_id != by.pk:
            raise CannotHandOver(f"This was said to {hand_over.taker.name}.")
        HandOver.objects.filter(pk=hand_over.pk, read_at=None).update(read_at=at)


def back(*, by: User, site_pk: int, at: datetime) -> list[HandOver]:
    """The nurse is back from a break, and so are the patients whom nobody else took meanwhile."""
    away = list(selectors.away(nurse=by, site_pk=site_pk))
    rows = [(one.visit.site, one.visit.day) for one in away]
    if not rows:
        return []
    with days.changing_days("visit.taken_back", rows=rows, by=by, at=at):
        for one in away:
            HandOver.objects.filter(pk=one.pk, back_at=None).update(back_at=at)
            Visit.objects.filter(pk=one.visit_id, nurse=one.taker).update(nurse=by)
    return away


def _takes_patients(to: User, visits: Sequence[Visit]) -> None:
    sites = {visit.site_id for visit in visits}
    here = set(to.sites.values_list("pk", flat=True))
    if not (to.is_active and Role.NURSE in to.roles and sites <= here):
        raise DomainError(f"{to.name} is no nurse of this center.", field="to")


def _give(visit: Visit, to: User, words: str, *, on_break: bool, by: User, at: datetime) -> HandOver:
    """Compare-and-set on the nurse the screen showed."""
    with charting.at_the_center(visit, "visit.handed_over", by=by, at=at) as fresh:
        name, nurse = visit.patient.name, visit.nurse
        if fresh.nurse_id == to.pk:
            raise CannotHandOver(f"{to.name} looks after {name} already.")
        if on_break and fresh.nurse_id != by.pk:
            raise CannotHandOver(f"{name} is not yours: only your own come back to you after a break.")
        if fresh.nurse_id != visit.nurse_id:
            raise CannotHandOver(f"Somebody else took {name} meanwhile. Look again.")
        Visit.objects.filter(pk=visit.pk).update(nurse=to)
        facts = {"giver": nurse, "taker": to, "words": words.strip(), "on_break": on_break}
        return HandOver.objects.create(visit=visit, **facts, given_at=at, given_by=by)
