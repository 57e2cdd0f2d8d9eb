"""A site's own loads and a state's ratio: dated rows with their source, written and removed by a manager.

What is booked keeps the load it was booked with; a ratio counts for it too, from its day on.
"""

from datetime import date, datetime

from infusion_center.accounts.models import User
from infusion_center.audit import history
from infusion_center.errors import Conflict, DomainError
from infusion_center.places.models import Site
from regimens.models import Drug
from regimens.rules.nurse_load import FULL
from visits.models import ClinicDay, LoadPolicy, RatioRule
from visits.services import days

YEARS = range(2000, 2100)


class CannotSet(DomainError):
    """A row that says nothing, or too much."""


class GoneAlready(Conflict):
    """Somebody else has removed it."""


def set_load(
    *,
    site: Site,
    drug: Drug | None,
    class_tag: str,
    load: int | None,
    source: str,
    valid_from: date,
    by: User,
    at: datetime,
) -> LoadPolicy:
    """From that day on the drug, or every drug of the class, loads a nurse with so much at this site.

    `load` None: as the formulary says again. A row of the same day is replaced.
    """
    if (drug is None) == (class_tag == ""):
        raise CannotSet("Choose a drug or a class of drugs, one of them.", field="drug")
    if drug is None and not Drug.objects.filter(class_tags__contains=[class_tag]).exists():
        raise CannotSet("No drug of the formulary has this class.", field="class_tag")
    facts = _facts(load, source, valid_from, by=by, at=at, field="load")
    with history.verb("load.set", by=by, at=at):
        return LoadPolicy.objects.update_or_create(
            site=site,
            drug=drug,
            class_tag=class_tag,
            valid_from=valid_from,
            defaults={"load": load} | facts,
        )[0]


def remove_load(*, policy: LoadPolicy, by: User, at: datetime) -> None:
    """It was a mistake; the history keeps it. A policy that ends is a row from the day it ends."""
    with history.verb("load.removed", by=by, at=at):
        if not LoadPolicy.objects.filter(pk=policy.pk).delete()[0]:
            raise GoneAlready("That row was removed meanwhile.")


def set_ratio(
    *, site: Site, patients_per_nurse: int | None, source: str, valid_from: date, by: User, at: datetime
) -> RatioRule:
    """From that day on no nurse of the site's state has more patients at a time. None: no such rule."""
    facts = _facts(patients_per_nurse, source, valid_from, by=by, at=at, field="patients_per_nurse")
    with days.changing_days("ratio.set", rows=rows_of_state(site.state, valid_from, at), by=by, at=at):
        return RatioRule.objects.update_or_create(
            state=site.state,
            valid_from=valid_from,
            defaults={"patients_per_nurse": patients_per_nurse} | facts,
        )[0]


def remove_ratio(*, rule: RatioRule, by: User, at: datetime) -> None:
    rows = rows_of_state(rule.state, rule.valid_from, at)
    with days.changing_days("ratio.removed", rows=rows, by=by, at=at):
        if not RatioRule.objects.filter(pk=rule.pk).delete()[0]:
            raise GoneAlready("That row was removed meanwhile.")


def rows_of_state(state: str, valid_from: date, at: datetime) -> set[tuple[Site, date]]:
    """Every day from then on, today at the earliest, on which anything has happened in that state."""
    return {
        (row.site, row.day)
        for row in ClinicDay.objects.filter(site__state=state, day__gte=valid_from).select_related("site")
        if row.day >= row.site.day_of(at)
    }


def _facts(
    number: int | None, source: str, valid_from: date, *, by: User, at: datetime, field: str
) -> dict[str, object]:
    if number is not None and not 1 <= number <= FULL:
        raise CannotSet(f"A number from 1 to {FULL}, or none.", field=field)
    if not source.strip():
        raise CannotSet("Say where this comes from: a law, a policy, a decision.", field="source")
    if valid_from.year not in YEARS:
        raise CannotSet("Choose a day of this century.", field="valid_from")
    return {"source": source.strip(), "written_at": at, "written_by": by}
