"""The plumbing under the verbs of `giving`: one line, read again, moved by compare-and-set."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal

from infusion_center.accounts.models import User
from infusion_center.errors import Conflict, DomainError
from regimens.states import OrderState
from visits.models import Administration, GivingEvent, Visit
from visits.rules import minutes
from visits.selectors import chart, holding
from visits.services import days
from visits.services.locked import refuse_signed
from visits.states import GIVEN_MOVES, Given, Status

SEAT_LEEWAY = timedelta(minutes=30)  # a seating is often written down after the first drop


class CannotGive(Conflict):
    """The line, its order or its visit is not in a state for this."""


class NotThisVisit(Conflict):
    """The line belongs to another visit than the one on the screen (requirement 11)."""


class AmountRefused(DomainError):
    """An amount or rate that cannot be."""


@contextmanager
def opened(administration: Administration, verb: str, *, by: User, at: datetime) -> Iterator[Administration]:
    """The day row, then the line and its visit read again; the visit must be in a chair. One transaction."""
    visit = administration.visit
    with days.changing(verb, site=visit.site, day=visit.day, by=by, at=at):
        line = (
            Administration.objects.select_related("visit__site", "visit__patient", "drug", "step__order")
            .select_for_update(of=("self",), no_key=True)
            .get(pk=administration.pk)
        )
        if line.visit.status != Status.IN_CHAIR:
            refuse_signed(line.visit)
            raise CannotGive(
                f"The patient is not in a chair: the visit is {line.visit.get_status_display().lower()}."
            )
        yield line


def belongs(*, administration: Administration, visit: Visit) -> None:
    """Raises NotThisVisit when the line on the screen is another visit's."""
    if administration.visit_id != visit.pk:
        raise NotThisVisit("This line belongs to another visit. Nothing was written: open the right chart.")


def under_a_signed_order(line: Administration) -> None:
    """Raises CannotGive unless the line's order is signed and open, or has begun by protocol or by word."""
    order = line.step.order
    if not order.may_run:
        state = order.state
        word = "waits for its signature" if state == OrderState.DRAFT else "is not open any more"
        raise CannotGive(f"{line.drug.name} cannot start: its order {word}.")


def pain_asks_for_it(line: Administration, pain: int | None) -> None:
    """An order "only if pain is over N" looks at the score of this tap, else at the newest one.

    Raises CannotGive; without any score too, because not asked is not over N.
    """
    over = line.step.only_if_pain_over
    if over is None:
        return
    newest = line.visit.scores.order_by("-scored_at", "-pk").values_list("pain", flat=True).first()
    found = newest if pain is None else pain
    if found is None:
        raise CannotGive(f"{line.drug.name} is ordered only if pain is over {over}: ask for the pain first.")
    if found <= over:
        raise CannotGive(f"{line.drug.name} is ordered only if pain is over {over}, and it is {found}.")


def scored_first(line: Administration, pain: int | None, unasked: str) -> None:
    """The next agent only after the score of the one before, where the site works so (requirements G2).

    Raises CannotGive unless the pain is asked with this tap, or it is said why it cannot be.
    """
    if pain is not None or unasked.strip() or not line.visit.site.next_agent_after_score:
        return
    if before := chart.unscored_before(line):
        raise CannotGive(
            f"Ask for the pain after {before.drug.name} first, or say why it cannot be asked.", field="pain"
        )


def holds_nothing(line: Administration, happened_at: datetime) -> None:
    """Raises CannotGive where the numbers known at that moment were beyond the drug's hold parameters.

    What is written down late is held against the numbers of its own time.
    """
    if reasons := holding.hold_of(line, at=happened_at).reasons:
        raise CannotGive(
            f"{line.drug.name} is held: {' and '.join(reasons)}. "
            "Measure again, or hold it and call the provider."
        )


def move(line: Administration, target: str, **facts: object) -> None:
    """Compare-and-set along GIVEN_MOVES. Raises CannotGive when somebody else was first."""
    put(line, [source for source, targets in GIVEN_MOVES.items() if target in targets], target, **facts)


def put(line: Administration, sources: Sequence[str], target: str, **facts: object) -> None:
    """Compare-and-set from any of `sources`."""
    moved = Administration.objects.filter(pk=line.pk, state__in=sources).update(state=target, **facts)
    line.refresh_from_db(fields=["state", *facts])
    if not moved:
        raise CannotGive(f"{line.drug.name} is {state_words(line)} already.")


def needs(line: Administration, *states: str) -> None:
    if line.state not in states:
        raise CannotGive(f"{line.drug.name} is {state_words(line)}.")


def state_words(line: Administration) -> str:
    return Given(line.state).label.lower()


def write(
    line: Administration, kind: str, happened_at: datetime, *, by: User, at: datetime, **facts: object
) -> None:
    """One event: when it happened and when it was written down."""
    GivingEvent.objects.create(
        administration=line, kind=kind, at=happened_at, recorded_at=at, recorded_by=by, **facts
    )


def check_moment(line: Administration, happened_at: datetime, *, at: datetime, field: str) -> None:
    """Not ahead of the clock, not before the last event, not long before the patient sat down."""
    last = line.events.order_by("-at", "-pk").first()
    not_before = last.at if last else (line.visit.seated_at or happened_at) - SEAT_LEEWAY
    what = f"what was charted last ({last.get_kind_display().lower()})" if last else "the patient was seated"
    minutes.check_moment(happened_at, now=at, not_before=not_before, before_what=what, field=field)


def positive(number: Decimal | None, field: str) -> None:
    if number is not None and number <= 0:
        raise AmountRefused("This must be more than zero.", field=field)


def said(reason: str) -> str:
    """The reason without blanks around it. Raises DomainError if there is none."""
    if not reason.strip():
        raise DomainError("Say why.", field="reason")
    return reason.strip()
