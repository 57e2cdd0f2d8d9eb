"""What the keepers of the rule book look at: counts and lists, what may be chosen, the history of a row."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import pghistory.models

from infusion_center.accounts.models import User
from regimens.models import Drug, Regimen
from regimens.rules.differences import Difference, differences
from regimens.selectors import rule_book, shipped
from regimens.states import BookKind

# In the history of a row these follow from its other columns.
FOLLOWING = {"row_hash", "brand_names", "class_tags", "message", "pgh_context"}
Choices = list[tuple[str, Any]]


@dataclass(frozen=True)
class Line:
    """One row in a list."""

    kind: str
    code: str
    name: str
    stored: Any
    recalled: bool
    off: bool
    differs: bool

    @property
    def unreviewed(self) -> bool:
        return self.stored.reviewed_by_id is None


@dataclass(frozen=True)
class Count:
    """How many rows of a kind there are, and how many of them wait for something."""

    kind: str
    label: str
    rows: int
    unreviewed: int
    recalled: int
    off: int
    differs: int


@dataclass(frozen=True)
class Event:
    """One change of a row."""

    at: datetime
    person: str
    verb: str
    changes: tuple[Difference, ...]


def lines() -> list[Line]:
    """Every row of the book, kind after kind."""
    differing = {(one.kind, one.code) for one in shipped.compare().differing}
    return [
        Line(
            kind=kind,
            code=str(row["id"]),
            name=shipped.name_of(kind, stored),
            stored=stored,
            recalled=_recalled(row),
            off=not getattr(stored, "switched_on", True),
            differs=(kind, row["id"]) in differing,
        )
        for kind in BookKind.values
        for stored in rule_book.entries(kind)
        for row in [rule_book.row_of(kind, stored)]
    ]


def counts(lines: Iterable[Line]) -> list[Count]:
    every = list(lines)
    found = []
    for kind in BookKind:
        own = [line for line in every if line.kind == kind]
        found.append(
            Count(
                kind=kind,
                label=str(kind.label),
                rows=len(own),
                unreviewed=sum(line.unreviewed for line in own),
                recalled=sum(line.recalled for line in own),
                off=sum(line.off for line in own),
                differs=sum(line.differs for line in own),
            )
        )
    return found


def matching(lines: Iterable[Line], *, text: str = "", kind: str = "", which: str = "") -> list[Line]:
    """Lines whose id or name holds the text; `which` names a yes-or-no of the line."""
    word = text.strip().lower()
    return [
        line
        for line in lines
        if (not kind or line.kind == kind)
        and (not which or getattr(line, which))
        and (word in line.name.lower() or word in line.code or word.replace(" ", "_") in line.code)
    ]


def switched_off() -> list[tuple[BookKind, Drug | Regimen]]:
    """Drugs and regimens that are off at this center, by name."""
    drugs = Drug.objects.filter(orderable=False).order_by("name", "pk")
    recipes = Regimen.objects.filter(active=False).order_by("name", "pk")
    return [
        *((BookKind.DRUG, drug) for drug in drugs),
        *((BookKind.REGIMEN, recipe) for recipe in recipes),
    ]


def choices() -> dict[str, Choices]:
    """What the fields of the pages offer, by the names the sections use."""
    terms = {kind: _terms(kind) for kind in rule_book.VOCABULARY}
    drugs = list(Drug.objects.order_by("name", "pk"))
    drug_choices: Choices = [(drug.code, drug.name) for drug in drugs]
    baseline = {code for drug in drugs for code in (drug.row.get("monitoring") or {}).get("baseline", [])}
    rule_kinds = {str(rule.row.get("kind") or "") for rule in rule_book.entries(BookKind.RULE)} - {""}
    groups = {str(term.row.get("group") or "") for term in rule_book.entries(BookKind.CONDITION)} - {""}
    return {
        "drugs": drug_choices,
        "class_tags": terms[BookKind.CLASS_TAG],
        "allergy_groups": terms[BookKind.ALLERGY],
        "conditions": terms[BookKind.CONDITION],
        "categories": _plain(drug.category for drug in drugs),
        "monitoring": _plain(baseline),
        "rule_kinds": _plain(rule_kinds),
        "condition_groups": _plain(groups),
        "selectors": _selectors(drug_choices, terms),
    }


def history(stored: Any) -> list[Event]:
    """Every change of the row, newest first: who, when, what."""
    people = {user.pk: user.name for user in User.objects.all()}
    events = pghistory.models.Events.objects.tracks(stored).order_by("-pgh_created_at", "-pgh_id")[:50]
    acts = groupby(events, key=lambda event: event.pgh_context_id or event.pgh_id)
    return [_event(list(act), people) for _, act in acts]


def _event(act: list[Any], people: dict[int, str]) -> Event:
    """One act may change a row twice: what it says, and who reviewed it."""
    event = act[0]
    context = event.pgh_context or {}
    changes: list[Difference] = []
    for name, (old, new) in [pair for one in reversed(act) for pair in (one.pgh_diff or {}).items()]:
        if name == "reviewed_by_id":
            changes.append(Difference("reviewed by", people.get(old, "–"), people.get(new, "–")))
        elif name not in FOLLOWING:
            changes += differences(old, new, "" if name == "row" else name)
    verb = str(context.get("verb", event.pgh_label)).partition(".")[2] or event.pgh_label
    return Event(
        at=event.pgh_created_at,
        person=people.get(context.get("user", 0), "the system"),
        verb=verb.replace("_", " "),
        changes=tuple(changes),
    )


def _selectors(drugs: Choices, terms: dict[BookKind, Choices]) -> Choices:
    """Everything a side of a rule can choose, as `key:value` in groups."""
    groups: list[tuple[str, str, Choices]] = [
        ("Drug", "drug", drugs),
        ("Drugs with the tag", "class_tag", terms[BookKind.CLASS_TAG]),
        ("Drugs with the QT risk", "qt_risk", _plain(["known", "possible", "conditional"])),
        ("Drugs that sedate at least", "sedation_level_min", _plain(["1", "2", "3"])),
        ("Drugs that are", "flag", _plain(["driver_required", "weight_based", "pediatric_not_supported"])),
        ("Any drug", "any_drug", [("True", "whichever")]),
        ("Visit", "visit_type", _plain(["rescue", "scheduled"])),
        ("Home medication of the group", "external_group", terms[BookKind.DRUG_GROUP]),
        ("Condition", "condition", terms[BookKind.CONDITION]),
        ("Allergy", "allergy_group", terms[BookKind.ALLERGY]),
    ]
    return [
        (group, [(f"{key}:{value}", f"{group}: {label}") for value, label in offered])
        for group, key, offered in groups
    ]


def _terms(kind: str) -> Choices:
    return [(term.term, term.label) for term in rule_book.entries(kind)]


def _plain(codes: Iterable[str]) -> Choices:
    return [(code, code.replace("_", " ")) for code in sorted(set(codes))]


def _recalled(value: Any) -> bool:
    """Does any mark in the row say that nobody checked?"""
    return any(mark == "recalled" for mark in _confidences(value))


def _confidences(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        if "confidence" in value:
            yield value["confidence"]
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _confidences(inner)
