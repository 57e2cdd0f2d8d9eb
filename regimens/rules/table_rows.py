"""What the tables beside a row need of it: codes, vials, ways to give, steps. Shapes: formulary.json.

The engine reads none of this (`safety/rows.py`); billing, stock and the schedule do.
"""

from collections import Counter
from copy import deepcopy
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from regimens.rules.safety.rows import BadRow, Id, Marked, Number, Positive, Row
from regimens.states import Container, Method, StepMode

Unit = Annotated[str, Field(min_length=1, max_length=12)]
Whole = Annotated[int, Field(ge=0, le=30_000)]


class Loose(Row):
    """Other keys are for people."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Code(Marked, Loose):
    code: Annotated[str, Field(pattern=r"^[A-Z][0-9]{4}$")]
    unit_amount: Positive
    unit: Unit
    unit_basis: Literal["per", "up_to", "nos"] = "per"
    status: Annotated[str, Field(max_length=24)] = "active"
    effective_from: date | None = None
    effective_to: date | None = None

    @field_validator("effective_to")
    @classmethod
    def _ends_after_it_began(cls, ends: date | None, info: ValidationInfo) -> date | None:
        began = info.data.get("effective_from")
        if ends and began and ends < began:
            raise ValueError("the last day lies before the first")
        return ends


class VialSize(Marked, Loose):
    strength: Annotated[str, Field(min_length=1, max_length=60)]
    volume_ml: Positive | None = None
    total_amount: Positive
    unit: Unit
    container: Container


class Way(Loose):
    method: Method
    is_default: bool = False
    diluent: Annotated[str, Field(max_length=120)] | None = None
    volume_ml: Positive | None = None
    minutes_usual: Number
    minutes_min: Number | None = None
    minutes_max: Number | None = None


class Staffing(Loose):
    max_patients_per_nurse: Annotated[int, Field(ge=1, le=12)] = 4


class Sedation(Loose):
    driving_restriction_hours: Whole = 0


class DrugTables(Loose):
    generic_name: Annotated[str, Field(min_length=1, max_length=120)]
    brand_names: list[Annotated[str, Field(max_length=60)]]
    category: Annotated[str, Field(max_length=40)]
    class_tags: list[Annotated[str, Field(max_length=60)]]
    dea_schedule: Annotated[str, Field(max_length=4)] | None
    hcpcs: list[Code]
    vials: list[VialSize]
    administration: list[Way]
    staffing: Staffing
    sedation: Sedation
    post_observation_minutes: Annotated[int, Field(ge=0, le=1440)]


class StepRow(Marked, Loose):
    order: Annotated[int, Field(ge=1, le=99)]
    drug_id: Id
    dose: Positive
    unit: Unit
    per_kg: bool = False
    max_dose: Positive | None = None
    method: Method
    diluent: Annotated[str, Field(max_length=120)] | None = None
    volume_ml: Positive | None = None
    minutes: Whole
    start_after: list[int] = []
    gap_minutes_before: Whole = 0
    mode: StepMode
    optional: bool = False
    condition: Annotated[str, Field(max_length=200)] = ""
    note: Annotated[str, Field(max_length=300)] = ""


class RegimenRow(Marked, Loose):
    id: Annotated[Id, Field(max_length=60)]
    name: Annotated[str, Field(min_length=1, max_length=120)]
    purpose: Annotated[str, Field(max_length=200)] = ""
    population: Annotated[str, Field(max_length=60)] = "adult"
    driver: Annotated[str, Field(max_length=30)] = ""
    setup_minutes: Annotated[int, Field(ge=0, le=480)]
    discharge_minutes: Annotated[int, Field(ge=0, le=480)]
    observation_end_minute: Whole = 0
    repeat_limit: str = ""
    steps: Annotated[list[StepRow], Field(min_length=1)]


MARK: dict[str, Any] = {"confidence": "recalled", "sources": [], "provenance_note": None}
# What a row says that says nothing: every key the tables and the pages look for.
DRUG: dict[str, Any] = {
    "generic_name": "",
    "brand_names": [],
    "category": "",
    "named_in_articles": False,
    "us_iv_status": "",
    "orderable_default": True,
    "dea_schedule": None,
    "pharm_class": "",
    "class_tags": [],
    "qt_risk": "none",
    "evidence_ahs2025": None,
    "hcpcs": [],
    "adult_dose": {"unit": "mg"},
    "pediatric_dose": {},
    "administration": [],
    "frequency_limits": [],
    "vials": [],
    "pregnancy": None,
    "lactation": None,
    "age_limits": {},
    "contraindications": [],
    "monitoring": {},
    "post_observation_minutes": 0,
    "sedation": {"level": 0, "driver_required": False, "driving_restriction_hours": 0},
    "boxed_warnings": [],
    "adverse_effects": None,
    "allergy_groups": [],
    "staffing": {"max_patients_per_nurse": 4},
    "billing_notes": [],
    "clinical_notes": [],
    "provenance": {},
}
DETAILS: dict[str, dict[str, Any]] = {
    "hcpcs": MARK
    | {"unit_basis": "per", "status": "active", "effective_from": None, "effective_to": None, "note": ""},
    "vials": MARK | {"volume_ml": None, "note": ""},
    "administration": {
        "is_default": False,
        "diluent": None,
        "volume_ml": None,
        "minutes_min": None,
        "minutes_max": None,
        "text": "",
    },
    "frequency_limits": MARK | {"window": 0, "window_unit": "hours", "basis": "policy", "text": ""},
    "contraindications": MARK | {"note": ""},
}
RULE: dict[str, Any] = MARK | {"kind": "", "right": [], "reason": "", "action": "", "expression": None}
REGIMEN: dict[str, Any] = MARK | {
    "purpose": "",
    "population": "adult",
    "driver": "",
    "repeat_limit": "",
    "setup_minutes": 15,
    "discharge_minutes": 10,
    "observation_end_minute": 0,
    "exclusions": [],
    "required_checks": [],
    "expected_rule_hits": [],
}
STEP: dict[str, Any] = MARK | {
    "per_kg": False,
    "max_dose": None,
    "diluent": None,
    "volume_ml": None,
    "start_after": [],
    "gap_minutes_before": 0,
    "mode": "sequential",
    "optional": False,
    "condition": "",
    "note": "",
}
# The keys that tell two rows of a list apart.
SAME = {
    "hcpcs": ("code", "effective_from"),
    "vials": ("strength", "volume_ml"),
    "frequency_limits": ("kind", "window", "window_unit", "limit_unit"),
}


def whole_drug(row: dict[str, Any]) -> dict[str, Any]:
    """The row with every key the tables read. Raises BadRow with the place."""
    row = _filled(DRUG, row) | {"generic_name": row.get("generic_name") or row["id"].replace("_", " ")}
    for key, blank in DETAILS.items():
        row[key] = [_filled(blank, one) for one in row[key]]
    for key in ("sedation", "staffing"):
        row[key] = DRUG[key] | row[key]
    if row["pregnancy"]:
        row["pregnancy"] = {"stance": "insufficient_data", "text": ""} | row["pregnancy"]
    row["provenance"] = {
        key: {"confidence": "recalled", "sources": []} | mark for key, mark in row["provenance"].items()
    }
    DrugTables.read(row, place="")
    for key, names in SAME.items():
        _refuse_twice(key, [tuple(str(one.get(name)) for name in names) for one in row[key]])
    return row


def whole_rule(row: dict[str, Any]) -> dict[str, Any]:
    return _filled(RULE, row)


def whole_regimen(row: dict[str, Any], drugs: set[str]) -> dict[str, Any]:
    """The row with every key the tables read; `drugs` are the ids there are. Raises BadRow with the place."""
    row = _filled(REGIMEN, row)
    row["steps"] = [_filled(STEP, step) for step in row.get("steps", [])]
    read = RegimenRow.read(row, place="")
    positions = [step.order for step in read.steps]
    _refuse_twice("steps", positions)
    for number, step in enumerate(read.steps):
        if step.drug_id not in drugs:
            raise BadRow(f"steps.{number}.drug_id: unknown drug {step.drug_id}")
        if not set(step.start_after) <= set(positions) - {step.order}:
            raise BadRow(f"steps.{number}.start_after: there is no such other step")
    return row


def _filled(blank: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    return deepcopy(blank) | row


def _refuse_twice(place: str, keys: list[Any]) -> None:
    for number, key in enumerate(keys):
        if Counter(keys[:number])[key]:
            raise BadRow(f"{place}.{number}: this row is there twice")
