"""What a file says, in our words. Days are as the sender wrote them; moments are aware."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from infusion_center.errors import DomainError
from patients.rules.fhir_mapping import Coding


class UnreadableFile(DomainError):
    """Nothing of the file can be taken in; the sentence says why."""


class LeftOut(DomainError):
    """One resource that is not taken in; the sentence says why. The others go in."""


@dataclass(frozen=True)
class Problem:
    """`resource` is its type and id, as in `Condition/123`."""

    resource: str
    reason: str


@dataclass(frozen=True)
class Person:
    """`facts` are fields of Patient; `identifiers` are (system, value), never a social security number."""

    key: str
    identifiers: tuple[tuple[str, str], ...]
    facts: dict[str, Any]
    phones: tuple[dict[str, str], ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Fact:
    """`subject` is the key of its Person; `state` one of `states.Life`."""

    key: str
    subject: str
    codings: tuple[Coding, ...]
    text: str
    state: str


@dataclass(frozen=True, kw_only=True)
class Condition(Fact):
    began_on: date | None = None
    ended_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Allergy(Fact):
    categories: tuple[str, ...] = ()
    reaction: str = ""
    severe: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Medication(Fact):
    started_on: date | None = None
    ended_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Measure:
    """`kind` of `states.MeasurementKind`; `unit` as `rules/measures.py` spells it."""

    key: str
    subject: str
    kind: str
    value: Decimal
    unit: str
    measured_at: datetime


@dataclass(frozen=True, kw_only=True)
class Cover:
    """`payer_ids` and `payer_name`: whatever the file calls the payer by. `order` 1 is billed first."""

    key: str
    subject: str
    payer_ids: tuple[str, ...]
    payer_name: str
    member_id: str
    group_number: str = ""
    relationship: str = ""
    order: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    ended: bool = False


@dataclass
class Contents:
    """Everything that one file says, and what of it cannot be taken in.

    `passed_over` counts, by resource type, what we have no use for (encounters, claims, laboratory values).
    """

    people: list[Person] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    allergies: list[Allergy] = field(default_factory=list)
    medications: list[Medication] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    covers: list[Cover] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)
