"""What goes into coding and what comes out: plain values, no rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class Mode(StrEnum):
    """How a charted line went in. `kvo` keeps the vein open between drugs."""

    INFUSION = "infusion"
    PUSH = "push"
    HYDRATION = "hydration"
    IM = "im"
    SC = "sc"
    FLUSH = "flush"
    KVO = "kvo"


CARRIERS = frozenset({Mode.FLUSH, Mode.KVO})
INJECTIONS = frozenset({Mode.IM, Mode.SC})


class Setting(StrEnum):
    """Who claims: a practice (professional claim) or a hospital department."""

    OFFICE = "office"
    FACILITY = "facility"


@dataclass(frozen=True)
class ChartLine:
    """One charted interval; `start` and `stop` are site-local, None if not charted. Volume mL, rate mL/h.

    `site` is the IV site; `site_necessary` says that the need for it as a second site is documented.
    `necessity` says that the need for hydration is documented.
    """

    id: str
    drug: str
    mode: Mode
    start: datetime | None
    stop: datetime | None
    order: str | None = None
    mixture: str | None = None
    site: str | None = None
    site_necessary: bool = False
    ordered: bool = True
    necessity: bool = True
    volume_ml: Decimal | None = None
    rate_ml_h: Decimal | None = None


@dataclass(frozen=True)
class Policy:
    """The payer's switches, with the defaults of contracts.md 3. Minutes are whole minutes.

    `primary_reason` is the id of the line that was the reason for the visit (office only).
    """

    missing_stop: str = "hold"  # or "push"
    hydration_sum: str = "cumulative"  # or "continuous"
    repeat_infusion: str = "interval"  # or "sum"
    merge_gap_min: int = 5
    concurrent_min_overlap: int = 16
    repeat_push_min: int = 31
    complex_drugs: frozenset[str] = frozenset()
    primary_reason: str | None = None
    pos: int = 11


@dataclass(frozen=True)
class CptLine:
    """One administration line of the claim; `from_lines` are the charted lines it stands on."""

    cpt: str
    units: int
    modifiers: tuple[str, ...]
    from_lines: tuple[str, ...]
    dos: date


@dataclass(frozen=True)
class Coding:
    """The answer: `ready` or `hold`, the lines, what a person must look at, and why a line earns nothing."""

    status: str
    lines: tuple[CptLine, ...] = ()
    flags: tuple[str, ...] = ()
    not_billed: Mapping[str, str] = field(default_factory=dict)
