"""Bags and syringes: mixed from lots, looked at by a second person, given, or thrown away.

Mixing opens the vials: stock, waste and their ledger rows are written then, and the start only takes what
stands ready. Each verb is about one line and takes the day row first.
"""

from collections.abc import Sequence
from datetime import datetime

from infusion_center.accounts.models import User
from infusion_center.errors import Conflict, DomainError
from infusion_center.shared import clock
from regimens.models import Lot
from visits.models import Administration, Preparation
from visits.rules import preparing as rules
from visits.selectors import preparing as selectors
from visits.services import lines, vials
from visits.states import Given

MAY_BE_MIXED = [Given.ORDERED, Given.HELD]


class NotMixed(Conflict):
    """The bag or syringe is not in a state for this."""


class MixtureRefused(DomainError):
    """A time that a mixture cannot have."""


def mix(
    *,
    administration: Administration,
    lots: Sequence[Lot],
    mixed_at: datetime,
    by: User,
    at: datetime,
    use_by: datetime | None = None,
    witness: User | None = None,
    acknowledged: bool = False,
) -> Administration:
    """Drawn up and labelled. `use_by` empty: as long as the rule allows (rules/preparing.py).

    `acknowledged`: the warnings were read; the rules are asked again before the start.

    Raises NotMixed, MixtureRefused, CannotGive, LotRefused, NotEnough, WitnessMissing.
    """
    lines.under_a_signed_order(administration)
    with lines.opened(administration, "administration.mixed", by=by, at=at) as line:
        lines.needs(line, *MAY_BE_MIXED)
        if selectors.standing_of(line):
            raise NotMixed(f"{line.drug.name} is mixed already.")
        lines.check_moment(line, mixed_at, at=at, field="mixed_at")
        good_until = use_by or rules.longest(mixed_at)
        _check_use_by(line, mixed_at, good_until)
        vials.take(line, lots, witness=witness, acknowledged=acknowledged, by=by, at=at)
        Preparation.objects.create(
            administration=line, mixed_at=mixed_at, mixed_by=by, recorded_at=at, use_by=good_until
        )
        return line


def check(*, administration: Administration, by: User, at: datetime) -> Administration:
    """Somebody else has looked at drug, dose, diluent and label. Raises NotMixed."""
    with lines.opened(administration, "administration.checked", by=by, at=at) as line:
        mixture = _standing(line)
        if mixture.mixed_by_id == by.pk:
            raise NotMixed(f"You mixed it: somebody else checks {line.drug.name}.")
        if mixture.checked_by is not None:
            raise NotMixed(f"{mixture.checked_by.name} has checked it already.")
        Preparation.objects.filter(pk=mixture.pk).update(checked_at=at, checked_by=by)
        return line


def throw_away(
    *, administration: Administration, reason: str, by: User, at: datetime, witness: User | None = None
) -> Administration:
    """Mixed and not given: all of its vials are waste. Raises NotMixed, CannotGive, WitnessMissing."""
    with lines.opened(administration, "administration.thrown_away", by=by, at=at) as line:
        lines.needs(line, *MAY_BE_MIXED)
        _standing(line)
        _throw(line, lines.said(reason), witness=witness, by=by, at=at)
        return line


def throw_what_is_mixed(
    line: Administration, reason: str, *, witness: User | None, by: User, at: datetime
) -> None:
    """A line that will not be given leaves nothing standing. Called by `giving`, with the line held."""
    if selectors.standing_of(line):
        _throw(line, reason, witness=witness, by=by, at=at)


def require_fit(line: Administration, started_at: datetime) -> Preparation | None:
    """What stands ready for this start; None: nothing was mixed. Raises NotMixed where it must not run."""
    mixture = selectors.standing_of(line)
    if mixture is None:
        return None
    if started_at < mixture.mixed_at:
        raise NotMixed(f"{line.drug.name} was mixed later than that.", field="started_at")
    if started_at > mixture.use_by:
        until = clock.local(mixture.use_by, line.visit.site.zone)
        raise NotMixed(
            f"The mixed {line.drug.name} was good until {until:%H:%M}: throw it away and mix anew."
        )
    if mixture.checked_by_id is None and rules.needs_second_check(line.drug.class_tags):
        raise NotMixed(f"{line.drug.name} wants a second check before it runs.")
    return mixture


def _standing(line: Administration) -> Preparation:
    mixture = selectors.standing_of(line)
    if mixture is None:
        raise NotMixed(f"No {line.drug.name} is mixed.")
    return mixture


def _throw(line: Administration, reason: str, *, witness: User | None, by: User, at: datetime) -> None:
    vials.throw_away(line, reason=reason, witness=witness, by=by, at=at)
    Preparation.objects.filter(administration=line, thrown_at=None).update(
        thrown_at=at, thrown_by=by, thrown_because=reason[:200]
    )


def _check_use_by(line: Administration, mixed_at: datetime, use_by: datetime) -> None:
    if use_by <= mixed_at:
        raise MixtureRefused("It is good until after it was mixed.", field="use_by")
    if use_by > rules.longest(mixed_at):
        hours = rules.BEYOND_USE.total_seconds() / 3600
        raise MixtureRefused(f"Mixed here, it is begun within {hours:.0f} hours (USP 797).", field="use_by")
