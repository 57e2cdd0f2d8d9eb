"""What is given in the chair: start, rate, pause, resume, new bag, stop, and what was not given.

Every verb takes the day row first, reads the line again under it, and moves it by compare-and-set. The
dose, its waste and their ledger rows are written with the start and rewritten with a smaller amount.
Moments of the events (`started_at`, `happened_at`, `stopped_at`) are when it happened; `at` is now.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import F

from infusion_center.accounts.models import User
from infusion_center.errors import DomainError
from regimens.models import Lot, Order, OrderStep
from regimens.rules import chair_time
from regimens.selectors.orders import run_of
from regimens.states import OrderState
from visits.models import Administration, Visit
from visits.selectors import chart
from visits.services import charting, checking, days, lines, preparing, vials
from visits.services.lines import AmountRefused, CannotGive
from visits.states import OPEN_LINE, EventKind, Given, ScoreMoment

ORDERED = (
    "drug",
    "position",
    "dose",
    "unit",
    "method",
    "volume_ml",
    "minutes",
)  # what a line takes from its step


def plan_administrations(
    *, visit: Visit, order: Order, by: User | None, at: datetime
) -> list[Administration]:
    """One ordered line per step of the order, with its scheduled time. Safe to call again: no step twice.

    A draft is planned too, so that the nurse sees what is coming; nothing of it starts before the signature.
    """
    if order.state not in (OrderState.DRAFT, OrderState.SIGNED):
        raise CannotGive(f"This order is {order.get_state_display().lower()}.")
    with days.changing("administration.planned", site=visit.site, day=visit.day, by=by, at=at):
        planned = Administration.objects.filter(step__order=order).exclude(state=Given.ENTERED_IN_ERROR)
        done = set(planned.values_list("step", flat=True))
        steps = list(order.steps.select_related("drug").order_by("position"))
        scheduled = _schedule(visit, order, steps)
        return Administration.objects.bulk_create(
            _ordered(visit, step, scheduled[step.position]) for step in steps if step.pk not in done
        )


def _schedule(visit: Visit, order: Order, steps: Sequence[OrderStep]) -> dict[int, datetime]:
    """When each step is meant to start, by position: the visit's start, set-up, and what it waits for."""
    setup = order.regimen.setup_minutes if order.regimen else visit.site.setup_minutes
    first = visit.starts_at + timedelta(minutes=setup)
    spans = chair_time.run_times(map(run_of, steps))
    return {position: first + timedelta(minutes=span.start) for position, span in spans.items()}


def move_plan(*, visit: Visit, by_time: timedelta) -> None:
    """What is only ordered moves with its visit's start. Called by `moving`, with the day held."""
    waiting = visit.administrations.filter(state=Given.ORDERED)
    waiting.update(scheduled_at=F("scheduled_at") + by_time)


def _ordered(visit: Visit, step: OrderStep, scheduled_at: datetime) -> Administration:
    same = {name: getattr(step, name) for name in ORDERED}
    return Administration(visit=visit, step=step, scheduled_at=scheduled_at, **same)


def start(
    *,
    administration: Administration,
    lots: Sequence[Lot],
    started_at: datetime,
    by: User,
    at: datetime,
    witness: User | None = None,
    rate_ml_h: Decimal | None = None,
    pain: int | None = None,
    unasked: str = "",
    scanned: str = "",
    acknowledged: bool = False,
) -> Administration:
    """First drop. Only in a chair, under a signed order, once, from lots that hold the dose, and if the
    rules let it pass now; `acknowledged`: the nurse has read their warnings.

    `pain`: the score before, if it was asked with the same tap; it is the score after an agent that has none
    yet, too. `unasked`: why it cannot be asked. `scanned`: what was scanned and fits, in words. What stands
    mixed is given, whatever `lots` says. Raises CannotGive, NotCleared, MomentRefused, LotRefused, NotEnough,
    AmountRefused, WitnessMissing, NotMixed.
    """
    lines.under_a_signed_order(administration)
    lines.pain_asks_for_it(administration, pain)
    lines.scored_first(administration, pain, unasked)
    lines.holds_nothing(administration, started_at)
    lots = _cleared(administration, lots, acknowledged=acknowledged, by=by, at=at)
    return _start(
        administration,
        lots,
        started_at,
        by=by,
        at=at,
        witness=witness,
        rate_ml_h=rate_ml_h,
        pain=pain,
        unasked=unasked,
        scanned=scanned,
        acknowledged=acknowledged,
    )


def _cleared(
    line: Administration, lots: Sequence[Lot], *, acknowledged: bool, by: User, at: datetime
) -> Sequence[Lot]:
    """The lots to open now, after the rules were asked; none where a mixture stands.

    If somebody throws that away meanwhile, the start asks for a lot and opens no vials that nobody chose.
    """
    mixed = vials.opened_for(line)
    checking.require_clear(line=line, lots=mixed or lots, acknowledged=acknowledged, by=by, at=at)
    return [] if mixed else lots


def _start(
    administration: Administration,
    lots: Sequence[Lot],
    started_at: datetime,
    *,
    by: User,
    at: datetime,
    witness: User | None,
    rate_ml_h: Decimal | None = None,
    pain: int | None,
    unasked: str = "",
    scanned: str = "",
    acknowledged: bool = False,
) -> Administration:
    with lines.opened(administration, "administration.started", by=by, at=at) as line:
        lines.under_a_signed_order(line)
        lines.positive(rate_ml_h, "rate_ml_h")
        lines.check_moment(line, started_at, at=at, field="started_at")
        lines.move(line, Given.RUNNING, started_at=started_at)
        if pain is not None:
            _scored_between(line, pain, started_at, by=by, at=at)
        if not preparing.require_fit(line, started_at):
            vials.take(line, lots, witness=witness, acknowledged=acknowledged, by=by, at=at)
        note = unasked.strip() if pain is None else ""
        lines.write(
            line, EventKind.START, started_at, by=by, at=at, rate_ml_h=rate_ml_h, note=note, scanned=scanned
        )
        return line


def give_push(
    *,
    administration: Administration,
    lots: Sequence[Lot],
    started_at: datetime,
    stopped_at: datetime,
    by: User,
    at: datetime,
    witness: User | None = None,
    pain: int | None = None,
    unasked: str = "",
    scanned: str = "",
    acknowledged: bool = False,
) -> Administration:
    """A push or injection written down in one act: both times as they were. Raises as `start` and `stop`."""
    visit = administration.visit
    lines.under_a_signed_order(administration)
    lines.pain_asks_for_it(administration, pain)
    lines.scored_first(administration, pain, unasked)
    lines.holds_nothing(administration, started_at)
    lots = _cleared(administration, lots, acknowledged=acknowledged, by=by, at=at)
    with days.changing("administration.pushed", site=visit.site, day=visit.day, by=by, at=at):
        line = _start(
            administration,
            lots,
            started_at,
            by=by,
            at=at,
            witness=witness,
            pain=pain,
            unasked=unasked,
            scanned=scanned,
            acknowledged=acknowledged,
        )
        return stop(administration=line, stopped_at=stopped_at, by=by, at=at)


def change_rate(
    *, administration: Administration, rate_ml_h: Decimal, happened_at: datetime, by: User, at: datetime
) -> Administration:
    """mL per hour from this moment on."""
    with lines.opened(administration, "administration.rate_changed", by=by, at=at) as line:
        lines.positive(rate_ml_h, "rate_ml_h")
        lines.needs(line, Given.RUNNING)
        _next_event(line, EventKind.RATE, happened_at, by=by, at=at, rate_ml_h=rate_ml_h)
        return line


def new_bag(
    *,
    administration: Administration,
    happened_at: datetime,
    by: User,
    at: datetime,
    volume_ml: Decimal | None = None,
) -> Administration:
    """Another bag of the same order; the clock runs on. `volume_ml`: what is in so far."""
    with lines.opened(administration, "administration.bag_hung", by=by, at=at) as line:
        lines.positive(volume_ml, "volume_ml")
        lines.needs(line, Given.RUNNING)
        _next_event(line, EventKind.BAG, happened_at, by=by, at=at, volume_ml=volume_ml)
        return line


def bolus(
    *, administration: Administration, volume_ml: Decimal, happened_at: datetime, by: User, at: datetime
) -> Administration:
    """Part of the bag goes in at once, beside the rate: of the ordered volume, not on top of it."""
    with lines.opened(administration, "administration.bolus_given", by=by, at=at) as line:
        lines.positive(volume_ml, "volume_ml")
        lines.needs(line, Given.RUNNING)
        if line.volume_ml is not None and volume_ml > line.volume_ml:
            raise AmountRefused(
                f"That is more than the {line.volume_ml.normalize():f} mL ordered.", field="volume_ml"
            )
        _next_event(line, EventKind.BOLUS, happened_at, by=by, at=at, volume_ml=volume_ml)
        return line


def pause(*, administration: Administration, happened_at: datetime, by: User, at: datetime) -> Administration:
    with lines.opened(administration, "administration.paused", by=by, at=at) as line:
        lines.move(line, Given.PAUSED)
        _next_event(line, EventKind.PAUSE, happened_at, by=by, at=at)
        return line


def resume(
    *, administration: Administration, happened_at: datetime, by: User, at: datetime
) -> Administration:
    with lines.opened(administration, "administration.resumed", by=by, at=at) as line:
        lines.needs(line, Given.PAUSED)
        lines.holds_nothing(line, happened_at)
        lines.move(line, Given.RUNNING)
        _next_event(line, EventKind.RESUME, happened_at, by=by, at=at)
        return line


def stop(
    *,
    administration: Administration,
    stopped_at: datetime,
    by: User,
    at: datetime,
    given_amount: Decimal | None = None,
    reason: str = "",
    pain: int | None = None,
    witness: User | None = None,
) -> Administration:
    """Last drop. No amount: the whole dose went in; a smaller one rewrites dose, waste and ledger.

    A line that is stopped out of a pause says how much went in. `pain`: the score after, if asked with the
    same tap. Raises CannotGive, MomentRefused, AmountRefused.
    """
    with lines.opened(administration, "administration.stopped", by=by, at=at) as line:
        lines.needs(line, *OPEN_LINE)
        amount = _amount_given(line, given_amount)
        target = _ending(line, amount)
        lines.check_moment(line, stopped_at, at=at, field="stopped_at")
        lines.move(line, target, stopped_at=stopped_at, given_amount=amount, reason=reason)
        if amount < line.dose:
            vials.give_less(line, amount, witness=witness, by=by, at=at)
        lines.write(line, EventKind.STOP, stopped_at, by=by, at=at)
        if pain is not None:
            _scored(line, ScoreMoment.AFTER, pain, stopped_at, by=by, at=at)
        return line


def not_given(
    *,
    administration: Administration,
    state: str,
    reason: str,
    by: User,
    at: datetime,
    witness: User | None = None,
) -> Administration:
    """Held, refused by the patient, or not given: always with the reason.

    What was mixed for it is thrown away; for a held line it stands until its time is up.
    """
    if state not in (Given.HELD, Given.REFUSED, Given.NOT_GIVEN):
        raise DomainError("Say whether it was held, refused or not given.", field="state")
    with lines.opened(administration, f"administration.{state}", by=by, at=at) as line:
        lines.move(line, state, reason=lines.said(reason))
        if state != Given.HELD:
            preparing.throw_what_is_mixed(line, line.reason, witness=witness, by=by, at=at)
        return line


def release(*, administration: Administration, by: User, at: datetime) -> Administration:
    """A held line may be given after all."""
    with lines.opened(administration, "administration.released", by=by, at=at) as line:
        lines.move(line, Given.ORDERED, reason="")
        return line


def enter_in_error(*, administration: Administration, reason: str, by: User, at: datetime) -> Administration:
    """Keep what was charted as it was, put its vials back, and open the step again: returns the new line."""
    with lines.opened(administration, "administration.entered_in_error", by=by, at=at) as line:
        if line.state in (Given.ORDERED, Given.ENTERED_IN_ERROR):
            raise CannotGive(f"Nothing is charted on this line: it is {lines.state_words(line)}.")
        vials.put_back(line, reason="Entered in error", by=by, at=at)
        lines.put(line, [line.state], Given.ENTERED_IN_ERROR, reason=lines.said(reason))
        return _again(line)


def _next_event(
    line: Administration, kind: str, happened_at: datetime, *, by: User, at: datetime, **facts: object
) -> None:
    lines.check_moment(line, happened_at, at=at, field="happened_at")
    lines.write(line, kind, happened_at, by=by, at=at, **facts)


def _scored_between(line: Administration, pain: int, scored_at: datetime, *, by: User, at: datetime) -> None:
    """One score between two agents: after the one that has none yet, and before this one."""
    before = chart.unscored_before(line)
    if before is not None and before.stopped_at is not None and before.stopped_at <= scored_at:
        _scored(before, ScoreMoment.AFTER, pain, scored_at, by=by, at=at)
    _scored(line, ScoreMoment.BEFORE, pain, scored_at, by=by, at=at)


def _scored(
    line: Administration, moment: str, pain: int, scored_at: datetime, *, by: User, at: datetime
) -> None:
    charting.score(
        visit=line.visit, moment=moment, administration=line, pain=pain, scored_at=scored_at, by=by, at=at
    )


def _amount_given(line: Administration, given_amount: Decimal | None) -> Decimal:
    """The whole dose unless somebody says otherwise; out of a pause somebody has to."""
    if given_amount is None:
        if line.state == Given.PAUSED:
            raise AmountRefused("It was paused: say how much went in.", field="given_amount")
        return line.dose
    if given_amount <= 0:
        raise AmountRefused(
            "A dose of zero was not given: enter the line in error instead.", field="given_amount"
        )
    if given_amount > line.dose:
        raise AmountRefused(
            f"That is more than the {line.dose.normalize():f} {line.unit} ordered.", field="given_amount"
        )
    return given_amount


def _ending(line: Administration, amount: Decimal) -> str:
    if amount < line.dose:
        return Given.PARTLY_GIVEN
    return Given.GIVEN if line.state == Given.RUNNING else Given.STOPPED


def _again(line: Administration) -> Administration:
    """The same step, open again; `replaces` names the line that was in error."""
    same = {name: getattr(line, name) for name in ORDERED}
    return Administration.objects.create(
        visit=line.visit, step=line.step, scheduled_at=line.scheduled_at, replaces=line, **same
    )
