"""A visit through its day: check in, seat, leave, and the way back from a wrong click.

Every move is one compare-and-set and one row in VisitMove (decision 0002). `discharge` has its own module.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Field

from infusion_center.accounts.models import User
from infusion_center.accounts.permissions import Role
from infusion_center.errors import Conflict, DomainError
from infusion_center.places.models import Site
from regimens.services import ordering
from regimens.states import OrderState
from visits.models import Chair, Preparation, Visit, VisitMove
from visits.services import chairs, days, freed, occurrences
from visits.services.locked import refuse_signed
from visits.states import UNDOES, Given, Status, sources_of

BEGINNING = """
    WITH made AS (INSERT INTO visits_visit ({columns}) VALUES ({places}) RETURNING id, status),
    moved AS (
        INSERT INTO visits_visitmove (visit_id, source, target, moved_at, moved_by_id, reason)
        SELECT id, '', status, %s, %s, %s FROM made
    )
    SELECT id FROM made
"""


class CannotMove(Conflict):
    """The visit is past this, or not there yet."""


def begin(*, visit: Visit, by: User, at: datetime, reason: str = "") -> None:
    """Write a new visit with its first move, in one statement: a caller waits for it (decision 0016)."""
    statement, fields = _beginning()
    values = [field.get_db_prep_save(field.pre_save(visit, add=True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, at, by.pk, reason])
        (visit.pk,) = cursor.fetchone()
    visit._state.adding, visit._state.db = False, connection.alias


@cache
def _beginning() -> "tuple[str, Sequence[Field[Any, Any]]]":
    """The statement, and the fields of the visit whose values come first."""
    fields = [field for field in Visit._meta.concrete_fields if not field.primary_key and not field.generated]
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    return BEGINNING.format(columns=columns, places=places), fields


def move(
    *,
    visit: Visit,
    target: str,
    by: User | None,
    at: datetime,
    reason: str = "",
    back: bool = False,
    **facts: object,
) -> Visit:
    """The one compare-and-set of a visit's status. The caller has opened the verb and taken the day.

    `facts` are columns that change with the status. `back`: undo a move, which nothing else does by accident.
    Raises CannotMove in words when the visit is not, or not any more, where this move starts.
    """
    source = Visit.objects.values_list("status", flat=True).get(pk=visit.pk)
    allowed = source in sources_of(target) and ((source, target) in UNDOES) == back
    unmoved = Visit.objects.filter(pk=visit.pk, status=source)
    if not allowed or not unmoved.update(status=target, updated_at=at, **facts):
        visit.refresh_from_db()
        raise CannotMove(f"This visit is “{visit.get_status_display()}” now.")
    VisitMove.objects.create(
        visit=visit, source=source, target=target, moved_at=at, moved_by=by, reason=reason
    )
    visit.refresh_from_db()
    occurrences.follow(visit=visit, source=source, at=at)
    freed.follow(visit=visit, source=source, by=by, at=at)
    return visit


def check_in(*, visit: Visit, by: User, at: datetime, arrived_at: datetime | None = None) -> Visit:
    """The patient is here, or was at `arrived_at`. No second row is made: the booking is the visit."""
    arrived_at = arrived_at or at
    if visit.site.day_of(arrived_at) != visit.day:
        raise CannotMove(f"This visit is planned for {visit.day:%a %d %b %Y}.")
    with _changing(visit, "visit.arrived", by=by, at=at):
        return move(visit=visit, target=Status.ARRIVED, by=by, at=at, arrived_at=arrived_at, arrived_by=by)


def seat(
    *, visit: Visit, chair: Chair | None = None, by: User, at: datetime, seated_at: datetime | None = None
) -> Visit:
    """The patient sits down in the planned chair, or in another one that is free.

    A nurse who seats looks after the patient from then on. `seated_at`: it was earlier and stands on paper;
    then somebody else may sit in the planned chair by now. Raises chairs.ChairTaken in words.
    """
    with _changing(visit, "visit.seated", by=by, at=at):
        visit.refresh_from_db()
        chair = chair or visit.chair
        if chair is None or chair.site_id != visit.site_id or not chair.active:
            raise CannotMove("Choose a chair: none is planned for this visit.")
        if visit.status == Status.ARRIVED and not (seated_at and chair.pk == visit.chair_id):
            chairs.give(visit=visit, chair=chair, at=at)
        nurse = by if by.holds(Role.NURSE) else visit.nurse
        return move(
            visit=visit,
            target=Status.IN_CHAIR,
            by=by,
            at=at,
            seated_at=seated_at or at,
            seated_by=by,
            nurse=nurse,
        )


def change_chair(*, visit: Visit, chair: Chair, reason: str, by: User, at: datetime) -> Visit:
    """Who sits moves to another chair or bed; what runs, runs on. Whoever is planned there makes room.

    Raises chairs.ChairTaken, CannotMove.
    """
    _say_why(reason)
    with _changing(visit, "visit.chair_changed", by=by, at=at):
        visit.refresh_from_db()
        if visit.status != Status.IN_CHAIR:
            raise CannotMove(f"Nobody sits: this visit is “{visit.get_status_display()}” now.")
        if chair.site_id != visit.site_id or not chair.active or chair.pk == visit.chair_id:
            raise CannotMove("Choose another chair of this center.", field="chair")
        words = f"From {visit.chair or 'no chair'} to {chair}: {reason.strip()}"
        chairs.give(visit=visit, chair=chair, at=at)
        VisitMove.objects.create(
            visit=visit,
            source=visit.status,
            target=visit.status,
            moved_at=at,
            moved_by=by,
            reason=words[:200],
        )
        visit.refresh_from_db()
        return visit


def cancel(*, visit: Visit, reason: str, by: User, at: datetime) -> Visit:
    """The patient will not come; the time is free from this moment."""
    _say_why(reason)
    with _changing(visit, "visit.cancelled", by=by, at=at):
        return move(visit=visit, target=Status.CANCELLED, by=by, at=at, reason=reason)


def no_show(*, visit: Visit, by: User, at: datetime, reason: str = "") -> Visit:
    """The patient did not come. Not before the planned start."""
    if at < visit.starts_at:
        raise CannotMove("The planned start is still ahead; cancel the visit instead.")
    with _changing(visit, "visit.not_come", by=by, at=at):
        return move(visit=visit, target=Status.NO_SHOW, by=by, at=at, reason=reason)


def leave(*, visit: Visit, reason: str, by: User, at: datetime) -> Visit:
    """The patient goes home from the waiting room. Who leaves a chair early is `discharge.left_early`."""
    _say_why(reason)
    with _changing(visit, "visit.left", by=by, at=at):
        return move(visit=visit, target=Status.LEFT, by=by, at=at, reason=reason, left_at=at, left_by=by)


def undo(*, visit: Visit, reason: str, by: User, at: datetime) -> Visit:
    """Take back a wrong check-in, seating or discharge, with a reason.

    Refused while something clinical hangs on the first two, and once the note is signed. A discharge taken
    back keeps its outcome row as history; its orders open again, and the chair must still be free.
    """
    _say_why(reason)
    with _changing(visit, "visit.move_undone", by=by, at=at):
        visit.refresh_from_db()
        refuse_signed(visit)
        target, facts = _BACK.get(visit.status, ("", {}))
        if not target:
            raise CannotMove(f"Nothing to undo: this visit is “{visit.get_status_display()}” now.")
        if visit.status == Status.DONE:
            _reopen(visit, by=by, at=at)
        else:
            _nothing_clinical(visit)
        return move(visit=visit, target=target, by=by, at=at, reason=reason, back=True, **facts)


def expire_holds(*, site: Site, day: date, at: datetime) -> int:
    """Let go of holds of that day that ran out. The caller has taken the day. Returns how many."""
    return expire(list(Visit.objects.on(site=site, day=day).stale_holds(at)), at=at)


def expire(holds: Sequence[Visit], *, at: datetime) -> int:
    """Let go of these holds. The caller has taken their day."""
    for visit in holds:
        move(visit=visit, target=Status.EXPIRED, by=None, at=at)
    return len(holds)


def expire_all_holds(*, at: datetime) -> int:
    """Every site and day with a hold that ran out, one transaction each. Safe to run again."""
    found = Visit.objects.stale_holds(at).values_list("site", "day").distinct().order_by("day", "site")
    sites = Site.objects.in_bulk()
    count = 0
    for site, day in list(found):
        with days.changing("visit.hold_expired", site=sites[site], day=day, by=None, at=at):
            count += expire_holds(site=sites[site], day=day, at=at)
    return count


_BACK: dict[str, tuple[str, dict[str, object]]] = {
    Status.ARRIVED: (Status.BOOKED, {"arrived_at": None, "arrived_by": None}),
    Status.IN_CHAIR: (Status.ARRIVED, {"seated_at": None, "seated_by": None, "nurse": None}),
    Status.DONE: (Status.IN_CHAIR, {"left_at": None, "left_by": None}),
}


def _changing(visit: Visit, verb: str, *, by: User, at: datetime) -> AbstractContextManager[None]:
    return days.changing(verb, site=visit.site, day=visit.day, by=by, at=at)


def _say_why(reason: str) -> None:
    if not reason.strip():
        raise DomainError("Say why in a few words.", field="reason")


def _nothing_clinical(visit: Visit) -> None:
    """Since the move that is taken back: nothing given or refused, no reaction, no score, no vitals."""
    since = visit.seated_at if visit.status == Status.IN_CHAIR else visit.arrived_at
    if Preparation.objects.filter(administration__visit=visit, thrown_at=None).exists():
        raise CannotMove("A drug is mixed for them: throw it away first.")
    if visit.administrations.exclude(state=Given.ORDERED).exists():
        raise CannotMove("Something has been given or decided in the chart; this cannot be undone.")
    if (
        visit.reactions.filter(in_error_at=None, recorded_at__gte=since).exists()
        or visit.emergency_doses.filter(corrects=None, corrected_by=None, recorded_at__gte=since).exists()
    ):
        raise CannotMove("A reaction or a dose against it has been recorded since; this cannot be undone.")
    if (
        visit.scores.filter(recorded_at__gte=since).exists()
        or visit.vitals.filter(recorded_at__gte=since).exists()
    ):
        raise CannotMove("Scores or vitals have been recorded since; this cannot be undone.")


def _reopen(visit: Visit, *, by: User, at: datetime) -> None:
    """Back into the chair, if nobody else has it by now."""
    if visit.chair is not None:
        chairs.give(visit=visit, chair=visit.chair, at=at)
    for order in visit.orders.filter(state=OrderState.COMPLETED).order_by("pk"):
        ordering.reopen_order(order=order, by=by, at=at)
