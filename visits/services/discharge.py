"""How a visit ends: discharged, left before done, transferred. The chair is free from this minute."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

from infusion_center.accounts.models import User
from infusion_center.errors import Conflict, DomainError
from infusion_center.shared import clock
from patients.states import YesNo
from regimens.services import ordering
from regimens.states import Method, OrderState
from visits.models import Administration, Outcome, Score, Visit
from visits.rules import minutes
from visits.selectors import leaving, preparing
from visits.selectors.reactions import said_of
from visits.services import charting, days, flow, giving, reactions
from visits.services.lines import said
from visits.services.locked import refuse_signed
from visits.states import FINISHED, OPEN_LINE, Given, ReactionOutcome, ScoreMoment, Status

DEFINITION = "2026-1"  # of success: half the pain gone, or back to work or regular activity (requirements G3)
THROUGH_A_LINE = (Method.IV_PUSH, Method.IV_INFUSION)


class NotReady(Conflict):
    """Something still runs, or waits for a word."""


class DischargeRefused(DomainError):
    """An answer of the checklist is missing."""


def discharge(
    *,
    visit: Visit,
    pain: int | None,
    back_to_activity: str,
    left_with: str,
    iv_out: str,
    by: User,
    at: datetime,
    note: str = "",
    taught: str = YesNo.UNKNOWN,
    belongings: str = YesNo.UNKNOWN,
    follow_up: str = "",
    vitals: Mapping[str, int | Decimal | None] | None = None,
    left_at: datetime | None = None,
) -> Outcome:
    """Close the visit: the answers of the checklist, both arms of the outcome, its orders completed.

    `left_at`: they left earlier, and it is written down now.

    1. nothing runs, every line has its end or its reason, every reaction its outcome
    2. last vitals, pain, IV out, driver   3. outcome   4. the visit is done
    5. its signed orders are completed
    Raises NotReady, DischargeRefused, MomentRefused, and what `charting` raises.
    """
    left_at = left_at or at
    with _ending(visit, "visit.discharged", by=by, at=at) as lines:
        _left_after_all(lines, left_at, at=at)
        if vitals and any(number is not None for number in vitals.values()):
            charting.record_vitals(visit=visit, taken_at=left_at, by=by, at=at, **vitals)
        _nothing_waits(visit, lines)
        _answered(visit, lines, pain=pain, left_with=left_with, iv_out=iv_out, note=note)
        _watched_long_enough(visit, note, at=left_at)
        outcome = _close(
            visit,
            pain=pain,
            by=by,
            at=at,
            left_at=left_at,
            back_to_activity=back_to_activity,
            left_with=left_with.strip(),
            iv_out=iv_out,
            note=note.strip(),
            taught=taught,
            belongings=belongings,
            follow_up=follow_up.strip(),
        )
        flow.move(visit=visit, target=Status.DONE, by=by, at=at, left_at=left_at, left_by=by)
        _complete_orders(visit, by=by, at=at)
        return outcome


def left_early(*, visit: Visit, reason: str, by: User, at: datetime, pain: int | None = None) -> Outcome:
    """The patient goes before everything is given. What was still ordered is not given, for that reason."""
    return _broken_off(visit, Status.LEFT_EARLY, reason, pain=pain, by=by, at=at)


def transferred(*, visit: Visit, reason: str, by: User, at: datetime, pain: int | None = None) -> Outcome:
    """To an emergency department or hospital, with the reason and the place."""
    return _broken_off(visit, Status.TRANSFERRED, reason, pain=pain, by=by, at=at)


def _broken_off(
    visit: Visit, target: Status, reason: str, *, pain: int | None, by: User, at: datetime
) -> Outcome:
    why = said(reason)
    with _ending(visit, f"visit.{target}", by=by, at=at) as lines:
        for line in lines:
            if line.state == Given.ORDERED:
                words = f"{target.label}: {why}"[:200]
                giving.not_given(administration=line, state=Given.NOT_GIVEN, reason=words, by=by, at=at)
        left_as = (
            ReactionOutcome.TRANSFERRED if target == Status.TRANSFERRED else ReactionOutcome.LEFT_WITH_IT
        )
        reactions.settle_all(visit=visit, outcome=left_as, by=by, at=at)
        outcome = _close(visit, pain=pain, by=by, at=at, note=why)
        flow.move(visit=visit, target=target, by=by, at=at, reason=why, left_at=at, left_by=by)
        if any(line.state in FINISHED for line in lines):
            _complete_orders(visit, by=by, at=at)
        return outcome


@contextmanager
def _ending(visit: Visit, verb: str, *, by: User, at: datetime) -> Iterator[list[Administration]]:
    """The day row, then the visit's lines that count. Raises NotReady if one is still open."""
    with days.changing(verb, site=visit.site, day=visit.day, by=by, at=at):
        visit.refresh_from_db()
        if visit.status != Status.IN_CHAIR:
            refuse_signed(visit)
            raise NotReady(f"The visit is {visit.get_status_display().lower()}.")
        lines = list(
            visit.administrations.exclude(state=Given.ENTERED_IN_ERROR)
            .select_related("drug", "visit__site")
            .order_by("position", "pk")
        )
        running = [line for line in lines if line.state in OPEN_LINE]
        if running:
            raise NotReady(f"Stop the {running[0].drug.name} first.")
        for line in lines:
            if line.state == Given.HELD and preparing.standing_of(line):
                raise NotReady(f"Throw away the mixed {line.drug.name} first.")
        yield lines


def _left_after_all(lines: list[Administration], left_at: datetime, *, at: datetime) -> None:
    """Not ahead of the clock, nor before the last drop, which may have been typed a minute ahead."""
    last = max((line.stopped_at - minutes.AHEAD for line in lines if line.stopped_at), default=left_at)
    minutes.check_moment(left_at, now=at, not_before=last, before_what="the last drop", field="left_at")


def _nothing_waits(visit: Visit, lines: list[Administration]) -> None:
    waiting = [line for line in lines if line.state == Given.ORDERED]
    if waiting:
        raise NotReady(f"{waiting[0].drug.name} is still ordered: give it, or say why it is not given.")
    for reaction in reactions.ongoing(visit)[:1]:
        raise NotReady(f"{said_of(reaction)} is still going on: say how it went.")


def _answered(
    visit: Visit, lines: list[Administration], *, pain: int | None, left_with: str, iv_out: str, note: str
) -> None:
    given = [line for line in lines if line.state in FINISHED]
    if not visit.vitals.exists():
        raise DischargeRefused("Take vitals before they leave.", field="systolic")
    if pain is None:
        raise DischargeRefused("Ask for the pain at discharge, 0 to 10.", field="pain")
    if iv_out not in YesNo.values:
        raise DischargeRefused("Say whether the IV is out.", field="iv_out")
    if iv_out != YesNo.YES and any(line.method in THROUGH_A_LINE for line in given):
        raise DischargeRefused("Take the IV out first.", field="iv_out")
    sedating = next((line for line in given if line.drug.driver_required), None)
    if sedating and not left_with.strip() and not note.strip():
        raise DischargeRefused(
            f"Name who drives them home after {sedating.drug.name}, or say in the note why nobody does.",
            field="left_with",
        )


def _watched_long_enough(visit: Visit, note: str, *, at: datetime) -> None:
    """Each drug is watched for its minutes after the last drop, or the note says why not."""
    watch = leaving.still_watched(leaving.went_in(visit, at=at), at=at)
    if watch and not note.strip():
        until = clock.local(watch[1], visit.site.zone)
        raise DischargeRefused(
            f"Watch until {until:%H:%M} after {watch[0]}, or say in the note why they leave before.",
            field="note",
        )


def _close(
    visit: Visit,
    *,
    pain: int | None,
    by: User,
    at: datetime,
    left_at: datetime | None = None,
    **answers: str,
) -> Outcome:
    """The outcome row; a second discharge after an undo rewrites it, its history keeps the first."""
    if answers.get("back_to_activity", YesNo.UNKNOWN) not in YesNo.values:
        raise DischargeRefused("Say whether they go back to their activity.", field="back_to_activity")
    for name in ("taught", "belongings"):
        if answers.get(name, YesNo.UNKNOWN) not in YesNo.values:
            raise DischargeRefused("Say yes, no or not known.", field=name)
    before = pain_before(visit)
    if pain is not None:
        scored_at = left_at or at
        charting.score(
            visit=visit, moment=ScoreMoment.DISCHARGE, pain=pain, scored_at=scored_at, by=by, at=at
        )
    facts = {
        "definition": DEFINITION,
        "pain_before": before,
        "pain_after": pain,
        "recorded_at": at,
        "recorded_by": by,
    }
    outcome, _ = Outcome.objects.update_or_create(visit=visit, defaults=facts | answers)
    return outcome


def pain_before(visit: Visit) -> int | None:
    """On arrival, the newest; else the first score before an agent. None: never asked."""
    scores = Score.objects.filter(visit=visit).exclude(administration__state=Given.ENTERED_IN_ERROR)
    arrival = scores.filter(moment=ScoreMoment.BASELINE).order_by("-scored_at", "-pk").first()
    first = arrival or scores.filter(moment=ScoreMoment.BEFORE).order_by("scored_at", "pk").first()
    return first.pain if first else None


def _complete_orders(visit: Visit, *, by: User, at: datetime) -> None:
    for order in visit.orders.filter(state=OrderState.SIGNED).order_by("pk"):
        ordering.complete_order(order=order, by=by, at=at)
