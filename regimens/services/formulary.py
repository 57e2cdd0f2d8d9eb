"""Bring in the shipped formulary and say what changed."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Model

from infusion_center.accounts.models import User
from infusion_center.audit import history
from infusion_center.shared.reference_sync import Changes, sync
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

NAME = "formulary"
READER = "2"  # raise it when formulary_rows reads the same file differently, so that it is read again


# The tables under a drug: name, model, how a row is read into it, what tells its rows apart.
Read = Callable[[Drug, dict[str, Any]], list[Any]]
DETAILS: list[tuple[str, type[Model], Read, tuple[str, ...]]] = [
    ("HCPCS codes", HcpcsCode, rows.codes, ("code", "valid_from")),
    ("vials", Vial, rows.vials, ("strength", "volume_ml")),
    ("methods", DrugMethod, rows.methods, ("position",)),
    ("limits", FrequencyLimit, rows.limits, ("kind", "window", "window_unit", "limit_unit")),
]


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
    shipped_sources = rows.sources(document["sources"])
    shipped_drugs = rows.drugs(document["drugs"])
    shipped_rules = rows.safety_rules(document["interaction_rules"])
    return (
        sync(Source.objects.all(), shipped_sources, table="sources", key=["code"], name=_code),
        sync(
            Drug.objects.all(),
            shipped_drugs,
            table="drugs",
            key=["code"],
            name=_code,
            leave=["orderable", "switched_because"],
        ),
        *_details(document["drugs"]),
        sync(SafetyRule.objects.all(), shipped_rules, table="safety rules", key=["code"], name=_code),
        *_regimens(document["regimens"]),
    )


def _details(shipped: list[dict[str, Any]]) -> tuple[Changes, ...]:
    """The dated codes, vials, methods and limits of every drug; a drug that was reviewed keeps its own."""
    drug_by_code = _drugs()
    return tuple(
        sync(
            model._default_manager.select_related("drug"),
            [detail for row in shipped for detail in read(drug_by_code[row["id"]], row)],
            table=table,
            key=["drug_id", *key],
            name=_named_by(key),
            prune=True,
            owner=lambda detail: detail.drug,
        )
        for table, model, read, key in DETAILS
    )


def write_details(drug: Drug) -> None:
    """Codes, vials, methods and limits as the drug's row says."""
    for table, model, read, key in DETAILS:
        sync(
            model._default_manager.filter(drug=drug),
            read(drug, drug.row),
            table=table,
            key=key,
            name=str,
            prune=True,
            owner=lambda detail: None,
        )


def write_steps(regimen: Regimen) -> None:
    """The steps as the regimen's row says."""
    sync(
        regimen.steps.all(),
        rows.steps(regimen, regimen.row, _drugs()),
        table="regimen steps",
        key=["position"],
        name=str,
        prune=True,
        owner=lambda step: None,
    )


def _regimens(shipped: list[dict[str, Any]]) -> tuple[Changes, ...]:
    """A regimen that was reviewed keeps its steps as well; whether one is in use is ours to say."""
    drug_by_code = _drugs()
    recipes = sync(
        Regimen.objects.all(),
        [rows.regimen(row, drug_by_code) for row in shipped],
        table="regimens",
        key=["code"],
        leave=["active", "switched_because"],
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
        name=lambda step: f"{step.regimen.code} {step.position}",
        prune=True,
        owner=lambda step: step.regimen,
    )
    return recipes, steps


def _drugs() -> dict[str, Drug]:
    return {drug.code: drug for drug in Drug.objects.all()}


def _code(row: Any) -> str:
    return str(row.code)


def _named_by(key: tuple[str, ...]) -> Callable[[Any], str]:
    """`valproate_sodium J3379 2026-01-01`."""
    return lambda row: " ".join([row.drug.code, *(str(getattr(row, one)) for one in key)])
