"""The rule book is kept here: whole rows in, columns and tables derived from them.

A row is the one truth. What is saved is reviewed by whoever saves it, and no load overwrites it afterwards.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model

from infusion_center.accounts.models import User
from infusion_center.audit import history
from infusion_center.errors import Conflict, DomainError
from infusion_center.places.models import Site
from patients.models import Term
from regimens.models import Drug, ReferenceLoad, Regimen, SafetyRule, Source
from regimens.rules.chair_time import CannotPlan
from regimens.rules.safety.book import Book, read_book
from regimens.rules.safety.rows import BadRow
from regimens.rules.table_rows import whole_drug, whole_regimen, whole_rule
from regimens.selectors import rule_book as stored
from regimens.selectors import shipped
from regimens.services import formulary, reviewing
from regimens.services import formulary_rows as rows
from regimens.states import BookKind

SWITCHES: dict[type[Model], str] = {Drug: "orderable", Regimen: "active"}
ID = re.compile(r"[a-z0-9_]+")
NOT_IN_COLUMNS = {"id", "reviewed_by_id", "reviewed_on", "active", "switched_because", "orderable"}


class ChangedMeanwhile(Conflict):
    """Somebody saved this row after it was opened."""


class NeedsReason(DomainError):
    """A switch is thrown for a reason."""


def digest(kind: str, row: dict[str, Any]) -> str:
    """What tells one state of a row from another: a page hands it back when it saves."""
    return rows.digest_of([kind, row])


def checked(kind: str, row: dict[str, Any]) -> tuple[dict[str, Any], Book]:
    """The whole row, and the book as it would be with it. Raises BadRow.

    The place is that of the field in the row; a sentence without a place is about another row of the book.
    """
    _refuse_bad_id(kind, row)
    row = _whole(kind, row)
    _refuse_unknown_sources(row)
    if kind == BookKind.REGIMEN:  # stands beside the book: no rule reads it
        return row, stored.rule_book()
    try:
        return row, read_book(stored.document_with(kind, row))
    except BadRow as no:
        raise _from_here(kind, row, no) from no


def save_row(
    *, kind: str, row: dict[str, Any], seen: str | None, by: User, at: datetime, verb: str = "row_saved"
) -> Any:
    """Write the row, new or changed, with everything that follows from it.

    `seen` is the digest of the row as it was opened, None for a new one. Raises BadRow, ChangedMeanwhile,
    CannotPlan.
    """
    with _keeping(f"rule_book.{verb}", by=by, at=at):
        before = stored.entry(kind, str(row.get("id", "")))
        _refuse_stale(kind, before, seen)
        row, _ = checked(kind, row)
        written = WRITERS[BookKind(kind)](kind, row)
        reviewing.save_reviewed(row=written, by=by, at=at)
    return written


def review_row(*, kind: str, code: str, seen: str, by: User, at: datetime) -> None:
    """Somebody looked at the row as it stands and found it right. Raises ChangedMeanwhile."""
    with _keeping("rule_book.row_reviewed", by=by, at=at):
        entry = stored.entry(kind, code)
        _refuse_stale(kind, entry, seen)
        reviewing.save_reviewed(row=entry, by=by, at=at)


def take_shipped(*, kind: str, code: str, by: User, at: datetime) -> Any:
    """Replace the center's row by the one in the shipped file. Raises BadRow where the book would break."""
    entry = stored.entry(kind, code)
    row = shipped.row(kind, code)
    if entry is None or row is None:
        raise Conflict("This row is not in the shipped file any more.")
    seen = digest(kind, stored.row_of(kind, entry))
    return save_row(kind=kind, row=row, seen=seen, by=by, at=at, verb="shipped_taken")


def switch(*, entry: Drug | Regimen, on: bool, reason: str, by: User, at: datetime) -> None:
    """May this drug be ordered, or this regimen used, at this center? Raises NeedsReason, Conflict."""
    if not reason.strip():
        raise NeedsReason("Say why: it stays in the history.", field="reason")
    column = SWITCHES[type(entry)]
    noun = entry._meta.model_name
    with _keeping(f"{noun}.switched_on" if on else f"{noun}.switched_off", by=by, at=at):
        unmoved = type(entry).objects.filter(pk=entry.pk, **{column: not on})
        moved = unmoved.update(**{column: on}, switched_because=reason.strip())
    if not moved:
        raise Conflict(f"{entry.name} is switched {'on' if on else 'off'} already.")


def set_site(*, site: Site, acls_on_site: bool, anesthesia_provider: bool, by: User, at: datetime) -> None:
    """What the rules may count on at this site."""
    with transaction.atomic(), history.verb("site.switched", by=by, at=at):
        site.acls_on_site, site.anesthesia_provider = acls_on_site, anesthesia_provider
        site.save(update_fields=["acls_on_site", "anesthesia_provider", "updated_at"])


@contextmanager
def _keeping(verb: str, *, by: User, at: datetime) -> Iterator[None]:
    """One keeper at a time, and no load meanwhile: a row is checked against the book it will stand in."""
    with transaction.atomic(), history.verb(verb, by=by, at=at):
        list(ReferenceLoad.objects.select_for_update(no_key=True).filter(name=formulary.NAME))
        yield


def _refuse_stale(kind: str, entry: Any, seen: str | None) -> None:
    now = None if entry is None else digest(kind, stored.row_of(kind, entry))
    if now == seen:
        return
    if seen is None:
        raise BadRow("id: this id is taken")
    raise ChangedMeanwhile("Somebody changed this row meanwhile. Open it again; nothing was saved.")


def _refuse_bad_id(kind: str, row: dict[str, Any]) -> None:
    code = str(row.get("id", ""))
    longest = 80 if kind == BookKind.RULE else 60
    if not ID.fullmatch(code) or len(code) > longest:
        raise BadRow(f"id: small letters, digits and underscores, at most {longest}")


def _refuse_unknown_sources(row: dict[str, Any]) -> None:
    cited = {source: place for place, mark in _marks("", row) for source in mark["sources"]}
    known = set(Source.objects.filter(code__in=cited).values_list("code", flat=True))
    for source, place in cited.items():
        if source not in known:
            raise BadRow(f"{place}sources: there is no source {source}")


def _marks(place: str, value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every mark in the row, with where it stands."""
    if isinstance(value, dict):
        if isinstance(value.get("sources"), list):
            yield place, value
        for key, inner in value.items():
            yield from _marks(f"{place}{key}.", inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _marks(f"{place}{number}.", inner)


def _whole(kind: str, row: dict[str, Any]) -> dict[str, Any]:
    if kind == BookKind.DRUG:
        return whole_drug(row)
    if kind == BookKind.RULE:
        return whole_rule(row)
    if kind == BookKind.REGIMEN:
        return whole_regimen(row, set(Drug.objects.values_list("code", flat=True)))
    return row


def _from_here(kind: str, row: dict[str, Any], no: BadRow) -> BadRow:
    """The refusal seen from this row: its own place, or a sentence about the row that would break."""
    shelf = stored.SHELVES[BookKind(kind)]
    own = f"{'vocab.' if kind in stored.VOCABULARY else ''}{shelf}.{row['id']}."
    if no.place.startswith(own):
        return BadRow(f"{no.place.removeprefix(own)}: {no.said}")
    if no.place.startswith(f"vocab.{shelf}."):  # vocabulary rows are numbered; this one is the last
        return BadRow(f"{no.place.split('.', 3)[-1]}: {no.said}")
    return BadRow(f"Another row would break. {no.place.replace('_', ' ')}: {no.said}")


def _put(fresh: Model, **key: Any) -> Any:
    """The stored row with every column the row decides; switches stay as the center set them."""
    columns = [
        field.attname for field in fresh._meta.concrete_fields if field.attname not in {*NOT_IN_COLUMNS, *key}
    ]
    values = {name: getattr(fresh, name) for name in columns}
    own = {name: getattr(fresh, name) for name in ("orderable",) if hasattr(fresh, name)}
    written, _ = type(fresh)._default_manager.update_or_create(
        **key, defaults=values, create_defaults=values | own
    )
    return written


def _write_drug(kind: str, row: dict[str, Any]) -> Drug:
    drug: Drug = _put(rows.drugs([row])[0], code=row["id"])
    formulary.write_details(drug)
    return drug


def _write_rule(kind: str, row: dict[str, Any]) -> SafetyRule:
    rule: SafetyRule = _put(rows.safety_rules([row])[0], code=row["id"])
    return rule


def _write_term(kind: str, row: dict[str, Any]) -> Term:
    members = stored.MEMBERS.get(BookKind(kind), "")
    fresh = Term(
        kind=kind,
        term=row["id"],
        label=row.get("label") or row["id"].replace("_", " ").capitalize(),
        members=row.get(members, []),
        row={key: value for key, value in row.items() if key not in ("id", "label", members)},
    )
    term: Term = _put(fresh, kind=kind, term=row["id"])
    return term


def _write_regimen(kind: str, row: dict[str, Any]) -> Regimen:
    """Raises BadRow where the steps wait for one another."""
    drugs = {drug.code: drug for drug in Drug.objects.all()}
    try:
        fresh = rows.regimen(row, drugs)
    except CannotPlan as no:
        raise BadRow(f"steps: {no.message}") from no
    fresh.row = row | {"total_chair_minutes": fresh.chair_minutes}
    fresh.row_hash = rows.digest_of(fresh.row)
    regimen: Regimen = _put(fresh, code=row["id"])
    formulary.write_steps(regimen)
    return regimen


WRITERS: dict[BookKind, Callable[[str, dict[str, Any]], Any]] = {
    BookKind.DRUG: _write_drug,
    BookKind.RULE: _write_rule,
    BookKind.REGIMEN: _write_regimen,
    **dict.fromkeys(stored.VOCABULARY, _write_term),
}
