"""What the chart tells by itself: the built part of a note, and what stands in the way of a signature."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from infusion_center.shared import clock
from patients.states import Answer, YesNo
from regimens.models import Order
from regimens.states import OrderState
from visits.models import Administration, IvAccess, Preparation, Visit, VisitMove
from visits.rules import minutes, narrative
from visits.rules.narrative import Section
from visits.selectors import chart, facts, reactions
from visits.states import ENDED_IN_CHAIR, OPEN_LINE, EventKind, Status

BEFORE, AFTER = "Why they came", "Assessment and plan"


@dataclass(frozen=True)
class Told:
    """The built part of a note; `why_not`: what stands in the way of a signature."""

    who: Section
    built: Sequence[Section]
    why_not: str

    @property
    def seen(self) -> str:
        return narrative.fingerprint(narrative.as_text([self.who, *self.built]))


def whole(told: Told, before: str, after: str) -> list[Section]:
    """Typed paragraphs around what the chart tells."""
    typed = narrative.typed
    parts = [told.who, typed(BEFORE, before), *told.built, typed(AFTER, after)]
    return [part for part in parts if part.sentences]


def told_of(visit: Visit, *, at: datetime) -> Told:
    """From the chart as it stands, in a fixed number of queries. `visit` as `chart.visits()` reads it."""
    found = chart.chart_of(visit, at=at)
    ended = visit.moves.select_related("moved_by").filter(target__in=ENDED_IN_CHAIR).order_by("-pk").first()
    built = [
        Section("Arrival", list(_arrival(visit))),
        Section("Asked and tested before the treatment", list(_asked(visit, at))),
        Section("Orders", list(_orders(found))),
        Section("Given", [_drug(visit, line) for line in found.lines]),
        Section("Reactions", [_reaction(visit, one) for one in found.reactions]),
        Section("Given at once", [_emergency(visit, one) for one in reversed(found.doses)]),
        Section("Entered in error", [_in_error(row) for row in found.in_error]),
        Section("Pain, 0 to 10", list(_pain(visit, found))),
        Section("Vital signs", list(_vitals(visit, found))),
        Section("How it ended", list(_ended(visit, found, ended))),
    ]
    built = [section for section in built if section.sentences]
    return Told(_who(visit), built, why_not(visit, found))


def why_not(visit: Visit, found: chart.Chart) -> str:
    """What stands in the way of a signature, in one sentence; empty where nothing does."""
    running = next((line.row for line in found.lines if line.row.state in OPEN_LINE), None)
    if running is not None:
        return f"{running.drug.name} is {running.get_state_display().lower()}: it must be stopped first."
    if visit.status not in ENDED_IN_CHAIR:
        return f"The visit is not over: it is {visit.get_status_display().lower()}."
    begun = next((order for order in found.orders if order.waits_for_sign_off), None)
    if begun is not None:
        return f"{begun.title} was begun without a signature: it must be signed off first."
    doses = [one for one in found.doses if one.row and one.row.signed_at is None and not one.taken_back]
    if doses:
        return f"{doses[0].drug} was given at once: it must be signed off first."
    return ""


def _who(visit: Visit) -> Section:
    person, site = facts.person_of(visit), visit.site
    zone = clock.local(visit.starts_at, site.zone)
    return Section(
        "Patient",
        [
            f"{person.name}, born {person.birth_date:%d %b %Y}, number {person.number}.",
            f"{site.name}, {visit.day:%A %d %B %Y}; times are {zone:%Z}.",
            f"Allergies: {_allergies(visit)}.",
        ],
    )


def _allergies(visit: Visit) -> str:
    listed = [one.text for one in visit.patient.active_allergies]  # type: ignore[attr-defined]  # by chart_of
    if visit.patient.allergies == Answer.LISTED:
        return ", ".join(listed) or "listed, see the record"
    return "none known" if visit.patient.allergies == Answer.NONE else "never asked"


def _arrival(visit: Visit) -> Iterable[str]:
    if visit.reason:
        yield f"Came for: {visit.reason.rstrip('.')}."
    if visit.arrived_at:
        yield f"Arrived at {_wall(visit, visit.arrived_at)}."
    if visit.seated_at and visit.seated_by:
        where = f" in {visit.chair.name}" if visit.chair else ""
        yield f"Seated{where} at {_wall(visit, visit.seated_at)} by {visit.seated_by.name}."
    if visit.has_driver != YesNo.UNKNOWN:
        name = f", {visit.driver_name}" if visit.driver_name else ""
        yield f"Somebody drives them home: {visit.get_has_driver_display().lower()}{name}."
    for line in visit.iv_lines.order_by("placed_at", "pk"):
        out = f", out {_wall(visit, line.removed_at)}" if line.removed_at else ""
        yield f"{_line(line)} ({_wall(visit, line.placed_at)}{out})."


def _line(line: IvAccess) -> str:
    """`IV line: forearm, 22 G, 2 attempts`; what was not recorded is left out."""
    tries = f"{line.attempts} attempt{'' if line.attempts == 1 else 's'}" if line.attempts else ""
    facts = [line.get_iv_site_display().lower(), f"{line.gauge} G" if line.gauge else "", tries]
    why = f": {line.second_because.rstrip('.')}" if line.second_because else ""
    return f"{'Second IV line' if why else 'IV line'}: {', '.join(filter(None, facts))}{why}"


def _asked(visit: Visit, at: datetime) -> Iterable[str]:
    """Answers and results of this visit, none that came after it."""
    known = facts.facts_of(visit, at=min(at, visit.left_at or at))
    lines = known.asked
    for found in known.results:
        if found.row.taken_at >= facts.asked_since(visit):
            yield f"{found.test.name}: {found.words} ({_wall(visit, found.row.taken_at)})."
    for line in lines:
        if line.row:
            yield f"{line.question.label}: {line.words.rstrip('.')}."
    if silent := [line.question.label for line in lines if line.row is None]:
        yield f"Not asked: {', '.join(silent)}."


def _orders(found: chart.Chart) -> Iterable[str]:
    for order in found.orders:
        yield f"{order.title}: {_authority(found.visit, order)}."
        for one in found.overrides:
            if one.order_id == order.pk:
                yield f"Given in spite of “{one.message}” Reason of {one.name}: {one.reason.rstrip('.')}."


def _authority(visit: Visit, order: Order) -> str:
    words = f"written by {order.written_by.name}"
    if order.spoken_by:
        words = (
            f"spoken by {order.spoken_by.name} (“{order.spoken}”) and read back, "
            f"written down by {order.written_by.name}"
        )
    elif order.begun_by:
        words = f"standing order, begun by {order.begun_by.name}"
    if order.state == OrderState.WITHDRAWN:
        return f"{words}, {'disputed' if order.disputed else 'withdrawn'} ({order.withdrawn_reason})"
    if order.signed_by and order.signed_at:
        return f"{words}, signed by {order.signed_by.name} at {_wall(visit, order.signed_at)}"
    return f"{words}, not signed"


def _drug(visit: Visit, line: chart.Line) -> str:
    row, effect = line.row, line.effect
    uses = [use for use in row.vials.all() if use.reversed_at is None]
    less = row.given_amount is not None and row.given_amount < row.dose
    told = narrative.Drug(
        name=row.drug.name,
        dose=_amount(row.dose, row.unit),
        method=row.get_method_display(),
        state=row.get_state_display(),
        events=[_event(visit, one) for one in line.events],
        minutes=line.minutes_run,
        volume_ml=line.volume_ml,
        went_in=_amount(row.given_amount, row.unit) if less else "",
        reason=row.reason,
        lots=[use.lot.number for use in uses if use.given],
        mixed=[_mixture(visit, one) for one in [*line.thrown, *filter(None, [line.mixture])]],
        wasted=[f"{_amount(use.wasted, row.unit)} of lot {use.lot.number}" for use in uses if use.wasted],
        before=effect.before if effect else None,
        after=effect.after if effect else None,
        effect=effect.words if effect and chart.is_agent(row) else "",
    )
    return narrative.drug(told, day=visit.day)


def _mixture(visit: Visit, one: Preparation) -> str:
    mixed = f"mixed {_wall(visit, one.mixed_at)} by {one.mixed_by.name}"
    if one.thrown_at and one.thrown_by:
        why = one.thrown_because.rstrip(".")
        return f"{mixed}, thrown away {_wall(visit, one.thrown_at)} by {one.thrown_by.name} ({why})"
    return f"{mixed}, checked by {one.checked_by.name}" if one.checked_by else mixed


def _event(visit: Visit, one: chart.EventRow) -> narrative.Did:
    row = one.row
    late = _local(visit, row.recorded_at) if one.late else None
    bolus = row.volume_ml if row.kind == EventKind.BOLUS else None
    at, by = _local(visit, row.at), row.recorded_by.name
    return narrative.Did(row.kind, at, by, row.rate_ml_h, late, bolus, row.note)


def _reaction(visit: Visit, one: reactions.Shown) -> str:
    how = one.row.get_outcome_display()
    ended = f" at {_wall(visit, one.row.ended_at)}" if one.row.ended_at else ""
    return f"{_wall(visit, one.row.began_at)}: {one.words} {how}{ended}."


def _emergency(visit: Visit, one: reactions.Dose) -> str:
    given = f"{_wall(visit, one.given_at)}: {one.drug} {_amount(one.amount, one.unit)}, {one.route}"
    if one.taken_back:
        return f"{given}: taken back, not given ({one.taken_back.reason.rstrip('.')})."
    return f"{given}, by {one.row.given_by.name}." if one.row else f"{given}."


def _in_error(row: Administration) -> str:
    return f"{row.drug.name} {_amount(row.dose, row.unit)}: {row.reason.rstrip('.')}."


def _pain(visit: Visit, found: chart.Chart) -> Iterable[str]:
    for point in found.trail:
        score = point.score
        about = score.administration.drug.name if score.administration else "an agent"
        what = score.get_moment_display().lower().replace("an agent", about)
        beside = f" ({', '.join(score.beside)})" if score.beside else ""
        yield f"{_wall(visit, score.scored_at)}: {score.pain}, {what}{beside}."


def _vitals(visit: Visit, found: chart.Chart) -> Iterable[str]:
    for one in reversed(found.vitals):
        late = minutes.is_late(happened_at=one.row.taken_at, recorded_at=one.row.recorded_at)
        when = _local(visit, one.row.taken_at)
        words = narrative.vitals(when, chart.numbers_of(one.row), day=visit.day)
        yield f"{words[:-1]} (written down {_wall(visit, one.row.recorded_at)})." if late else words


def _ended(visit: Visit, found: chart.Chart, ended: VisitMove | None) -> Iterable[str]:
    if visit.left_at and ended and ended.moved_by:
        words = {Status.DONE: "Discharged"}.get(Status(visit.status), visit.get_status_display())
        why = f": {ended.reason.rstrip('.')}" if ended.reason else ""
        yield f"{words} at {_wall(visit, visit.left_at)} by {ended.moved_by.name}{why}."
    if (outcome := found.outcome) is None:
        return
    before, after = outcome.pain_before, outcome.pain_after
    fall = f", {found.fall_words}" if found.fall_words else ""
    yield f"Pain {_scored(before)} → {_scored(after)}{fall}."
    yield f"Back to work or regular activity: {outcome.get_back_to_activity_display().lower()}."
    yield f"IV out: {outcome.get_iv_out_display().lower()}."
    if outcome.left_with:
        yield f"Left with {outcome.left_with}."
    if outcome.taught != YesNo.UNKNOWN or outcome.belongings != YesNo.UNKNOWN:
        yield (
            f"After-visit sheet explained: {outcome.get_taught_display().lower()}. "
            f"Belongings with the patient: {outcome.get_belongings_display().lower()}."
        )
    if outcome.follow_up:
        yield f"Agreed: {outcome.follow_up.rstrip('.')}."
    if outcome.note and (ended is None or outcome.note != ended.reason):
        yield outcome.note


def _scored(pain: int | None) -> str:
    return "not scored" if pain is None else str(pain)


def _amount(number: Decimal | None, unit: str) -> str:
    return "–" if number is None else f"{number.normalize():f} {unit}"


def _local(visit: Visit, at: datetime) -> datetime:
    return clock.local(at, visit.site.zone)


def _wall(visit: Visit, at: datetime) -> str:
    return narrative.wall(_local(visit, at), visit.day)
