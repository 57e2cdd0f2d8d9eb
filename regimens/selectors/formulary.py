"""What the formulary and regimen pages show."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from infusion_center.accounts.models import User
from regimens.models import Drug, Regimen, RegimenStep, Source, in_force
from regimens.selectors.composing import run_of, steps_of
from regimens.selectors.timeline import Timeline, timeline


@dataclass(frozen=True)
class Mark:
    """How far a value can be trusted: whether a page was seen to say it, which pages, and which part."""

    confidence: str
    sources: tuple[Source, ...]
    note: str = ""

    @property
    def kinds(self) -> str:
        """`label, guideline`: what kinds of pages they are."""
        return ", ".join(dict.fromkeys(source.kind.replace("_", " ") for source in self.sources))


@dataclass(frozen=True)
class Fact:
    """One labelled value of a drug in plain words, with its mark."""

    label: str
    lines: tuple[str, ...]
    mark: Mark


@dataclass(frozen=True)
class Contraindication:
    """`tag` is an id of the condition vocabulary."""

    tag: str
    severity: str
    note: str
    mark: Mark


@dataclass(frozen=True)
class DrugPage:
    """Everything the drug page shows. Details come as (row, mark); a code also says if it is valid now."""

    drug: Drug
    codes: list[tuple[Any, Mark, bool]]
    vials: list[tuple[Any, Mark]]
    methods: list[tuple[Any, Mark]]
    limits: list[tuple[Any, Mark]]
    contraindications: list[Contraindication]
    facts: list[Fact]
    warnings: Fact


# Label and key of the shipped row; each becomes a Fact with the key's provenance.
FACTS = (
    ("Kind", "pharm_class"),
    ("Evidence (AHS 2025)", "evidence_ahs2025"),
    ("Adult dose", "adult_dose"),
    ("Dose under 18", "pediatric_dose"),
    ("Age", "age_limits"),
    ("Pregnancy", "pregnancy"),
    ("Breast-feeding", "lactation"),
    ("QT risk", "qt_risk"),
    ("Monitoring", "monitoring"),
    ("Observation after the end", "post_observation_minutes"),
    ("Sedation and driving", "sedation"),
    ("Nurses", "staffing"),
    ("Adverse effects", "adverse_effects"),
    ("Allergy groups", "allergy_groups"),
    ("Notes for the chair", "clinical_notes"),
    ("Notes for billing", "billing_notes"),
)


CENTER, MINE, SHIPPED = "center", "mine", "shipped"
KINDS = (CENTER, MINE, SHIPPED)  # in the order of the picker

GROUPS = ("baseline", "during", "post", "hold_if", "common", "serious")  # in the order of a visit


def drugs(*, text: str = "", category: str = "", unreviewed: bool = False) -> QuerySet[Drug]:
    """The formulary by name; `text` looks in names, brands and class tags."""
    found = Drug.objects.select_related("reviewed_by").order_by("name", "pk")
    if text.strip():
        word = text.strip()
        found = found.filter(
            Q(name__icontains=word) | Q(brand_names__icontains=word) | Q(class_tags__icontains=word)
        )
    if category:
        found = found.filter(category=category)
    return found.filter(reviewed_by=None) if unreviewed else found


def categories() -> list[str]:
    return list(Drug.objects.order_by("category").values_list("category", flat=True).distinct())


def drug_page(*, code: str, day: date) -> DrugPage:
    """Raises Drug.DoesNotExist."""
    drug = Drug.objects.select_related("reviewed_by").get(code=code)
    row = drug.row
    codes, vials, methods, limits = (
        list(rows.order_by("position", "pk"))
        for rows in (drug.hcpcs_codes, drug.vials, drug.methods, drug.frequency_limits)
    )
    valid = set(drug.hcpcs_codes.filter(in_force(day)).values_list("pk", flat=True))
    details = [*codes, *vials, *methods, *limits]
    known = _sources([*_cited(row), *(code for detail in details for code in detail.sources)])

    def mark(entry: dict[str, Any]) -> Mark:
        note = entry.get("provenance_note") or entry.get("note") or ""
        return _mark(entry["confidence"], entry["sources"], known, note)

    def row_mark(detail: Any) -> Mark:
        return _mark(detail.confidence, detail.sources, known)

    unmarked = {"confidence": "recalled", "sources": []}
    provenance = row.get("provenance", {})
    return DrugPage(
        drug=drug,
        codes=[(code, row_mark(code), code.pk in valid) for code in codes],
        vials=[(vial, row_mark(vial)) for vial in vials],
        methods=[(method, row_mark(method)) for method in methods],
        limits=[(limit, row_mark(limit)) for limit in limits],
        contraindications=[
            Contraindication(one["tag"], one["severity"], one["note"], mark({**one, "note": ""}))
            for one in row.get("contraindications", [])
        ],
        facts=[
            Fact(label, lines, mark(provenance.get(key, unmarked)))
            for label, key in FACTS
            if (lines := tuple(_words(key, row.get(key))))
        ],
        warnings=Fact(
            "Boxed warnings",
            tuple(row.get("boxed_warnings", [])),
            mark(provenance.get("boxed_warnings", unmarked)),
        ),
    )


def regimens(*, active_only: bool = True) -> QuerySet[Regimen]:
    found = (
        Regimen.objects.annotate(step_count=Count("steps"))
        .select_related("reviewed_by", "based_on", "owner")
        .order_by("name", "pk")
    )
    return found.filter(active=True) if active_only else found


def regimens_for(user: User) -> list[Regimen]:
    """In use, and not another provider's own: the center's variants, the person's own, the shipped ones."""
    rows = regimens().filter(Q(owner=None) | Q(owner=user))
    return sorted(rows, key=lambda one: KINDS.index(kind_of(one)))


def kind_of(regimen: Regimen) -> str:
    """Whose recipe it is: a word of KINDS."""
    if regimen.based_on_id is None:
        return SHIPPED
    return CENTER if regimen.owner_id is None else MINE


def regimen_by_code(code: str) -> Regimen:
    """Raises Regimen.DoesNotExist."""
    return Regimen.objects.select_related("reviewed_by").get(code=code)


def recipe(regimen: Regimen) -> tuple[list[RegimenStep], Timeline]:
    """The steps and their picture."""
    steps = steps_of(regimen)
    picture = timeline(
        ((step.drug.name, run_of(step)) for step in steps),
        setup=regimen.setup_minutes,
        discharge=regimen.discharge_minutes,
        watched_at_least=regimen.watched_at_least,
    )
    return steps, picture


def sources_of(codes: Iterable[str]) -> list[Source]:
    return list(Source.objects.filter(code__in=list(codes)).order_by("code"))


def mark_of(entry: dict[str, Any], known: dict[str, Source]) -> Mark:
    """The mark that a row or a key of `provenance` carries."""
    note = entry.get("provenance_note") or (entry.get("note") if "provenance_note" not in entry else "") or ""
    return _mark(entry.get("confidence") or "recalled", entry.get("sources") or [], known, note)


def all_sources() -> dict[str, Source]:
    return {source.code: source for source in Source.objects.all()}


def _sources(codes: Iterable[str]) -> dict[str, Source]:
    return {source.code: source for source in sources_of(set(codes))}


def _cited(row: dict[str, Any]) -> list[str]:
    marks = [*row.get("provenance", {}).values(), *row.get("contraindications", [])]
    return [code for mark in marks for code in mark["sources"]]


def _mark(confidence: str, codes: Iterable[str], known: dict[str, Source], note: str = "") -> Mark:
    return Mark(confidence, tuple(known[code] for code in codes if code in known), note)


def _words(key: str, value: Any) -> list[str]:
    """A value of the shipped row as lines to read."""
    if key == "post_observation_minutes":
        return [f"{value} min"]
    if key == "sedation" and value:
        driver = "a driver is required" if value["driver_required"] else "no driver is required"
        hours = value["driving_restriction_hours"]
        return [f"Level {value['level']} of 3; {driver}" + (f"; no driving for {hours} h" if hours else "")]
    if key == "pregnancy" and value:
        return [f"{value['stance'].replace('_', ' ').capitalize()}. {value['text']}"]
    if key in ("monitoring", "adverse_effects") and value:
        return _listed(value)
    if isinstance(value, dict):
        return [value["text"]] if value.get("text") else []
    if isinstance(value, list):
        return [str(line).replace("_", " ") for line in value]
    return [str(value)] if value else []


def _listed(groups: dict[str, Any]) -> list[str]:
    """`before: bp, weight` for each group that has entries, and the text."""
    said = [
        f"{name.replace('_', ' ').capitalize()}: {', '.join(one.replace('_', ' ') for one in entries)}"
        for name in GROUPS
        if (entries := groups.get(name))
    ]
    return said + ([groups["text"]] if groups.get("text") else [])
