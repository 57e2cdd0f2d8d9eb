"""What was found later: which rows may be corrected, and a chart read with what was found."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from visits.models import Administration, Correction, GivingEvent, Score, Visit, Vitals
from visits.states import CORRECTABLE, IN_ERROR, Corrected, EventKind

MODELS = {
    Corrected.EVENT: GivingEvent,
    Corrected.ADMINISTRATION: Administration,
    Corrected.SCORE: Score,
    Corrected.VITALS: Vitals,
}


@dataclass(frozen=True)
class Row:
    """One charted row that may be corrected, in words, with its fields as people name them."""

    kind: str
    row: int
    words: str
    fields: dict[str, str]
    charted: dict[str, datetime | Decimal | int | None]


def rows_of(visit: Visit) -> list[Row]:
    """Everything of the chart that may have been written down wrong, in its order. Five queries."""
    return [*_given(visit), *_scores(visit), *_vitals(visit)]


def as_found(rows: Iterable[Administration], corrections: Iterable[Correction]) -> list[Administration]:
    """The administrations with the moments and rates found later, for reckoning; what was entered in error is
    left out. The rows are changed in memory only: never save one of them. They come with their events.
    """
    newest = {(one.kind, one.row, one.field): one for one in corrections}  # oldest first: the newest counts
    wrong = {row for kind, row, field in newest if (kind, field) == (Corrected.ADMINISTRATION, IN_ERROR)}
    standing = [row for row in rows if row.pk not in wrong]
    for row in standing:
        for event in row.events.all():
            _event_as_found(event, newest)
            if event.kind == EventKind.START:
                row.started_at = event.at
            elif event.kind == EventKind.STOP:
                row.stopped_at = event.at
    return standing


def _event_as_found(event: GivingEvent, newest: dict[tuple[str, int, str], Correction]) -> None:
    if moment := newest.get((Corrected.EVENT, event.pk, "at")):
        event.at = moment.found_at or event.at
    if rate := newest.get((Corrected.EVENT, event.pk, "rate_ml_h")):
        event.rate_ml_h = rate.found


def _given(visit: Visit) -> Iterable[Row]:
    lines = visit.administrations.select_related("drug").prefetch_related("events").order_by("position", "pk")
    for line in lines:
        yield _row(Corrected.ADMINISTRATION, line, f"{line.drug.name}, the whole entry")
        for event in sorted(line.events.all(), key=lambda one: (one.at, one.pk)):
            yield _row(Corrected.EVENT, event, f"{line.drug.name}, {event.get_kind_display().lower()}")


def _scores(visit: Visit) -> Iterable[Row]:
    for score in visit.scores.select_related("administration__drug").order_by("scored_at", "pk"):
        about = score.administration.drug.name if score.administration else ""
        when = score.get_moment_display().lower().replace("an agent", about)
        yield _row(Corrected.SCORE, score, f"Pain {when}")


def _vitals(visit: Visit) -> Iterable[Row]:
    for vitals in visit.vitals.order_by("taken_at", "pk"):
        yield _row(Corrected.VITALS, vitals, "Vital signs")


def _row(kind: str, of: Administration | GivingEvent | Score | Vitals, words: str) -> Row:
    fields = CORRECTABLE[kind]
    return Row(kind, of.pk, words, fields, {name: getattr(of, name) for name in fields})
