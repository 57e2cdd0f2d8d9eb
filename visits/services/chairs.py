"""Who is planned into which chair. Called by `booking` and `flow`, in their transaction, the day held.

Only held and booked visits change chairs; a start time given to a patient never moves.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import connection

from infusion_center.errors import Conflict
from visits.models import Chair, Visit
from visits.rules import colouring
from visits.selectors.availability import open_day, place_of, sitting
from visits.selectors.details import free_chairs
from visits.states import CHAIR_IS_OPEN, Status


class ChairTaken(Conflict):
    """Somebody sits in that chair, or it is promised and nobody can be moved."""


def move_others(changes: Mapping[int, int]) -> None:
    """Give these visits other chairs, all at once: the constraint is checked when all have moved."""
    if not changes:
        return
    defer()
    for visit, chair in changes.items():
        Visit.objects.filter(pk=visit, status__in=CHAIR_IS_OPEN).update(chair=chair)
    check_now()


def stay_longer(*, visit: Visit, others: Mapping[int, int], **facts: object) -> None:
    """Write a longer time of one visit while others make room: checked when all of it stands."""
    _set_constraint("DEFERRED")
    Visit.objects.filter(pk=visit.pk).update(**facts)
    move_others(others)
    _set_constraint("IMMEDIATE")


def give(*, visit: Visit, chair: Chair, at: datetime) -> None:
    """Put this visit into this chair for its planned time; whoever is planned there moves to another one.

    Raises ChairTaken when somebody still sits there, or when the others cannot be moved.
    """
    _nobody_sits_in(chair, but=visit)
    plan = open_day(site=visit.site, day=visit.day, at=at)
    others = [sitting(one) for one in plan.places if one.chair is not None and one.visit != visit.pk]
    mine = sitting(place_of(visit, plan.day))._replace(kind=chair.kind, chair=chair.pk)
    found = colouring.put(mine, others, plan.seats)
    if found is None:
        raise ChairTaken(
            f"{chair} is promised to others during this visit, and they cannot be moved.", field="chair"
        )
    defer()
    Visit.objects.filter(pk=visit.pk).update(chair=chair)
    now = {other.key: other.chair for other in others}
    move_others({key: seat for key, seat in found.items() if seat != now[key]})
    check_now()


def _nobody_sits_in(chair: Chair, *, but: Visit) -> None:
    sits = (
        Visit.objects.filter(chair=chair, status=Status.IN_CHAIR)
        .exclude(pk=but.pk)
        .select_related("patient")
        .first()
    )
    if sits is not None:
        free = ", ".join(one.name for one in free_chairs(but) if one.pk != chair.pk) or "none"
        raise ChairTaken(f"{sits.patient.called} still sits in {chair}. Free now: {free}.", field="chair")


def defer() -> None:
    """From here on chairs and times may clash until `check_now`."""
    _set_constraint("DEFERRED")


def check_now() -> None:
    """Two patients in one chair are refused from here on, and now."""
    _set_constraint("IMMEDIATE")


def _set_constraint(when: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS one_patient_per_chair {when}")
