"""What the rules answer: findings, most severe first, and the verdict they add up to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs (`data/formulary.json`, `meta.severity_legend`)."""

    BLOCK = "block"  # cannot be signed, cannot start, until the data or the order changes
    OVERRIDE_REASON = "override_reason"  # a provider may go on after typing a reason
    WARN = "warn"  # acknowledged by a named person
    INFO = "info"  # shown

    @property
    def weight(self) -> int:
        return WEIGHTS[self]


WEIGHTS = {Severity.BLOCK: 3, Severity.OVERRIDE_REASON: 2, Severity.WARN: 1, Severity.INFO: 0}
ALLOW = "allow"


@dataclass(frozen=True)
class Finding:
    """One hit. `drug` None: about the visit. `about`: every ordered drug it concerns, for the screen.

    `fix`: what would put it right. `asks`: the WHAT of a `missing:WHAT` finding, else empty. `involves`:
    everything it rests on (drugs, conditions, groups), so that what was cleared is not asked again.
    """

    rule: str
    severity: Severity
    drug: str | None
    message: str
    fix: str = ""
    asks: str = ""
    about: tuple[str, ...] = ()
    involves: tuple[str, ...] = ()

    def concerns(self, drug: str) -> bool:
        """It is said of this drug, or of this one among others."""
        return self.drug == drug or drug in self.about


@dataclass(frozen=True)
class Answer:
    """Every finding, most severe first, then by rule and drug."""

    findings: tuple[Finding, ...] = ()

    @property
    def verdict(self) -> str:
        """The most severe of the findings; `allow` where there is none."""
        return self.findings[0].severity if self.findings else ALLOW


def answer_of(findings: Iterable[Finding]) -> Answer:
    """The findings in their order, each once."""
    key = {(finding.rule, finding.drug): finding for finding in findings}
    return Answer(tuple(sorted(key.values(), key=lambda f: (-f.severity.weight, f.rule, f.drug or ""))))


@dataclass(frozen=True)
class Cleared:
    """Somebody took responsibility for a finding of this severity: acknowledged it, or gave a reason."""

    rule: str
    drug: str | None
    severity: Severity
    involves: frozenset[str] = frozenset()

    def covers(self, finding: Finding) -> bool:
        """The same rule at no higher severity, on nothing that was not there when it was cleared."""
        return (
            self.rule == finding.rule
            and self.severity.weight >= finding.severity.weight
            and (self.drug == finding.drug or bool(finding.involves))
            and set(finding.involves) <= self.involves
        )


def standing(findings: Iterable[Finding], cleared: Sequence[Cleared]) -> list[Finding]:
    """What still stands in the way: every block, and what nobody cleared."""
    return [
        finding
        for finding in findings
        if finding.severity is Severity.BLOCK
        or (finding.severity is not Severity.INFO and not any(one.covers(finding) for one in cleared))
    ]
