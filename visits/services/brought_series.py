"""Running series from a file: whose treatment comes back, how often, and when it was given last."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from infusion_center.accounts.models import User
from infusion_center.errors import Conflict, DomainError
from infusion_center.places.models import Site
from visits.rules.csv_rows import Line, NotUnderstood, read_number, read_time
from visits.selectors.series import running
from visits.services import series
from visits.services.brought import (
    Brought,
    Fate,
    chair_kind_of,
    day_of,
    patient_of,
    regimen_of,
    understood,
)
from visits.services.hours import WEEKDAYS
from visits.services.series_terms import EARLY_DAYS, LATE_DAYS, Terms, Wish, counted_drug

HOUR = 60


def take(site: Site, line: Line, by: User, at: datetime) -> Brought:
    """Begin the series of one line; where one of its drug runs for the patient, it is there already."""
    facts = understood(partial(_series_of, site), line)
    if isinstance(facts, str):
        return Brought(line, Fate.UNREAD, facts)
    if running(facts["patient"], drugs=[counted_drug(facts["regimen"]).pk]).exists():
        return Brought(line, Fate.THERE)
    try:
        with transaction.atomic():
            series.start(site=site, **facts, by=by, at=at)
    except Conflict as no:
        return Brought(line, Fate.CLASH, no.message)
    except DomainError as no:
        return Brought(line, Fate.UNREAD, no.message)
    return Brought(line, Fate.ADD)


def _series_of(site: Site, line: Line) -> dict[str, Any]:
    regimen = regimen_of(line.need("regimen"))
    if regimen is None or regimen.series_days is None and not line.get("every_days"):
        raise NotUnderstood("Write after how many days it comes back: every_days.")
    counted_drug(regimen)
    every = line.get("every_days")
    return {
        "patient": patient_of(line),
        "regimen": regimen,
        "terms": Terms(
            every_days=read_number(every, "days") if every else None,
            early_days=_days(line, "early_days", EARLY_DAYS),
            late_days=_days(line, "late_days", LATE_DAYS),
            chair_kind=chair_kind_of(line),
            comfort=line.get("comfort")[:80],
        ),
        "wish": Wish(_weekday(line.get("weekday")), _minute(line.get("from")), _minute(line.get("until"))),
        "first_due_on": day_of(line.get("first_due")) if line.get("first_due") else None,
        "given_elsewhere_on": day_of(line.get("last_given")) if line.get("last_given") else None,
    }


def _days(line: Line, name: str, usual: int) -> int:
    return read_number(line.get(name), "days") if line.get(name) else usual


def _weekday(text: str) -> int | None:
    """`Tuesday` or `Tue`; empty: any."""
    if not text:
        return None
    found = [number for number, name in enumerate(WEEKDAYS) if name.lower().startswith(text.lower()[:9])]
    if len(text) < 3 or len(found) != 1:
        raise NotUnderstood(f"“{text}” is no weekday.")
    return found[0]


def _minute(text: str) -> int | None:
    """After midnight; empty: any."""
    if not text:
        return None
    wall = read_time(text)
    return wall.hour * HOUR + wall.minute
