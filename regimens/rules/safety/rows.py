"""Rows of the rule book as a pharmacist writes them. A bad row is refused with its place.

A row holds more than the engine reads (codes, vials, texts): what is listed here as `Any` is for people.
"""

import re
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from infusion_center.errors import DomainError
from regimens.rules.safety.verdicts import Severity

PLACE = re.compile(r"[a-z_]+(\.[a-z0-9_]+)*")


class BadRow(DomainError):
    """A row of the rule book that cannot be read; the sentence names the row and the key."""

    @property
    def place(self) -> str:
        """`contraindications.3.when`; empty where the sentence is about the whole row."""
        place, parted, _ = self.message.partition(": ")
        return place if parted and PLACE.fullmatch(place) else ""

    @property
    def said(self) -> str:
        """The sentence without its place."""
        said = self.message.removeprefix(f"{self.place}: ") if self.place else self.message
        return f"{said[:1].upper()}{said[1:].removesuffix('.')}."


def _decimal(value: Any) -> Any:
    """A float of a JSON file means the digits it was written with."""
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


Id = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[a-z0-9_]+$")]
Number = Annotated[Decimal, BeforeValidator(_decimal), Field(ge=0, le=1_000_000)]
Positive = Annotated[Decimal, BeforeValidator(_decimal), Field(gt=0, le=1_000_000)]
Grade = Annotated[
    Severity, BeforeValidator(lambda value: Severity(value) if isinstance(value, str) else value)
]
QtRisk = Literal["known", "possible", "conditional", "none"]
Condition = Annotated[str, Field(max_length=500)]


class Row(BaseModel):
    """Unknown keys are refused: a misspelt one must not pass for an absent one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def read(cls, raw: Any, *, place: str) -> Self:
        """Raises BadRow."""
        try:
            return cls.model_validate(raw)
        except ValidationError as no:
            raise BadRow(f"{place}{_sentence(no)}") from no


class Marked(Row):
    """Where a row came from: seen on a page, or recalled."""

    confidence: Literal["sourced", "recalled"] = "recalled"
    sources: list[str] = []
    provenance_note: str | None = None


class Raised(Row):
    """The severity where the condition holds; the first that holds counts."""

    when: Condition
    severity: Grade


class Selector(Row):
    """Chooses drugs, home medications, conditions or allergies; exactly one key is set."""

    drug: Id | None = None
    class_tag: Id | None = None
    qt_risk: QtRisk | None = None
    sedation_level_min: Annotated[int, Field(ge=1, le=3)] | None = None
    flag: Literal["driver_required", "weight_based", "pediatric_not_supported"] | None = None
    any_drug: Literal[True] | None = None
    visit_type: Literal["rescue", "scheduled"] | None = None
    external_group: Id | None = None
    condition: Id | None = None
    allergy_group: Id | None = None

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if len(self.model_fields_set) != 1 or self.wanted is None:
            raise ValueError("a selector has exactly one key")
        return self

    @cached_property
    def key(self) -> str:
        return next(iter(self.model_fields_set))

    @cached_property
    def wanted(self) -> Any:
        return getattr(self, self.key)


RELATIONS = Literal[
    "within_hours",
    "active_home_med",
    "same_visit",
    "condition_present",
    "allergy",
    "missing_prerequisite",
    "lab_value",
    "dose",
    "frequency",
    "order_attribute",
]


class RuleRow(Marked):
    """One rule that cuts across drugs. `when`: what must hold besides; `prose`: what stays with people.

    `together`: all matching drugs make one finding. `once`: one finding for the visit. `from_limits`: names
    what passes a 24-hour limit of the drug's row. `speaks_for`: tags of drug rows that say the same.
    `limit_kind`: the limit rows that say the same. `asks`: the screening question it rests on.
    `also_given`: a dose already given may stand on the left, however long ago. `message`: what is said of it.
    """

    id: Id
    title: Annotated[str, Field(min_length=1, max_length=200)]
    kind: str = ""
    left: Annotated[list[Selector], Field(min_length=1)]
    right: list[Selector] = []
    relation: RELATIONS
    window_hours: Positive | None = None
    direction: Literal["either"] = "either"
    when: Condition | None = None
    severity: Grade
    severities: list[Raised] = []
    together: bool = False
    once: bool = False
    from_limits: bool = False
    also_given: bool = False
    speaks_for: list[Id] = []
    limit_kind: Id | None = None
    asks: Literal["nerve_block"] | None = None
    message: Annotated[str, Field(max_length=200)] = ""
    expression: str | None = None
    override_by: str = ""
    reason: str = ""
    action: str = ""


class Contraindication(Marked):
    tag: Id
    severity: Grade
    when: Condition | None = None
    note: str = ""


class LimitAdjusted(Row):
    """Another limit where the condition holds: a number, or a number per kg."""

    when: Condition
    limit: Positive | None = None
    limit_per_kg: Positive | None = None


class Limit(Marked):
    """How often, how much, how far apart. `unless`: does not bind there. `intervals`: days by dose number."""

    kind: Literal[
        "max_per_period",
        "min_interval",
        "usual_interval",
        "schedule",
        "course",
        "max_consecutive",
        "max_single",
        "cumulative_local_anesthetic",
    ]
    window: Number = Decimal(0)
    window_unit: Literal["hours", "days", "dose"] = "hours"
    limit: Number
    limit_unit: Literal[
        "mg",
        "mL",
        "mg/kg",
        "dose",
        "doses",
        "days",
        "days_of_use",
        "days_of_pregnant_use",
        "course",
        "courses",
        "steroid_courses",
    ]
    severity: Grade
    when: Condition | None = None
    unless: Condition | None = None
    intervals: list[Positive] = []
    adjusted: list[LimitAdjusted] = []
    basis: str = ""
    text: str = ""

    @property
    def hours(self) -> Decimal:
        return self.window * 24 if self.window_unit == "days" else self.window


class Adjustment(Row):
    """A lower ceiling where the condition holds. Without `when` it is prose: shown, computes nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    if_: str = Field(alias="if", default="")
    use: str = ""
    when: Condition | None = None
    max: Positive | None = None
    max_per_kg: Positive | None = None
    max_24h: Positive | None = None


class AdultDose(Row):
    """In `unit`; `max_single` and `max_24h` always in the unit without `/kg`."""

    usual: Positive | None = None
    unit: Literal["mg", "mL", "mg/kg", "mL/kg"] = "mg"
    min: Number | None = None
    max: Positive | None = None
    max_single: Positive | None = None
    max_24h: Positive | None = None
    adjustments: list[Adjustment] = []
    text: str = ""


class Band(Row):
    """A dose by age, first and last year included."""

    age: str = ""
    from_years: Number | None = None
    to_years: Number | None = None
    dose_mg: Positive


class PediatricDose(Row):
    supported: bool = False
    min_age_years: Number | None = None
    per_kg: Positive | None = None
    unit: Literal["mg", "mL", "mg/kg", "mL/kg"] | None = None
    max_single: Positive | None = None
    bands: list[Band] = []
    adult_dose_when: Condition | None = None
    text: str = ""


class AgeLimits(Row):
    min_years: Number = Decimal(0)
    text: str = ""


class Monitoring(Row):
    baseline: list[str] = []
    during: list[str] = []
    post: list[str] = []
    hold_if: list[str] = []
    text: str = ""


class Sedation(Row):
    sedating: bool = False
    level: Annotated[int, Field(ge=0, le=3)] = 0
    driving_restriction_hours: Number = Decimal(0)
    driver_required: bool = False


class DrugRow(Row):
    """One drug. A row with an id and tags alone obeys every rule that the tags select."""

    id: Id
    generic_name: str = ""
    class_tags: list[Id] = []
    qt_risk: QtRisk = "none"
    orderable_default: bool = True
    adult_dose: AdultDose = AdultDose()
    pediatric_dose: PediatricDose = PediatricDose()
    frequency_limits: list[Limit] = []
    contraindications: list[Contraindication] = []
    monitoring: Monitoring = Monitoring()
    sedation: Sedation = Sedation()
    allergy_groups: list[Id] = []
    never_gated_when: Condition | None = None
    mri_before_infusions: list[Annotated[int, Field(ge=1, le=99)]] = []
    # For people and for other parts of the product:
    age_limits: AgeLimits = AgeLimits()
    brand_names: list[str] = []
    category: str = ""
    named_in_articles: bool = False
    us_iv_status: str = ""
    dea_schedule: str | None = None
    pharm_class: str = ""
    evidence_ahs2025: str | None = None
    hcpcs: list[Any] = []
    vials: list[Any] = []
    administration: list[Any] = []
    pregnancy: Any = None
    lactation: Any = None
    post_observation_minutes: Number = Decimal(0)
    boxed_warnings: list[str] = []
    adverse_effects: Any = None
    staffing: Any = None
    billing_notes: list[str] = []
    clinical_notes: list[str] = []
    provenance: Any = None


class ConditionTag(Row):
    """`computed`: the engine derives it, nobody records it. `allergy_group`: it names that allergy."""

    id: Id
    label: str
    group: str = "condition"
    computed: bool = False
    allergy_group: Id | None = None


class AllergyGroup(Row):
    """`excipient`: it belongs to the product in hand, not to the drug."""

    id: Id
    label: str
    drug_ids: list[Id] = []
    excipient: bool = False


class ExternalGroup(Marked):
    """Drugs that are taken elsewhere, by name."""

    id: Id
    members: list[str] = []


class VocabularyRow(Row):
    condition_tags: list[ConditionTag] = []
    allergy_groups: list[AllergyGroup] = []
    external_drug_groups: list[ExternalGroup] = []
    class_tags: list[Id] = []
    monitoring_codes: list[str] = []
    qt_risk_levels: list[str] = []
    sedation_levels: dict[str, str] = {}


# What pydantic finds, in words for people.
SAID = {
    "extra_forbidden": "unknown key",
    "missing": "missing",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "string_too_short": "missing",
    "string_too_long": "at most {max_length} characters",
    "too_short": "at least one is needed",
    "literal_error": "must be one of {expected}",
    "decimal_parsing": "a number is expected",
    "int_parsing": "a whole number is expected",
    "int_from_float": "a whole number is expected",
    "int_type": "missing",
    "decimal_type": "missing",
    "string_type": "missing",
}


def _sentence(no: ValidationError) -> str:
    """The first complaint in words, an unknown key before all others."""
    errors = no.errors(include_url=False, include_input=False)
    first = min(errors, key=lambda error: error["type"] != "extra_forbidden")
    where = ".".join(str(step) for step in first["loc"]) or "row"
    kind = first["type"]
    said = SAID[kind].format(**first.get("ctx", {})) if kind in SAID else first["msg"]
    return f"{where}: {said.removeprefix('Value error, ')}"
