"""Rows of data/formulary.json as unsaved rows of our tables. Shapes: formulary.md 1."""

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from regimens.models import (
    Confidence,
    Drug,
    DrugMethod,
    FrequencyLimit,
    HcpcsCode,
    Regimen,
    RegimenStep,
    SafetyRule,
    Source,
    Vial,
)
from regimens.rules.chair_time import Run, chair_minutes, watched_until
from regimens.rules.indications import usual_indication
from regimens.rules.nurse_load import load_of

Row = dict[str, Any]

# The usual code of a drug stands first; then those of other products and payers; then what nobody bills.
CODE_RANK = {"active": 0, "superseded_for_this_drug": 1, "discontinued": 1, "not_billable": 3}
SERIES = re.compile(r"every (\d+) days")  # `repeat_limit` of a booked series, to the letter


def sources(rows: list[Row]) -> list[Source]:
    return [Source(code=row["id"], kind=row["kind"], title=row["title"], url=row["url"]) for row in rows]


def drugs(rows: list[Row]) -> list[Drug]:
    return [_drug(row) for row in rows]


def _drug(row: Row) -> Drug:
    return Drug(
        code=row["id"],
        name=row["generic_name"],
        brand_names=row["brand_names"],
        category=row["category"],
        class_tags=row["class_tags"],
        orderable=row["orderable_default"],
        dea_schedule=row["dea_schedule"] or "",
        observation_minutes=row["post_observation_minutes"],
        driver_required=row["sedation"]["driver_required"],
        driving_hours=row["sedation"]["driving_restriction_hours"],
        max_patients_per_nurse=row["staffing"]["max_patients_per_nurse"],
        row=row,
        row_hash=digest_of(row),
    )


def codes(drug: Drug, row: Row) -> list[HcpcsCode]:
    ranked = sorted(row["hcpcs"], key=lambda code: CODE_RANK.get(code["status"], 2))
    return [
        HcpcsCode(
            drug=drug,
            code=code["code"],
            unit_amount=Decimal(str(code["unit_amount"])),
            unit=code["unit"],
            unit_basis=code["unit_basis"],
            status=code["status"],
            valid_from=_day(code["effective_from"]),
            valid_to=_day(code["effective_to"]),
            position=position,
            note=_note(code["note"], code["provenance_note"]),
            **_mark(code),
        )
        for position, code in enumerate(ranked)
    ]


def vials(drug: Drug, row: Row) -> list[Vial]:
    return [
        Vial(
            drug=drug,
            strength=vial["strength"],
            volume_ml=_number(vial["volume_ml"]),
            amount=Decimal(str(vial["total_amount"])),
            unit=vial["unit"],
            container=vial["container"],
            position=position,
            note=_note(vial["note"], vial["provenance_note"]),
            **_mark(vial),
        )
        for position, vial in enumerate(row["vials"])
    ]


def methods(drug: Drug, row: Row) -> list[DrugMethod]:
    mark = row["provenance"].get("administration", {"confidence": Confidence.RECALLED, "sources": []})
    return [
        DrugMethod(
            drug=drug,
            method=way["method"],
            is_default=way["is_default"],
            diluent=way["diluent"] or "",
            volume_ml=_number(way["volume_ml"]),
            minutes_usual=Decimal(str(way["minutes_usual"])),
            minutes_min=_number(way["minutes_min"]),
            minutes_max=_number(way["minutes_max"]),
            position=position,
            note=way["text"],
            **_mark(mark),
        )
        for position, way in enumerate(row["administration"])
    ]


def limits(drug: Drug, row: Row) -> list[FrequencyLimit]:
    return [
        FrequencyLimit(
            drug=drug,
            kind=limit["kind"],
            window=_number(limit["window"]),
            window_unit=limit["window_unit"],
            limit=_number(limit["limit"]),
            limit_unit=limit["limit_unit"],
            severity=limit["severity"],
            basis=limit["basis"],
            text=limit["text"],
            position=position,
            note=_note(limit["provenance_note"]),
            **_mark(limit),
        )
        for position, limit in enumerate(row["frequency_limits"])
    ]


def safety_rules(rows: list[Row]) -> list[SafetyRule]:
    return [
        SafetyRule(
            code=row["id"],
            severity=row["severity"],
            message=f"{row['reason']} {row['action']}".strip(),
            confidence=row["confidence"],
            row=row,
            row_hash=digest_of(row),
        )
        for row in rows
    ]


def regimen(row: Row, drug_by_code: dict[str, Drug]) -> Regimen:
    """Chair minutes and load are reckoned here, not taken from the file."""
    used = [drug_by_code[step["drug_id"]] for step in row["steps"]]
    series = SERIES.fullmatch(row["repeat_limit"])
    runs = _runs(row["steps"], drug_by_code)
    floor = _watched_at_least(row, runs)
    return Regimen(
        code=row["id"],
        name=row["name"],
        purpose=row["purpose"],
        population=row["population"],
        driver=row["driver"],
        series_days=int(series[1]) if series else None,
        setup_minutes=row["setup_minutes"],
        discharge_minutes=row["discharge_minutes"],
        watched_at_least=floor,
        chair_minutes=chair_minutes(runs, row["setup_minutes"], row["discharge_minutes"], floor),
        load=load_of(drug.max_patients_per_nurse for drug in used),
        confidence=row["confidence"],
        row=row,
        row_hash=digest_of(row),
    )


def _watched_at_least(row: Row, runs: list[Run]) -> int:
    """The file's own end of observation where it lies beyond the drugs' (the paediatric pathway reassesses
    45 minutes after each drug), else 0. It holds with and without the optional steps.
    """
    told = row["observation_end_minute"]
    return told if told > watched_until(runs) else 0


def _runs(steps: Iterable[Row], drug_by_code: dict[str, Drug]) -> list[Run]:
    return [
        Run(
            position=step["order"],
            minutes=step["minutes"],
            observation=drug_by_code[step["drug_id"]].observation_minutes,
            start_after=tuple(step["start_after"]),
            gap=step["gap_minutes_before"],
        )
        for step in steps
    ]


def steps(recipe: Regimen, row: Row, drug_by_code: dict[str, Drug]) -> list[RegimenStep]:
    return [
        RegimenStep(
            regimen=recipe,
            position=step["order"],
            drug=drug_by_code[step["drug_id"]],
            dose=Decimal(str(step["dose"])),
            unit=step["unit"],
            per_kg=step["per_kg"],
            max_dose=_number(step["max_dose"]),
            method=step["method"],
            diluent=step["diluent"] or "",
            volume_ml=_number(step["volume_ml"]),
            minutes=step["minutes"],
            start_after=step["start_after"],
            gap_minutes=step["gap_minutes_before"],
            mode=step["mode"],
            indication=usual_indication(drug_by_code[step["drug_id"]].class_tags),
            optional=step["optional"],
            condition=step["condition"],
            note=step["note"],
        )
        for step in row["steps"]
    ]


def digest_of(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _mark(row: Row) -> dict[str, Any]:
    return {"confidence": row["confidence"], "sources": row["sources"]}


def _note(*parts: str | None) -> str:
    return "; ".join(part for part in parts if part)


def _number(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
