"""A freed time is offered to one person, as a hold that runs out; if it is not taken, to the next best."""

from datetime import datetime, timedelta

from infusion_center.accounts.models import User
from infusion_center.errors import Conflict
from visits.models import FreedTime, Offer, Visit, Waiting
from visits.selectors import waitlist
from visits.services import booking, days, flow, freed, triage
from visits.states import FreedState

OFFER_LASTS = timedelta(minutes=10)  # to reach them, and for them to ask who drives


class DoesNotFit(Conflict):
    """This time does not fit them, or not any more."""


def offer(*, task: FreedTime, waiting: Waiting, by: User, at: datetime) -> Offer:
    """Hold the start that uses this time best for them. One open offer per freed time: one desk wins.

    Raises freed.FreedTimeMoved for the other desk, DoesNotFit, triage.NotForAChair, and what a hold refuses.
    """
    with days.changing("time.offered", site=task.site, day=task.day, by=by, at=at):
        flow.expire_holds(site=task.site, day=task.day, at=at)
        if waiting.call is not None:
            triage.may_have_a_chair(waiting.call)
        fit = next((one for one in waitlist.fits_of(task, at=at) if one.waiter.waiting == waiting), None)
        freed.move(task, FreedState.OFFERED, at=at)
        if fit is None:
            raise DoesNotFit(f"{waiting.patient.called} does not fit into this time any more.")
        person, one = fit.waiter.person, fit.waiter.waiting
        hold = booking.hold_visit(
            site=task.site,
            patient=person,
            starts_at=fit.starts_at,
            minutes=one.minutes,
            load=one.load,
            until=at + OFFER_LASTS,
            regimen=one.regimen,
            kind=one.kind,
            reason=one.reason,
            chair_kind=one.chair_kind,
            must_leave_by=one.must_leave_by,
            by=by,
            at=at,
        )
        return Offer.objects.create(freed=task, waiting=waiting, visit=hold, offered_at=at, offered_by=by)


def accept(*, offer: Offer, by: User, at: datetime) -> Visit:
    """They take it: booked, and off the waitlist. Raises flow.CannotMove where it ran out or was answered."""
    return booking.confirm_hold(visit=offer.visit, by=by, at=at)


def decline(*, offer: Offer, by: User, at: datetime) -> Visit:
    """They do not want it, or were not reached: the next best is called. They stay on the list."""
    return flow.cancel(visit=offer.visit, reason="Offered time not taken", by=by, at=at)
