"""The drug lines of a claim, from the vials of each dose. What the rules do not cover is a finding."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, Decimal
from itertools import groupby

from billing.models import ClaimLine
from billing.rules.claim_checks import Finding
from billing.rules.hcpcs import UNCLASSIFIED, CodeRow, NoCode, code_on
from billing.rules.units import BOUGHT, DrugCharge, DrugLine, Source, Vial, charge_drug, describe_unclassified
from billing.selectors.chart import FLUID, Chart
from billing.selectors.payer_rules import PayerRules
from billing.states import LineKind
from infusion_center.errors import DomainError
from regimens.models import Drug, HcpcsCode
from regimens.rules.waste import Container
from regimens.states import Container as Kind
from regimens.states import Method
from visits.models import Administration, VialUse
from visits.states import OPEN_LINE

CONTAINERS = {Kind.SINGLE_DOSE: Container.SINGLE, Kind.MULTI_DOSE: Container.MULTI}
ROUTES = {Method.IM: "IM", Method.SC: "SC", Method.PO: "PO"}
OF_THE_BAG = frozenset({"active", "alternate_product"})  # a fluid is coded by the size of its bag


class DoesNotAddUp(DomainError):
    """Chart and ledger tell different stories, or a case the rules do not cover."""


@dataclass
class DrugBill:
    """Lines without prices; findings; and why a dose earns no drug line, by key of its administration."""

    lines: list[ClaimLine] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    not_billed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Doses:
    """One drug as given in one visit: units are counted on its total of the day (billing.md 2.1)."""

    drug: Drug
    given: Sequence[Administration]
    day: date

    @property
    def uses(self) -> list[VialUse]:
        return [use for one in self.given for use in one.vials.all()]

    @property
    def total(self) -> Decimal:
        return sum((one.given_amount or Decimal(0) for one in self.given), Decimal(0))


def bill_drugs(chart: Chart, *, rules: PayerRules, unbilled: Iterable[str]) -> DrugBill:
    """`unbilled`: keys of administrations whose service earned no line; a fluid shares its fate."""
    bill, without_service = DrugBill(), set(unbilled)
    for drug, given in groupby(sorted(chart.given, key=lambda one: one.drug.code), key=lambda one: one.drug):
        doses = Doses(drug, list(given), chart.service_on)
        _bill(bill, doses, rules, without_service)
    return bill


def _bill(bill: DrugBill, doses: Doses, rules: PayerRules, without_service: set[str]) -> None:
    keys = {str(one.key) for one in doses.given}
    open_lines = [one for one in doses.given if one.state in OPEN_LINE]
    if open_lines:
        sentence = f"{doses.drug.name} still runs in the chart. The nurse stops it there."
        bill.findings.append(Finding(f"not_finished:{open_lines[0].key}", sentence))
    elif FLUID in doses.drug.class_tags and keys <= without_service:
        bill.not_billed |= dict.fromkeys(keys, "fluid_of_unbilled_hydration")
    elif doses.uses and not any(Source(use.lot.source) in BOUGHT for use in doses.uses):
        bill.not_billed |= dict.fromkeys(keys, "not_bought")
    else:
        _charge(bill, doses, rules)


def _charge(bill: DrugBill, doses: Doses, rules: PayerRules) -> None:
    try:
        row = _code_row(doses)
        charged = _charged(doses, row, rules)
    except NoCode as no:
        bill.findings.append(Finding(f"drug_code:{doses.drug.code}"[:60], f"{doses.drug.name}: {no.message}"))
    except DomainError as no:
        bill.findings.append(Finding(f"drug:{doses.drug.code}"[:60], f"{doses.drug.name}: {no.message}"))
    else:
        bill.lines += [_line(doses, row, one, rules) for one in charged.lines]
        bill.findings += _to_look_at(doses, charged, rules)


def _charged(doses: Doses, row: CodeRow, rules: PayerRules) -> DrugCharge:
    """Raises DoesNotAddUp where ledger and chart differ, and what the unit rules raise."""
    containers = {use.lot.product.container for use in doses.uses}
    if len(containers) > 1:
        raise DoesNotAddUp("it came from single-dose and multi-dose vials. A coder splits it.")
    if sum((use.given for use in doses.uses), Decimal(0)) != doses.total:
        raise DoesNotAddUp("the dose charted is not the dose taken from stock.")
    container = CONTAINERS[Kind(containers.pop())]
    unclassified = row.code in UNCLASSIFIED
    charged = charge_drug(
        code=row.code,
        unit=None if unclassified else row.unit_amount,
        dose=doses.total,
        vials=[_vial(use) for use in doses.uses],
        container=container,
        dos=doses.day,
        description=_description(doses) if unclassified else None,
        jz_when_sub_unit_waste=rules.jz_when_sub_unit_waste(doses.drug.code),
    )
    wasted = sum((use.wasted for use in doses.uses), Decimal(0))
    if container is Container.SINGLE and charged.waste != wasted:
        raise DoesNotAddUp("the waste charted is not what the opened vials leave.")
    return charged


def _code_row(doses: Doses) -> CodeRow:
    """The code of the date of service, in the unit of the vials. Raises NoCode, DoesNotAddUp."""
    if not doses.uses:
        raise DoesNotAddUp("no vial was charted for it.")
    rows = [_as_rule(row) for row in doses.drug.hcpcs_codes.all()]
    row = _bag_code(doses, rows) if FLUID in doses.drug.class_tags else code_on(rows, dos=doses.day)
    units = {use.lot.product.unit.lower() for use in doses.uses}
    if row.code not in UNCLASSIFIED and units != {row.unit.lower()}:
        raise DoesNotAddUp(
            f"{row.code} counts {row.unit}, and the vials are in {' and '.join(sorted(units))}."
        )
    return row


def _bag_code(doses: Doses, rows: Sequence[CodeRow]) -> CodeRow:
    """A bag of 500 mL is not half a bag of 1000 mL: each size has its own code (billing.md 2.1)."""
    sizes = {use.lot.product.amount for use in doses.uses}
    fit = [
        row
        for row in rows
        if row.status in OF_THE_BAG and row.in_force(doses.day) and {row.unit_amount} == sizes
    ]
    if not fit:
        said = " and ".join(f"{size.normalize():f}" for size in sorted(sizes))
        raise NoCode(f"no code fits bags of {said} mL.")
    return fit[0]


def _vial(use: VialUse) -> Vial:
    """A part of a multi-dose vial counts as a vial opened; what it leaves is not waste."""
    product = use.lot.product
    count = max(1, int(use.vials.to_integral_value(rounding=ROUND_CEILING)))
    return Vial(product.amount, count, product.ndc11, product.volume_ml, Source(use.lot.source))


def _description(doses: Doses) -> str:
    name = doses.drug.name.partition(" (")[0]
    first = doses.given[0]
    return describe_unclassified(
        name=name, dose=doses.total, unit=first.unit, route=ROUTES.get(Method(first.method), "IV")
    )


def _line(doses: Doses, row: CodeRow, one: DrugLine, rules: PayerRules) -> ClaimLine:
    said = (
        one.modifiers
        if rules.wants_discard_modifiers(doses.drug.code)
        else tuple(m for m in one.modifiers if m != "JZ")
    )
    return ClaimLine(
        kind=LineKind.DRUG,
        code=row.code,
        modifiers=list(said),
        units=Decimal(one.units),
        service_on=doses.day,
        description=one.sv101_7 or "",
        ndc11=one.ndc11,
        ndc_quantity=one.ndc_qty,
        ndc_unit=one.ndc_uom,
        sources=[given.key for given in doses.given],
    )


def _to_look_at(doses: Doses, charged: DrugCharge, rules: PayerRules) -> Iterable[Finding]:
    drug = doses.drug
    shared = len({use.lot.product.ndc11 for use in doses.uses}) > 1
    if shared and (len(doses.given) > 1 or any(one.given_amount != one.dose for one in doses.given)):
        sentence = (
            f"{drug.name} came from vials of two NDCs in several parts. Look how much of each was given."
        )
        yield Finding(f"review:ndc_split:{drug.code}"[:60], sentence)
    if not rules.wants_discard_modifiers(drug.code) and any("JW" in line.modifiers for line in charged.lines):
        sentence = (
            f"{drug.name} was partly thrown away, and this payer takes no JW. Decide how that is billed."
        )
        yield Finding(f"payer_waste:{drug.code}"[:60], sentence)


def _as_rule(row: HcpcsCode) -> CodeRow:
    return CodeRow(row.code, row.unit_amount, row.unit, row.status, row.valid_from, row.valid_to)
