"""What a claim says when it is coded: lines with prices, findings, and why the rest earns nothing.

Reads and reckons, writes nothing. Coding writes it down; the claim page shows its reasons.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from billing.models import Claim, ClaimLine, IcdCode
from billing.rules import claim_checks
from billing.rules.claim_checks import Finding
from billing.rules.coding import Coding, CptLine, Setting, code_visit
from billing.rules.identifiers import BadDiagnosis, Diagnosis, check_diagnosis
from billing.selectors.chart import Chart, source_of
from billing.selectors.drug_lines import DrugBill, bill_drugs
from billing.selectors.payer_rules import PayerRules
from billing.selectors.prices import PriceBook
from billing.states import LineKind
from infusion_center.accounts.models import User
from patients.models import Coverage
from regimens.states import Method

FACILITY = "facility_pos_professional_claim"


@dataclass(frozen=True)
class Sheet:
    """Unsaved lines in claim order; `not_billed` and `drug_not_billed` by key of an administration."""

    lines: list[ClaimLine]
    findings: list[Finding]
    not_billed: dict[str, str]
    drug_not_billed: dict[str, str]

    @property
    def total(self) -> Decimal:
        return sum((line.charge for line in self.lines), Decimal(0))


def reckon(
    claim: Claim, chart: Chart, *, coverage: Coverage | None, rendering: User | None, rules: PayerRules
) -> Sheet:
    """Code, count, price and check one claim (billing.md 1 to 4)."""
    needed = claim_checks.supports_hydration(claim.diagnoses)
    charted = chart.lines(hydration_needed=needed)
    coding = code_visit(charted, setting=Setting.OFFICE, policy=rules.policy(site=claim.site))
    unbilled = _unbilled(coding)
    facility = FACILITY in unbilled.values()
    drugs = DrugBill() if facility else bill_drugs(chart, rules=rules, unbilled=unbilled)
    lines = [_administration(line) for line in coding.lines] + drugs.lines
    unpriced = list(_price(claim, chart, lines))
    findings = [
        *claim_checks.what_is_missing(
            diagnoses=claim.diagnoses,
            has_coverage=coverage is not None,
            has_rendering=rendering is not None,
            rendering_npi=rendering.npi if rendering else "",
        ),
        *_diagnoses_of_the_day(claim, chart),
        *claim_checks.what_coding_says(coding.flags, chart.drug_of()),
        *_not_covered(chart, claim, facility=facility),
        *drugs.findings,
        *unpriced,
        *_authorizations(chart, rules),
        *_clinical_review(claim, lines),
    ]
    if not lines and not findings:
        findings = [Finding("nothing_to_bill", "Nothing in this chart can be billed.")]
    return Sheet(lines, findings, unbilled, drugs.not_billed)


def _administration(line: CptLine) -> ClaimLine:
    return ClaimLine(
        kind=LineKind.ADMINISTRATION,
        code=line.cpt,
        modifiers=list(line.modifiers),
        units=Decimal(line.units),
        service_on=line.dos,
        sources=list(dict.fromkeys(source_of(one) for one in line.from_lines)),
    )


def _unbilled(coding: Coding) -> dict[str, str]:
    """An administration is explained when none of its segments stands on a line."""
    billed = {source_of(one) for line in coding.lines for one in line.from_lines}
    reasons = {source_of(line): reason for line, reason in coding.not_billed.items()}
    return {key: reason for key, reason in reasons.items() if key not in billed}


def _price(claim: Claim, chart: Chart, lines: Iterable[ClaimLine]) -> Iterator[Finding]:
    """Sets positions and prices; a line nothing prices stands at zero and is a finding."""
    lines = list(lines)
    drug_of = {str(one.key): one.drug for one in chart.given}
    book = PriceBook(site=claim.site, day=chart.service_on, codes=[line.code for line in lines])
    for position, line in enumerate(lines, start=1):
        drug = drug_of[str(line.sources[0])]
        price = book.price(line.code, drug=drug.code if line.kind == LineKind.DRUG else "")
        line.position = position
        line.unit_charge = price.unit_charge if price else Decimal(0)
        line.charge = price.charge(line.units) if price else Decimal(0)
        line.price_note = price.note if price else ""
        if price is None:
            whose = f" ({drug.name})" if line.kind == LineKind.DRUG else ""
            sentence = f"Nothing prices {line.code}{whose} on the date of service. Add a contract price."
            yield Finding(f"price:{line.code}:{position}", sentence)


def _diagnoses_of_the_day(claim: Claim, chart: Chart) -> Iterator[Finding]:
    rows = {row.code: row for row in IcdCode.objects.filter(code__in=claim.diagnoses)}
    known = {code: Diagnosis(row.billable, row.valid_from, row.valid_to) for code, row in rows.items()}
    for code in claim.diagnoses:
        try:
            check_diagnosis(code, on=chart.service_on, lookup=known.get)
        except BadDiagnosis as no:
            yield Finding(f"diagnosis:{code}", f"{code}: {no.message}")


def _not_covered(chart: Chart, claim: Claim, *, facility: bool) -> Iterator[Finding]:
    if facility:
        sentence = f"At place of service {claim.site.place_of_service} the facility bills, not the practice."
        yield Finding("place_of_service", sentence)
    for one in chart.given:
        if one.method == Method.PO:
            yield Finding(
                f"oral_drug:{one.key}",
                f"{one.drug.name} was taken by mouth. A coder decides whether it is billed.",
            )


def _authorizations(chart: Chart, rules: PayerRules) -> Iterator[Finding]:
    for drug in sorted({one.drug for one in chart.given}, key=lambda drug: drug.code):
        found = claim_checks.authorization(drug=drug.name, code=drug.code, wanted=rules.authorization(drug))
        if found:
            yield found


def _clinical_review(claim: Claim, lines: Iterable[ClaimLine]) -> Iterator[Finding]:
    found = claim_checks.eptinezumab_for_an_attack((line.code for line in lines), claim.diagnoses)
    if found:
        yield found
