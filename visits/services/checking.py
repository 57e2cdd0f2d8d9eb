"""The rules, asked and kept: at signing, at check-in, before each start, when a fact arrives, past midnight.

A check that fails to run is kept as such, and blocks until one runs.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from infusion_center.accounts.models import User
from infusion_center.audit import history
from infusion_center.errors import Conflict
from regimens.models import MAY_RUN, Check, Lot, Order, OrderStep
from regimens.rules.safety.rows import BadRow
from regimens.rules.safety.verdicts import Finding, Severity
from regimens.rules.safety.written import case_as_json, findings_as_json
from regimens.selectors import findings
from regimens.services import clearing
from regimens.states import CheckMoment, OrderState
from visits.models import Administration, Visit
from visits.selectors import judging, marks
from visits.services import days
from visits.states import Given, Status

logger = structlog.get_logger(__name__)

COULD_NOT_RUN = "The safety check could not run. Nothing may be signed or started until it does: try again."
RETRY_AFTER = timedelta(
    minutes=1
)  # every check is kept: a sweep of seconds must not fill the chart with failures


class NotCleared(Conflict):
    """Findings stand in the way: blocks, or what nobody has answered for."""

    def __init__(self, left: Sequence[Finding], problem: str = "") -> None:
        self.findings = list(left)
        super().__init__(problem or " ".join(found.message for found in self.findings[:2]))


def check_order(
    *, order: Order, visit: Visit | None, moment: CheckMoment, because: str, by: User | None, at: datetime
) -> Check:
    """Ask the rules about what of the order is still to be given, and keep the answer with its facts."""
    steps, over = list(order.steps.select_related("drug").order_by("position")), _over(order)
    return _keep(
        order,
        None,
        visit,
        lambda: judging.proposed_of(steps, at, over),
        moment=moment,
        because=because,
        by=by,
        at=at,
    )


def check_start(*, line: Administration, lots: Sequence[Lot], by: User | None, at: datetime) -> Check:
    """Ask the rules about one line that is about to run, from these lots."""
    listed = [lot.product.allergens for lot in lots]
    # A product of which nobody wrote down what it holds is taken to hold what the drug's row says.
    product = frozenset().union(*listed) if listed and all(listed) else None
    return _keep(
        line.step.order,
        line.step,
        line.visit,
        lambda: [judging.proposed(line.step, at, product=product)],
        moment=CheckMoment.START,
        because="before the start",
        by=by,
        at=at,
    )


def require_clear(
    *, line: Administration, lots: Sequence[Lot], acknowledged: bool = False, by: User, at: datetime
) -> Check:
    """The check before a start. Warnings are the nurse's to acknowledge, reasons the provider's to give.

    Raises NotCleared. The check is kept either way.
    """
    check = check_start(line=line, lots=lots, by=by, at=at)
    order = line.step.order
    left = findings.standing_of(check)
    if acknowledged:
        for found in [one for one in left if one.severity is Severity.WARN]:
            clearing.acknowledge(order=order, rule=found.rule, drug=found.drug or "", by=by, at=at)
        left = [one for one in left if one.severity is not Severity.WARN]
    if check.problem or left:
        raise NotCleared(left, check.problem)
    return check


def recheck(*, visit: Visit, moment: CheckMoment, because: str, by: User | None, at: datetime) -> list[Check]:
    """Ask again about every open order of the visit that still has something to give."""
    orders = visit.orders.filter(state__in=[OrderState.DRAFT, OrderState.SIGNED]).order_by("pk")
    return [
        check_order(order=order, visit=visit, moment=moment, because=because, by=by, at=at)
        for order in orders
        if _is_open(order)
    ]


def sweep(*, at: datetime) -> int:
    """Check anew what rests on facts that have changed, or on yesterday. Returns how many orders.

    Of every visit that is here: an allergy, a result or an answer may arrive from any screen.
    """
    here = Visit.objects.filter(status__in=[Status.ARRIVED, Status.IN_CHAIR])
    return sum(
        look_again(visit=visit, at=at) for visit in here.select_related("site", "patient").order_by("pk")
    )


def look_again(*, visit: Visit, at: datetime) -> int:
    """Check the visit's signed orders anew if what they rest on has changed. Returns how many were."""
    orders = list(visit.orders.filter(MAY_RUN).order_by("pk"))
    found = findings.findings_of(orders)
    mark = marks.mark_of(visit.patient, visit)
    stale = [
        (order, why)
        for order in orders
        if (why := _why_again(found[order.pk].check, visit, mark, at)) and _is_open(order)
    ]
    for order, why in stale:
        check_order(order=order, visit=visit, moment=CheckMoment.CHECK_IN, because=why, by=None, at=at)
    if stale:
        with days.changing("visit.checked", site=visit.site, day=visit.day, by=None, at=at):
            pass  # taking the day tells its screens that something has changed
    return len(stale)


def _why_again(check: Check | None, visit: Visit, mark: str, at: datetime) -> str:
    """What makes the newest check too old; empty: nothing."""
    if check is None:
        return "never checked"
    if check.problem:
        return "the check had failed" if at - check.checked_at >= RETRY_AFTER else ""
    if check.mark != mark:
        return "a fact has changed"
    return "past midnight" if visit.site.day_of(check.checked_at) != visit.site.day_of(at) else ""


def _keep(
    order: Order,
    step: OrderStep | None,
    visit: Visit | None,
    ask: Callable[[], list[judging.Proposed]],
    *,
    moment: CheckMoment,
    because: str,
    by: User | None,
    at: datetime,
) -> Check:
    facts: dict[str, object] = {}
    found: list[dict[str, object]] = []
    verdict, problem = "", ""
    try:
        with transaction.atomic():
            bench = judging.bench(patient=order.patient, visit=visit, at=at, besides=[order.pk])
            proposed = ask()
            answer = bench.judge(proposed, moment)
            facts = case_as_json(bench.case(proposed, moment), bench.book)
        verdict, found = str(answer.verdict), findings_as_json(answer)
    except Exception as error:
        # Whatever it was: a check that did not run must never look like one that found nothing. An error may
        # name a patient's facts in its words, so only a bad row of the book is logged with them.
        said = error.message if isinstance(error, BadRow) else type(error).__name__
        logger.error("safety_check_failed", order=str(order.key), error=said)
        problem = COULD_NOT_RUN
    with transaction.atomic(), history.verb("order.checked", by=by, at=at):
        return Check.objects.create(
            order=order,
            step=step,
            moment=moment,
            because=because,
            checked_at=at,
            checked_by=by,
            verdict=verdict,
            problem=problem,
            findings=found,
            facts=facts,
            mark=marks.mark_of(order.patient, visit),
        )


def _over(order: Order) -> set[int]:
    """The steps (pk) that were given, refused or left out already, or run now."""
    done = Administration.objects.filter(step__order=order).exclude(
        state__in=[Given.ORDERED, Given.HELD, Given.ENTERED_IN_ERROR]
    )
    return set(done.values_list("step", flat=True))


def _is_open(order: Order) -> bool:
    """Something of it is still to be given."""
    return order.steps.exclude(pk__in=_over(order)).exists()
