"""`explain coding`: the administration codes a chart earns."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, NaiveDatetime

from billing.rules.coding import ChartLine, Coding, CptLine, Mode, Policy, Setting, code_visit

from .case import Amount, Case, Malformed, Part, Text

Moment = Annotated[
    NaiveDatetime, Field(ge=datetime.fromisoformat("1990-01-01"), lt=datetime.fromisoformat("2200-01-01"))
]
WholeMinutes = Annotated[int, Field(ge=0, le=1440)]


def _as_number(pos: Any) -> Any:
    """A place of service is two digits, written as a text or as a number."""
    return int(pos) if isinstance(pos, str) and pos.isascii() and pos.isdigit() else pos


class LinePart(Part):
    id: Text
    drug: Text
    mode: Mode
    start: Moment | None
    stop: Moment | None
    order: Text | None = None
    mixture: Text | None = None
    site: Text | None = None
    site_necessary: bool = False
    ordered: bool = True
    necessity: bool = True
    volume_ml: Annotated[Amount, Field(le=20_000)] | None = None
    rate_ml_h: Annotated[Amount, Field(ge=Decimal("0.1"))] | None = None


class PolicyPart(Part):
    missing_stop: Literal["hold", "push"] = "hold"
    hydration_sum: Literal["cumulative", "continuous"] = "cumulative"
    repeat_infusion: Literal["interval", "sum"] = "interval"
    merge_gap_min: WholeMinutes = 5
    concurrent_min_overlap: WholeMinutes = 16
    repeat_push_min: WholeMinutes = 31
    complex_drugs: list[Text] = []
    primary_reason: Text | None = None
    pos: Annotated[int, BeforeValidator(_as_number), Field(ge=1, le=99)] = 11


class CodingCase(Case):
    setting: Setting = Setting.OFFICE
    policy: PolicyPart = PolicyPart()
    lines: list[LinePart]


def answer(case: dict[str, Any]) -> dict[str, Any]:
    asked = CodingCase.read(case)
    _check_ids(asked)
    lines = [ChartLine(**dict(line)) for line in asked.lines]
    return _written(code_visit(lines, setting=asked.setting, policy=_policy(asked)))


def _check_ids(asked: CodingCase) -> None:
    ids = [line.id for line in asked.lines]
    if len(set(ids)) < len(ids):
        raise Malformed("lines: two lines have the same id")
    if asked.policy.primary_reason not in {None, *ids}:
        raise Malformed(f"policy.primary_reason: no line has the id {asked.policy.primary_reason}")


def _policy(asked: CodingCase) -> Policy:
    return Policy(**{**dict(asked.policy), "complex_drugs": frozenset(asked.policy.complex_drugs)})


def _written(coded: Coding) -> dict[str, Any]:
    return {
        "status": coded.status,
        "lines": [_written_line(line) for line in coded.lines],
        "flags": list(coded.flags),
        "not_billed": dict(coded.not_billed),
    }


def _written_line(line: CptLine) -> dict[str, Any]:
    return {
        "cpt": line.cpt,
        "units": line.units,
        "modifiers": list(line.modifiers),
        "from_lines": list(line.from_lines),
        "dos": line.dos.isoformat(),
    }
