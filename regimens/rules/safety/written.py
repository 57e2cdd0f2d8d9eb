"""A case as `explain order` takes it: what a stored check rested on can be asked again by anybody."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from regimens.rules.safety.book import Book
from regimens.rules.safety.case import Case, HomeMedication, Line, NerveBlock, Patient
from regimens.rules.safety.verdicts import Answer

STAFF = ("free_nurses", "acls_on_site", "anesthesia_provider")


def case_as_json(case: Case, book: Book) -> dict[str, Any]:
    """Plain values, under the keys of contracts.md 1."""
    return {
        "moment": case.moment,
        "visit_type": case.visit_type,
        "at": case.at.isoformat(),
        "patient": _patient(case.patient, book),
        "orders": [_line(line, book) for line in case.lines],
        "site": {
            "orderable": sorted(case.site.orderable),
            "staff": {name: getattr(case.site, name) for name in STAFF},
        },
    }


def findings_as_json(answer: Answer) -> list[dict[str, Any]]:
    """As `Check.findings` keeps them."""
    return [
        {
            "rule": finding.rule,
            "severity": str(finding.severity),
            "drug": finding.drug,
            "message": finding.message,
            "fix": finding.fix,
            "asks": finding.asks,
            "about": list(finding.about),
            "involves": list(finding.involves),
        }
        for finding in answer.findings
    ]


def _patient(patient: Patient, book: Book) -> dict[str, Any]:
    vitals = {name: _number(getattr(patient, name)) for name in ("sbp", "dbp", "hr", "spo2")}
    return {
        "age_years": patient.age_years,
        "sex_at_birth": patient.sex_at_birth,
        "weight_kg": _number(patient.weight_kg),
        "height_cm": _number(patient.height_cm),
        "conditions": _ids(patient.conditions),
        "allergies": _ids(patient.allergies),
        "not_understood": list(patient.not_understood),
        "pregnancy": {
            "status": patient.pregnancy_status,
            "weeks": _number(patient.gestation_weeks),
            "hcg": {"result": patient.hcg[0], "at": patient.hcg[1].isoformat()} if patient.hcg else None,
            "contraception": patient.contraception,
        },
        "home_medications": None
        if patient.home_medications is None
        else [_home(entry, group) for entry in patient.home_medications for group in sorted(entry.groups)],
        "given": [
            {
                "drug": dose.drug,
                "amount": _number(dose.amount),
                "unit": book.drugs[dose.drug].unit,
                "at": dose.at.isoformat(),
                "where": dose.where,
            }
            for dose in patient.given
        ],
        "ecg": {"qtc_ms": _number(patient.ecg[0]), "at": patient.ecg[1].isoformat()} if patient.ecg else None,
        "labs": {"crcl_ml_min": _number(patient.crcl[0]), "at": patient.crcl[1].isoformat()}
        if patient.crcl
        else None,
        "vitals": vitals if any(value is not None for value in vitals.values()) else None,
        "driver": patient.driver,
        "iv_site": patient.iv_site,
        "rescue_visits": [visit.isoformat() for visit in patient.rescue_visits],
        "screening": {key: _screened(value) for key, value in patient.screening.items()},
    }


def _line(line: Line, book: Book) -> dict[str, Any]:
    return {
        "drug": line.drug,
        "dose": _number(line.dose),
        "unit": book.drugs[line.drug].unit,
        "method": line.method,
        "minutes": _number(line.minutes),
        "volume_ml": _number(line.volume_ml),
        "at": line.at.isoformat(),
        "indication": line.indication,
        "product": None
        if line.allergens is None
        else {"allergens": sorted(line.allergens), "contains": sorted(line.contains)},
    }


def _home(entry: HomeMedication, group: str) -> dict[str, Any]:
    """An entry of several groups is written once for each."""
    return {
        "group": group,
        "name": entry.name,
        "active": entry.active,
        "last_taken_at": entry.last_taken_at.isoformat() if entry.last_taken_at else None,
    }


def _screened(value: Any) -> Any:
    if isinstance(value, NerveBlock):
        at = value.at.isoformat() if value.at else None
        return {"drug": value.drug, "amount": _number(value.amount), "unit": "mg", "at": at}
    return value.isoformat() if isinstance(value, datetime) else value


def _ids(ids: frozenset[str] | None) -> list[str] | None:
    return None if ids is None else sorted(ids)


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)
