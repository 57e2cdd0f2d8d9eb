"""What coding found, written down: facts, lines, holds and state of the claim. No change, no write."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from billing.models import Claim, ClaimLine, Hold
from billing.rules.claim_checks import Finding
from billing.selectors.sheet import Sheet
from billing.services.moves import move_claim
from billing.states import ClaimState

NO_LONGER_SO = "No longer so"
CLAIM_FACTS = ("patient", "coverage", "rendering", "service_on", "total", "chart_digest")
LINE_FACTS = (
    *("position", "kind", "code", "modifiers", "units", "unit_charge", "charge", "service_on"),
    *("description", "ndc11", "ndc_quantity", "ndc_unit", "price_note"),
)


def write_down(row: Claim, sheet: Sheet, findings: Sequence[Finding], *, digest: str, at: datetime) -> Claim:
    """`row` is locked and carries the new facts; its database row may still carry the old ones."""
    row.chart_digest = digest
    settled = ClaimState.HELD if findings else ClaimState.READY
    if _says_the_same(row, sheet, findings, settled):
        return row
    facts = {name: getattr(row, name) for name in CLAIM_FACTS}
    if row.state != ClaimState.DRAFT:
        move_claim(row, ClaimState.DRAFT, at=at)
    move_claim(row, ClaimState.CODED, at=at, coded_at=at, **facts)
    _replace_lines(row, sheet.lines)
    _sync_holds(row, findings, at=at)
    return move_claim(row, settled, at=at)


def hold(row: Claim, findings: Sequence[Finding], *, at: datetime) -> Claim:
    """A ready claim that the checks of a whole file refused."""
    _sync_holds(row, findings, at=at)
    return move_claim(row, ClaimState.HELD, at=at)


def _says_the_same(row: Claim, sheet: Sheet, findings: Sequence[Finding], settled: str) -> bool:
    stored = Claim.objects.get(pk=row.pk)
    facts = [f"{name}_id" if name in ("patient", "coverage", "rendering") else name for name in CLAIM_FACTS]
    return (
        stored.state == settled
        and all(getattr(stored, name) == getattr(row, name) for name in facts)
        and [_facts_of(line) for line in stored.lines.order_by("position")]
        == [_facts_of(line) for line in sheet.lines]
        and set(_open_holds(row)) == {(one.code, one.sentence) for one in findings}
    )


def _facts_of(line: ClaimLine) -> list[object]:
    return [*(getattr(line, name) for name in LINE_FACTS), [str(source) for source in line.sources]]


def _open_holds(row: Claim) -> Iterable[tuple[str, str]]:
    return row.holds.filter(cleared_at=None).values_list("code", "sentence")


def _replace_lines(row: Claim, lines: Iterable[ClaimLine]) -> None:
    row.lines.all().delete()
    fresh = list(lines)
    for line in fresh:
        line.claim = row
    ClaimLine.objects.bulk_create(fresh)


def _sync_holds(row: Claim, findings: Sequence[Finding], *, at: datetime) -> None:
    """New reasons are raised, those that no longer hold are cleared by the facts, the rest stand."""
    wanted = {(one.code, one.sentence) for one in findings}
    standing = set(_open_holds(row))
    for code, sentence in standing - wanted:
        gone = row.holds.filter(code=code, sentence=sentence, cleared_at=None)
        gone.update(cleared_at=at, cleared_reason=NO_LONGER_SO)
    Hold.objects.bulk_create(
        Hold(claim=row, code=one.code, sentence=one.sentence, raised_at=at)
        for one in findings
        if (one.code, one.sentence) not in standing
    )
