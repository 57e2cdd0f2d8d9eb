"""What the rules are asked: a patient and the drugs about to be ordered or started (contracts.md 1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Line:
    """One drug, about to be ordered or started. `allergens` None: no product picked yet."""

    drug: str
    dose: Decimal  # in the drug's unit, mg or mL
    method: str
    at: datetime
    minutes: Decimal | None = None
    volume_ml: Decimal | None = None
    indication: str = "headache"
    allergens: frozenset[str] | None = None
    contains: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Dose:
    """A dose already given, here (`clinic`) or at `home`, under the id of our drug."""

    drug: str
    amount: Decimal
    at: datetime
    where: str = "clinic"


@dataclass(frozen=True)
class HomeMedication:
    """`last_taken_at` None: not known, never "never"."""

    groups: frozenset[str]
    name: str
    active: bool = True
    last_taken_at: datetime | None = None


@dataclass(frozen=True)
class NerveBlock:
    drug: str
    amount: Decimal
    at: datetime | None


@dataclass(frozen=True)
class Patient:
    """None: not known or never asked, wherever it may stand. `screening` holds only what was asked."""

    age_years: int
    sex_at_birth: str | None
    weight_kg: Decimal | None = None
    height_cm: Decimal | None = None
    conditions: frozenset[str] | None = frozenset()
    allergies: frozenset[str] | None = frozenset()
    not_understood: tuple[str, ...] = ()  # active entries that no vocabulary knows, as they were written
    pregnancy_status: str = "unknown"
    gestation_weeks: Decimal | None = None
    hcg: tuple[str, datetime] | None = None
    contraception: str | None = None
    home_medications: tuple[HomeMedication, ...] | None = ()
    given: tuple[Dose, ...] = ()
    ecg: tuple[Decimal | None, datetime] | None = None
    crcl: tuple[Decimal, datetime] | None = None
    sbp: Decimal | None = None
    dbp: Decimal | None = None
    hr: Decimal | None = None
    spo2: Decimal | None = None
    driver: bool | None = None
    iv_site: str | None = None
    rescue_visits: tuple[datetime, ...] = ()
    screening: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Site:
    """What the center switched on, and who is there. Staff None: not known, which counts as none."""

    orderable: frozenset[str] = frozenset()
    free_nurses: int | None = None
    acls_on_site: bool | None = None
    anesthesia_provider: bool | None = None


@dataclass(frozen=True)
class Case:
    """`moment`: order, check_in or start. `visit_type`: rescue or scheduled."""

    moment: str
    visit_type: str
    at: datetime
    patient: Patient
    lines: tuple[Line, ...]
    site: Site = Site()


def hours_between(earlier: datetime, later: datetime) -> Decimal:
    """Elapsed hours in truth, across a clock change too; negative when `earlier` is the later one."""
    elapsed = later.astimezone(UTC) - earlier.astimezone(UTC)
    return Decimal(elapsed // timedelta(microseconds=1)) / Decimal(HOUR // timedelta(microseconds=1))


def days_between(earlier: datetime, later: datetime) -> int:
    """Site-local dates as written, subtracted."""
    return (later.date() - earlier.date()).days
