"""Bring in the shipped formulary and say what changed."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from infusion_center.accounts.models import User
from infusion_center.audit import history
from regimens.models import (
    Drug,
    DrugMethod,
    FrequencyLimit,
    HcpcsCode,
    ReferenceLoad,
    Regimen,
    RegimenStep,
    SafetyRule,
    Source,
    Vial,
)
from regimens.services import formulary_rows as rows
from regimens.services.reference_sync import Changes, sync

NAME = "formulary"
READER = "1"  # raise it when formulary_rows reads the same file differently, so that it is read again
MARK = ("position", "note", "confidence", "sources")

DRUG_FIELDS = tuple(
    "name brand_names category class_tags orderable dea_schedule observation_minutes driver_required driving_hours "
    "max_patients_per_nurse row row_hash".split()
)
REGIMEN_FIELDS = tuple(
    "name purpose population driver series_days setup_minutes discharge_minutes chair_minutes load confidence row "
    "row_hash".split()
)
STEP_FIELDS = tuple(
    "drug_id dose unit per_kg max_dose method diluent volume_ml minutes start_after gap_minutes mode optional "
    "condition note".split()
)


@dataclass(frozen=True)
class Loaded:
    """`changes` is empty where the file was the one loaded last."""

    release: str
    vocabulary: dict[str, Any]
    changes: tuple[Changes, ...]
    same_as_before: bool


def load_formulary(*, path: Path, by: User | None, at: datetime, force: bool = False) -> Loaded:
    """Sources, drugs with their details, safety rules, regimens. Loading the same file again costs one query.

    What a person reviewed is never overwritten (reference_sync).
    """
    raw = path.read_bytes()
    digest = hashlib.sha256(READER.encode() + raw).hexdigest()
    document = json.loads(raw)
    release = document["meta"]["as_of"].partition(";")[0]
    with transaction.atomic(), history.verb("reference.loaded", by=by, at=at):
        last = ReferenceLoad.objects.select_for_update().filter(name=NAME).first()
        if last and last.digest == digest and not force:
            return Loaded(release, document["vocab"], (), same_as_before=True)
        changes = _bring_in(document)
        ReferenceLoad.objects.update_or_create(
            name=NAME, defaults={"digest": digest, "loaded_at": at, "release": release[:60]}
        )
    return Loaded(release, document["vocab"], changes, same_as_before=False)


def _bring_in(document: dict[str, Any]) -> tuple[Changes, ...]:
    return (
        sync(
            Source.objects.all(),
            rows.sources(document["sources"]),
            table="sources",
            key=["code"],
            fields=["kind", "title", "url"],
            name=_code,
        ),
        sync(
            Drug.objects.all(),
            rows.drugs(document["drugs"]),
            table="drugs",
            key=["code"],
            fields=DRUG_FIELDS,
            name=_code,
        ),
        *_details(document["drugs"]),
        sync(
            SafetyRule.objects.all(),
            rows.safety_rules(document["interaction_rules"]),
            table="safety rules",
            key=["code"],
            fields=["severity", "message", "confidence", "row", "row_hash"],
            name=_code,
        ),
        *_regimens(document["regimens"]),
    )


def _details(shipped: list[dict[str, Any]]) -> tuple[Changes, ...]:
    """The dated codes, vials, methods and limits of every drug."""
    drug_by_code = _drugs()

    def each(read: Callable[[Drug, dict[str, Any]], list[Any]]) -> list[Any]:
        return [row for drug in shipped for row in read(drug_by_code[drug["id"]], drug)]

    def under_drug(
        stored: QuerySet[Any],
        shipped_rows: list[Any],
        *,
        table: str,
        key: tuple[str, ...],
        fields: tuple[str, ...],
    ) -> Changes:
        return sync(
            stored.select_related("drug"),
            shipped_rows,
            table=table,
            key=["drug_id", *key],
            fields=[*fields, *MARK],
            name=lambda row: f"{row.drug.code} {' '.join(str(getattr(row, one)) for one in key)}",
            prune=True,
        )

    return (
        under_drug(
            HcpcsCode.objects.all(),
            each(rows.codes),
            table="HCPCS codes",
            key=("code", "valid_from"),
            fields=("unit_amount", "unit", "unit_basis", "status", "valid_to"),
        ),
        under_drug(
            Vial.objects.all(),
            each(rows.vials),
            table="vials",
            key=("strength", "volume_ml"),
            fields=("amount", "unit", "container"),
        ),
        under_drug(
            DrugMethod.objects.all(),
            each(rows.methods),
            table="methods",
            key=("position",),
            fields=(
                "method",
                "is_default",
                "diluent",
                "volume_ml",
                "minutes_usual",
                "minutes_min",
                "minutes_max",
            ),
        ),
        under_drug(
            FrequencyLimit.objects.all(),
            each(rows.limits),
            table="limits",
            key=("kind", "window", "window_unit", "limit_unit"),
            fields=("limit", "severity", "basis", "text"),
        ),
    )


def _regimens(shipped: list[dict[str, Any]]) -> tuple[Changes, ...]:
    """A regimen that was reviewed keeps its steps as well."""
    drug_by_code = _drugs()
    recipes = sync(
        Regimen.objects.all(),
        [rows.regimen(row, drug_by_code) for row in shipped],
        table="regimens",
        key=["code"],
        fields=REGIMEN_FIELDS,
        name=_code,
    )
    stored = {regimen.code: regimen for regimen in Regimen.objects.all()}
    steps = sync(
        RegimenStep.objects.filter(regimen__code__in=[row["id"] for row in shipped]).select_related(
            "regimen"
        ),
        [step for row in shipped for step in rows.steps(stored[row["id"]], row, drug_by_code)],
        table="regimen steps",
        key=["regimen_id", "position"],
        fields=STEP_FIELDS,
        name=lambda step: f"{step.regimen.code} {step.position}",
        prune=True,
        owner=lambda step: step.regimen,
    )
    return recipes, steps


def _drugs() -> dict[str, Drug]:
    return {drug.code: drug for drug in Drug.objects.all()}


def _code(row: Any) -> str:
    return str(row.code)
