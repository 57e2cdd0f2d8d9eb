"""One line of a file that is brought: what becomes of it, and how it names a day, a regimen, a patient."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum, auto
from typing import Any

from infusion_center.errors import DomainError
from infusion_center.places.models import Site
from patients.models import Patient
from regimens.models import Regimen
from visits.rules.csv_rows import Line, NotUnderstood, read_day
from visits.states import ChairKind

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)


class Fate(StrEnum):
    """What becomes of a line."""

    ADD = auto()
    THERE = auto()
    CLASH = auto()
    UNREAD = auto()


@dataclass(frozen=True)
class Brought:
    """One line: what becomes of it, and a sentence where that needs one. `act` writes it."""

    line: Line
    fate: Fate
    sentence: str = ""
    rows: tuple[tuple[Site, date], ...] = ()
    act: Callable[[], object] | None = None


def understood(read_it: Callable[[Line], dict[str, Any]], line: Line) -> dict[str, Any] | str:
    """What the line says, or the sentence why it is not clear."""
    try:
        return read_it(line)
    except DomainError as no:
        return no.message


def day_of(text: str) -> date:
    """Of this century. Raises NotUnderstood."""
    day = read_day(text)
    if not EARLIEST <= day < LATEST - timedelta(days=1):
        raise NotUnderstood(f"“{text}” is not of this century.")
    return day


def regimen_of(code: str) -> Regimen | None:
    """By its code; None where none is written. Raises NotUnderstood."""
    found = Regimen.objects.filter(code=code, active=True).first() if code else None
    if code and found is None:
        raise NotUnderstood(f"No regimen has the code “{code}”.")
    return found


def patient_of(line: Line) -> Patient:
    """By number, else by both names and the birth date: exactly one record, or none is taken."""
    number = line.get("number", "patient")
    rows = Patient.objects.select_related("merged_into")
    if number:
        found = list(rows.filter(number=number))
    else:
        family, given = line.need("family_name"), line.need("given_name")
        born = read_day(line.need("birth_date"))
        found = list(
            rows.filter(
                family_name__iexact=family, given_name__iexact=given, birth_date=born, merged_into=None
            )
        )
    if len(found) != 1:
        raise NotUnderstood("No such patient here." if not found else "More than one such patient here.")
    return found[0].merged_into or found[0]


def chair_kind_of(line: Line) -> str:
    kind = line.get("chair_kind", "chair").lower() or ChairKind.RECLINER
    if kind not in ChairKind.values:
        raise NotUnderstood(f"“{kind}” is no kind of chair: {', '.join(ChairKind.values)}.")
    return kind
