"""Orders that begin before their signature: a standing order started by a nurse, a provider's spoken order.

The rules are asked before either begins, as before a signature: a block is never passed, and what needs a
reason needs a provider. A refusal keeps the draft and its check: it waits for a provider like any other.
"""

from datetime import datetime, timedelta

from infusion_center.accounts.models import User
from infusion_center.accounts.permissions import Can
from infusion_center.errors import Conflict, DomainError
from regimens.models import MAY_RUN, Check, Order, Protocol, Regimen
from regimens.selectors import findings, protocols
from regimens.selectors.composing import compose
from regimens.services import ordering
from regimens.states import CheckMoment, OrderState
from visits.models import Administration, Visit
from visits.selectors.composing import visit_of
from visits.services import checking, days, orders
from visits.states import HOLDS_CHAIR, Given

VERBAL_SIGNED_WITHIN = timedelta(hours=24)  # what most states and accreditors ask for at the most
SPOKEN_LATELY = timedelta(hours=12)
DISPUTED = "Its order was disputed"


class NotStanding(Conflict):
    """The limits of the standing order do not hold for this patient, person or day."""


class VerbalRefused(DomainError):
    """The spoken order is not written down as it has to be."""


def start_protocol(*, visit: Visit, protocol: Protocol, by: User, at: datetime) -> Order:
    """Write the order of the standing order, ask the rules, and let it begin. It waits for a signature.

    Raises NotStanding, NotCleared (the draft stays, for a provider), and what ordering refuses.
    """
    day = visit.site.day_of(at)
    if no := protocols.why_not(protocol, patient=visit.patient, day=day, by=by):
        raise NotStanding(no)
    order = _draft_of(visit, protocol, by=by, at=at)
    check = _checked(order, visit, "standing order", by=by, at=at)
    found = [findings.finding_of(row) for row in check.findings]
    if above := protocols.above(protocol, found):
        words = " ".join(one.message for one in above[:2])
        raise checking.NotCleared(above, f"{words} The draft waits for a provider.")
    _refuse_standing(order, check)
    with days.changing("visit.protocol_begun", site=visit.site, day=visit.day, by=by, at=at):
        return ordering.begin_under_protocol(order=order, check=check, by=by, at=at)


def write_verbal(
    *,
    visit: Visit,
    what: Order | Regimen,
    spoken_by: User,
    spoken: str,
    spoken_at: datetime,
    read_back: bool,
    by: User,
    at: datetime,
) -> Order:
    """A provider said it aloud, it was read back: a draft of this visit, or a regimen, begins on that word.

    `spoken_at`: when it was said. Raises VerbalRefused, NotCleared (the draft stays), and what ordering
    refuses.
    """
    _refuse_words(spoken_by, spoken, spoken_at, read_back=read_back, by=by, at=at)
    order = _at_visit(visit, what) if isinstance(what, Order) else _spoken_draft(visit, what, by=by, at=at)
    check = _checked(order, visit, "verbal order", by=by, at=at)
    _refuse_standing(order, check)
    with days.changing("visit.verbal_order", site=visit.site, day=visit.day, by=by, at=at):
        return ordering.begin_verbal(
            order=order,
            check=check,
            spoken_by=spoken_by,
            spoken=spoken.strip(),
            spoken_at=spoken_at,
            sign_by=spoken_at + VERBAL_SIGNED_WITHIN,
            by=by,
            at=at,
        )


def sign_off(*, order: Order, by: User, at: datetime) -> Order:
    """The signature afterwards. Where the visit is over, it completes the order. Raises CannotMove."""
    visit = visit_of(order) or _any_visit(order)
    if visit is None:
        return ordering.sign_off(order=order, by=by, at=at)
    with days.changing("visit.signed_off", site=visit.site, day=visit.day, by=by, at=at):
        visit.refresh_from_db(fields=["status"])
        signed = ordering.sign_off(order=order, by=by, at=at)
        if visit.status not in HOLDS_CHAIR:
            return ordering.complete_order(order=signed, by=by, at=at)
        return signed


def dispute(*, order: Order, reason: str, by: User, at: datetime) -> Order:
    """It was not ordered so. What has not started does not start any more. Raises CannotMove, DomainError."""
    visit = visit_of(order) or _any_visit(order)
    if visit is None:
        return ordering.dispute(order=order, reason=reason, by=by, at=at)
    with days.changing("visit.order_disputed", site=visit.site, day=visit.day, by=by, at=at):
        disputed = ordering.dispute(order=order, reason=reason, by=by, at=at)
        waiting = Administration.objects.filter(step__order=order, state=Given.ORDERED)
        waiting.update(state=Given.NOT_GIVEN, reason=DISPUTED, updated_at=at)
        return disputed


def _draft_of(visit: Visit, protocol: Protocol, *, by: User, at: datetime) -> Order:
    """What an earlier try has left (its warnings may have been read since), else a new one. Two nurses who
    tap at once get the same: the day is taken first.
    """
    with days.changing("visit.order_written", site=visit.site, day=visit.day, by=by, at=at):
        if visit.orders.filter(MAY_RUN, regimen=protocol.regimen).exists():
            raise NotStanding(f"{protocol.regimen.name} is ordered at this visit already.")
        left = visit.orders.filter(protocol=protocol, state=OrderState.DRAFT, begun_at=None)
        if draft := left.order_by("pk").first():
            return draft
        order = _write(visit, protocol.regimen, by=by, at=at)
        return ordering.mark_for_protocol(order=order, protocol=protocol, by=by, at=at)


def _write(visit: Visit, regimen: Regimen, *, by: User, at: datetime) -> Order:
    with days.changing("visit.order_written", site=visit.site, day=visit.day, by=by, at=at):
        order = ordering.order_from_regimen(patient=visit.patient, regimen=regimen, by=by, at=at)
        orders.give_here(visit=visit, order=order, by=by, at=at)
    return order


def _spoken_draft(visit: Visit, regimen: Regimen, *, by: User, at: datetime) -> Order:
    """A refused try has left a draft: the same steps again are the same draft."""
    with days.changing("visit.order_written", site=visit.site, day=visit.day, by=by, at=at):
        planned = compose(patient=visit.patient, regimen=regimen, at=at).steps
        wanted = [(one.step.drug.pk, one.dose.amount, one.step.method, one.step.minutes) for one in planned]
        left = visit.orders.filter(state=OrderState.DRAFT, begun_at=None, regimen=regimen)
        for draft in left.order_by("pk"):
            steps = draft.steps.order_by("position").values_list("drug", "dose", "method", "minutes")
            if list(steps) == wanted:
                return draft
        return _write(visit, regimen, by=by, at=at)


def _at_visit(visit: Visit, order: Order) -> Order:
    if not visit.orders.filter(pk=order.pk).exists():
        raise VerbalRefused("That draft is not of this visit.", field="what")
    return order


def _checked(order: Order, visit: Visit, because: str, *, by: User, at: datetime) -> Check:
    return checking.check_order(
        order=order, visit=visit, moment=CheckMoment.ORDER, because=because, by=by, at=at
    )


def _refuse_standing(order: Order, check: Check) -> None:
    left = findings.standing_of(check)
    if check.problem or left:
        raise checking.NotCleared(left, check.problem)


def _refuse_words(
    spoken_by: User, spoken: str, spoken_at: datetime, *, read_back: bool, by: User, at: datetime
) -> None:
    if not spoken_by.is_active or not spoken_by.can(Can.SIGN_ORDER):
        raise VerbalRefused("Only a provider who signs orders gives one by word of mouth.", field="spoken_by")
    if spoken_by == by:
        raise VerbalRefused("You may sign it yourself: no spoken order is needed.", field="spoken_by")
    if len(spoken.split()) < 2:
        raise VerbalRefused("Write down what was said, drug and dose.", field="spoken")
    if not read_back:
        raise VerbalRefused("Read it back to the provider first, then tick it.", field="read_back")
    if spoken_at > at:
        raise VerbalRefused("That is still to come: when was it said?", field="spoken_at")
    if spoken_at < at - SPOKEN_LATELY:
        raise VerbalRefused("That is more than 12 hours ago: ask the provider again.", field="spoken_at")


def _any_visit(order: Order) -> Visit | None:
    """Also one that was broken off."""
    return order.visits.select_related("site", "patient").first()
