"""Reading a case strictly: a misspelt key must not pass for an absent one."""

import json
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from infusion_center.errors import DomainError

NOTES = frozenset({"title", "why", "basis", "source", "note", "expect"})


def _is_number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | None):
        raise ValueError("a number is expected")
    return value


Text = Annotated[str, Field(min_length=1)]
Amount = Annotated[
    Decimal, BeforeValidator(_is_number), Field(strict=False, gt=0, le=1_000_000, decimal_places=6)
]


class Malformed(DomainError):
    """A case that cannot be read; the sentence names the key."""


class Part(BaseModel):
    """A part of a case. Unknown keys and wrong types are refused; nothing is coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Case(Part):
    """A whole case."""

    id: Text

    @classmethod
    def read(cls, raw: dict[str, Any]) -> Self:
        """Raises Malformed."""
        try:
            return cls.model_validate_json(json.dumps(raw))
        except ValidationError as no:
            raise Malformed(_sentence(no)) from no


class InputCase(Case):
    """A case that asks about one typed or scanned text."""

    input: str


def without_notes(case: Any) -> dict[str, Any]:
    """The case without the remarks example files carry. Raises Malformed if it is no object."""
    if not isinstance(case, dict):
        raise Malformed("A case is a JSON object.")
    return {key: value for key, value in case.items() if key not in NOTES}


def without_inner_notes(raw: Any) -> Any:
    """Remarks are ignored wherever they stand, but not where a key of the format has their name."""
    if isinstance(raw, dict):
        return {
            key: value if key == "drugs" else without_inner_notes(value)
            for key, value in raw.items()
            if key not in NOTES
        }
    return [without_inner_notes(one) for one in raw] if isinstance(raw, list) else raw


def number(amount: Decimal) -> int | float:
    """The JSON number: whole amounts without a fraction."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _sentence(no: ValidationError) -> str:
    """The first complaint; an unknown key before all others, since it is mostly the missing one misspelt."""
    errors = no.errors(include_url=False, include_input=False)
    first = min(errors, key=lambda error: error["type"] != "extra_forbidden")
    where = ".".join(str(step) for step in first["loc"]) or "case"
    said = {"extra_forbidden": "unknown key", "missing": "missing"}.get(first["type"], first["msg"])
    return f"{where}: {said}"
