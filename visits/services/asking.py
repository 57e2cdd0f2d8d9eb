"""The questions for one visit, and who drives home. The answers themselves are kept with the patient."""

from dataclasses import replace
from datetime import datetime

from infusion_center.accounts.models import User
from infusion_center.errors import Conflict, DomainError
from patients.services import screening
from patients.states import AskedDuring, Question, YesNo
from visits.models import Visit
from visits.selectors import facts
from visits.services import days
from visits.services.locked import refuse_signed
from visits.states import HOLDS_CHAIR, Status

DURING = {
    Status.HELD: AskedDuring.BOOKING,
    Status.BOOKED: AskedDuring.BOOKING,
    Status.ARRIVED: AskedDuring.CHECK_IN,
    Status.IN_CHAIR: AskedDuring.CHAIR,
}


class TooLate(Conflict):
    """The visit is over."""


class DriverRefused(DomainError):
    """An answer about the driver that contradicts itself."""


def ask(
    *,
    visit: Visit,
    said: screening.Said,
    has_driver: str = "",
    driver_name: str = "",
    by: User,
    at: datetime,
) -> Visit:
    """Write down what was asked, all of it or nothing. `has_driver` empty: not asked now.

    When it was asked follows from where the visit stands: booking, check-in, chair. Raises TooLate, and what
    screening.ask refuses.
    """
    with days.changing("visit.questions_asked", site=visit.site, day=visit.day, by=by, at=at):
        fresh = _open(visit)
        if has_driver:
            _drive(fresh, has_driver, driver_name)
            said = replace(said, plain=dict(said.plain) | {Question.DRIVER: has_driver})
        elif driver_name.strip():
            raise DriverRefused("Say whether somebody drives them home.", field="has_driver")
        during = DURING[Status(fresh.status)]
        screening.ask(patient=facts.person_of(fresh), said=said, asked_during=during, by=by, at=at)
        return fresh


def name_driver(*, visit: Visit, has_driver: str, driver_name: str = "", by: User, at: datetime) -> Visit:
    """Who drives home: one answer to one question. Raises TooLate, DriverRefused."""
    said = screening.Said()
    return ask(visit=visit, said=said, has_driver=has_driver, driver_name=driver_name, by=by, at=at)


def _open(visit: Visit) -> Visit:
    fresh = Visit.objects.select_related("site", "patient__merged_into").get(pk=visit.pk)
    if fresh.status not in HOLDS_CHAIR:
        refuse_signed(fresh)
        raise TooLate(
            f"The visit is {fresh.get_status_display().lower()}: write this down on the patient's page."
        )
    return fresh


def _drive(visit: Visit, has_driver: str, driver_name: str) -> None:
    name = " ".join(driver_name.split())
    if has_driver not in YesNo.values:
        raise DriverRefused("Answer yes, no or not known.", field="has_driver")
    if name and has_driver != YesNo.YES:
        raise DriverRefused("A driver is named: choose “yes”, or clear the name.", field="has_driver")
    if len(name) > 80:
        raise DriverRefused("At most 80 characters.", field="driver_name")
    visit.has_driver, visit.driver_name = has_driver, name
    visit.save(update_fields=["has_driver", "driver_name", "updated_at"])
