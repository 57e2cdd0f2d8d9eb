"""The door everybody queues at: one row per site and day, taken first by every visits verb.

Lock order: the day row, then series, visits, administrations, lots. One day per verb; whoever needs two takes
the earlier first (requirements 50). Decision 0003 says why.
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime

from django.db import IntegrityError, OperationalError, connection, transaction

from infusion_center.accounts.models import User
from infusion_center.audit import history
from infusion_center.errors import Conflict
from infusion_center.places.models import Site
from visits.models import ClinicDay
from visits.models.locked import LOCKED

LOCK_TIMEOUT = "2s"
LOCK_NOT_AVAILABLE = "55P03"

# One round trip, because everybody behind waits for it.
TAKE = """
    WITH patience AS MATERIALIZED (SELECT set_config('lock_timeout', %s, true))
    INSERT INTO visits_clinicday AS taken (site_id, day, version) SELECT %s, %s, 1 FROM patience
    ON CONFLICT (site_id, day) DO UPDATE SET version = taken.version + 1
    RETURNING id, version
"""

BROKEN_PROMISES = {
    "one_patient_per_chair": "That chair is promised to somebody else at that time.",
    "one_place_per_patient": "This patient has another visit at that time.",
    "visits_visit_key_key": "A booking with this key is being made just now.",
    "one_running_series_per_drug": "A series of this drug is running for this patient already.",
    LOCKED: "This visit is signed; add an addendum or a correction.",
    "one_place_per_nurse": "This nurse has another shift at that time.",
    "on_the_waitlist_of_a_day_once": "This patient is on the waitlist of that day already.",
    "on_the_waitlist_for_a_call_once": "This call is on the waitlist already.",
    "one_open_offer_per_freed_time": "Somebody else is offering this time just now.",
    "one_open_offer_per_waiting_patient": "This patient is being offered another time just now.",
}


class DayBusy(Conflict):
    """Somebody else's change to this day took longer than two seconds."""


class PromiseKept(Conflict):
    """The database refused what a service had let through."""


def take(*, site: Site, day: date) -> ClinicDay:
    """Lock the day until the transaction ends, and tell its boards that something changes.

    Nurses are shared by all chairs, so the day is the smallest thing that can be locked. Raising the version
    takes the lock of SELECT ... FOR NO KEY UPDATE: rows that merely point at the day need not wait. Raises
    DayBusy in words after two seconds; the transaction is then of no more use and must be left.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(TAKE, [LOCK_TIMEOUT, site.pk, day])
            pk, version = cursor.fetchone()
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) != LOCK_NOT_AVAILABLE:
            raise
        raise DayBusy("Somebody else is changing this day just now. Try again.") from error
    return ClinicDay(pk=pk, site=site, day=day, version=version)


def changing(
    verb: str, *, site: Site, day: date, by: User | None, at: datetime, also: date | None = None
) -> AbstractContextManager[None]:
    """One transaction and one named act, with the day taken first, and a second one where two are changed."""
    return changing_days(verb, rows=[(site, day), (site, also or day)], by=by, at=at)


@contextmanager
def changing_days(
    verb: str, *, rows: Iterable[tuple[Site, date]], by: User | None, at: datetime
) -> Iterator[None]:
    """The same for an act that changes many days, of one site or several: the earliest is taken first.

    A constraint that refuses answers in words (PromiseKept).
    """
    try:
        with transaction.atomic(), history.verb(verb, by=by, at=at):
            for site, day in sorted(set(rows), key=lambda row: (row[1], row[0].pk)):
                take(site=site, day=day)
            yield
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        sentence = BROKEN_PROMISES.get(getattr(diagnosis, "constraint_name", None) or "")
        if sentence is None:
            raise
        raise PromiseKept(sentence) from error
