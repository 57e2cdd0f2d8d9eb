"""`explain units`: HCPCS units, waste and NDC quantity of one drug given once."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field

from billing.rules.hcpcs import UNCLASSIFIED, CodeRow, NoCode, code_on
from billing.rules.units import DrugCharge, DrugLine, Source, Vial, charge_drug, describe_unclassified
from regimens.rules.ndc import BadNdc, wire_form
from regimens.rules.waste import Container

from .case import Amount, Case, Malformed, Part, Text, number
from .reference import codes_by_drug, names_by_drug


class VialPart(Part):
    """`ml` null or absent, or `form` powder: the NDC is counted by the piece."""

    mg: Amount
    ml: Amount | None = None
    n: Annotated[int, Field(gt=0, le=1000)] = 1
    ndc: Text
    lot: Text | None = None
    source: Source = Source.BUY_AND_BILL
    form: Literal["liquid", "powder"] | None = None


class PolicyPart(Part):
    jz_when_sub_unit_waste: bool = True


class UnitsCase(Case):
    """Without `hcpcs`, `drug` (an id of the formulary) and `dos` choose the code of that day."""

    hcpcs: Text | None = None
    unit_mg: Amount | None = None
    dose_mg: Amount
    vials: Annotated[list[VialPart], Field(min_length=1)]
    container: Container
    dos: date | None = None
    available_vials_mg: list[Amount] = []
    drug: Text | None = Field(default=None, validation_alias=AliasChoices("drug", "drug_name", "name"))
    route: Text = "IV"
    policy: PolicyPart = PolicyPart()


def answer(case: dict[str, Any]) -> dict[str, Any]:
    asked = UnitsCase.read(case)
    code, unit = _code(asked)
    charged = charge_drug(
        code=code,
        unit=unit,
        dose=asked.dose_mg,
        vials=[_vial(vial) for vial in asked.vials],
        container=asked.container,
        dos=asked.dos,
        available=asked.available_vials_mg,
        description=_description(asked) if code in UNCLASSIFIED else None,
        jz_when_sub_unit_waste=asked.policy.jz_when_sub_unit_waste,
    )
    return _written(charged, {} if asked.hcpcs else {"hcpcs": code})


def _code(asked: UnitsCase) -> tuple[str, Decimal | None]:
    """The code and its unit in mg, held against the dated rows of the formulary where those know the code."""
    if asked.hcpcs is None:
        return _code_of_the_day(asked)
    _refuse_if_own_code_exists(asked)
    rows = [row for rows in codes_by_drug().values() for row in rows if row.code == asked.hcpcs]
    if asked.dos and rows and not any(row.in_force(asked.dos) for row in rows):
        raise Malformed(f"hcpcs: {asked.hcpcs} was not in force on {asked.dos}")
    units = {row.unit_amount for row in rows if row.unit == "mg"}
    if asked.unit_mg and units and asked.unit_mg not in units:
        raise Malformed(f"unit_mg: one unit of {asked.hcpcs} is {number(min(units))} mg")
    return asked.hcpcs, asked.unit_mg or min(units, default=None)


def _code_of_the_day(asked: UnitsCase) -> tuple[str, Decimal | None]:
    if asked.drug not in codes_by_drug() or asked.dos is None:
        raise Malformed("hcpcs: missing, and no drug of the formulary with a date of service to find it by")
    row = _own_row(asked.drug, asked.dos)
    if row.unit != "mg" and row.code not in UNCLASSIFIED:
        raise Malformed(f"hcpcs: one unit of {row.code} is not counted in mg")
    return row.code, row.unit_amount


def _refuse_if_own_code_exists(asked: UnitsCase) -> None:
    """An unclassified code is never used when the drug has its own: `billing.md` 2.2."""
    if asked.hcpcs in UNCLASSIFIED and asked.dos and asked.drug in codes_by_drug():
        own = _own_row(asked.drug, asked.dos)
        if own.code not in UNCLASSIFIED:
            raise Malformed(f"hcpcs: {asked.drug} has its own code {own.code} on {asked.dos}")


def _own_row(drug: str, dos: date) -> CodeRow:
    try:
        return code_on(codes_by_drug()[drug], dos=dos)
    except NoCode as no:
        raise Malformed(f"hcpcs: {no}") from no


def _description(asked: UnitsCase) -> str:
    if asked.drug is None:
        raise Malformed("drug: missing, an unclassified code needs the name of the drug")
    name = names_by_drug().get(asked.drug, asked.drug)
    return describe_unclassified(name=name, dose=asked.dose_mg, route=asked.route)


def _vial(vial: VialPart) -> Vial:
    try:
        ndc11 = wire_form(vial.ndc)
    except BadNdc as no:
        raise Malformed(f"ndc: {no}") from no
    return Vial(vial.mg, vial.n, ndc11, None if vial.form == "powder" else vial.ml, vial.source)


def _written(charged: DrugCharge, extra: dict[str, str]) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "lines": [{**_written_line(line), **extra} for line in charged.lines],
        "waste_mg": number(charged.waste),
    }
    return {**answer, "flags": list(charged.flags)} if charged.flags else answer


def _written_line(line: DrugLine) -> dict[str, Any]:
    written: dict[str, Any] = {
        "units": line.units,
        "modifiers": list(line.modifiers),
        "ndc11": line.ndc11,
        "ndc_qty": number(line.ndc_qty),
        "ndc_uom": line.ndc_uom,
    }
    return {**written, "sv101_7": line.sv101_7} if line.sv101_7 else written
