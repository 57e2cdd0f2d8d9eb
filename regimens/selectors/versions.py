"""A regimen as data, and its versions as their pages show them."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from regimens.models import Regimen, RegimenVersion
from regimens.selectors.composing import steps_of

HEAD = ("name", "purpose", "driver", "setup_minutes", "discharge_minutes", "watched_at_least")
STEP = (
    "position unit method diluent minutes start_after gap_minutes mode indication only_if_pain_over per_kg "
    "optional condition note"
).split()
NUMBERS = ("dose", "volume_ml", "max_dose")


@dataclass(frozen=True)
class VersionRow:
    """One version; `steps` as they stood, with the drug's code and name."""

    row: RegimenVersion
    steps: list[dict[str, Any]]


def facts_of(regimen: Regimen) -> dict[str, Any]:
    """What an order rests on: name, margins and steps, as plain values. Two queries."""
    steps = [
        {name: getattr(step, name) for name in STEP}
        | {name: _written(getattr(step, name)) for name in NUMBERS}
        | {"drug": step.drug.code, "drug_name": step.drug.name}
        for step in steps_of(regimen)
    ]
    return {name: getattr(regimen, name) for name in HEAD} | {"steps": steps}


def digest_of(facts: dict[str, Any]) -> str:
    """The same for the same regimen."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def is_current(version: RegimenVersion, regimen: Regimen) -> bool:
    """Whether the regimen still is as this version keeps it."""
    return version.digest == digest_of(facts_of(regimen))


def versions_of(regimen: Regimen) -> list[VersionRow]:
    """The newest first. One query."""
    rows = RegimenVersion.objects.filter(regimen=regimen).select_related("made_by").order_by("-number")
    return [VersionRow(row, row.facts["steps"]) for row in rows]


def _written(number: Any) -> str | None:
    return None if number is None else f"{number.normalize():f}"
