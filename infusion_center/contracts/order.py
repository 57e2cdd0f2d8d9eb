"""`explain order`: may these drugs be given to this patient now? (contracts.md 1)"""

from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, Field

from infusion_center.contracts.case import Amount, Case, Malformed, Part, without_inner_notes
from infusion_center.contracts.reference import document
from regimens.rules.safety import case as asked
from regimens.rules.safety.book import Book, Drug, read_book
from regimens.rules.safety.engine import judge
from regimens.rules.safety.verdicts import Answer

METHODS = Literal["iv_push", "iv_infusion", "im", "sc", "po"]
INDICATIONS = Literal["headache", "prevention", "nausea", "side_effect", "premedication", "reaction", "other"]
# Grams and micrograms are said at home; a drug's own unit is mg or mL.
IN_UNIT = {
    ("mg", "mg"): Decimal(1),
    ("g", "mg"): Decimal(1000),
    ("mcg", "mg"): Decimal("0.001"),
    ("mL", "mL"): Decimal(1),
    ("L", "mL"): Decimal(1000),
}
# Where a vein may be, in the words of a chart: `left_forearm`, `dorsal_hand`, `upper_arm`.
PLACES = frozenset(
    "hand wrist forearm antecubital ac arm foot ankle leg jugular femoral port picc midline central".split()
)


def _moment(value: Any) -> Any:
    """A moment with its offset, kept as it was written: dates are compared as written."""
    if not isinstance(value, str):
        raise ValueError("a moment such as 2026-11-20T10:00:00-06:00 is expected")
    return datetime.fromisoformat(value)


Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_moment),
    Field(
        ge=datetime.fromisoformat("1900-01-01T00:00:00Z"), lt=datetime.fromisoformat("2200-01-01T00:00:00Z")
    ),
]
Reading = Annotated[Amount, Field(le=1000)]
Text = Annotated[str, Field(min_length=1, max_length=200)]


class ProductPart(Part):
    allergens: list[Text] = []
    contains: list[Text] = []
    container: Literal["single_dose", "multi_dose"] | None = None


class OrderPart(Part):
    drug: Text
    dose: Amount
    unit: Text
    method: METHODS
    minutes: Annotated[Decimal, Field(strict=False, ge=0, le=2880)] | None = None
    volume_ml: Amount | None = None
    at: Moment
    indication: INDICATIONS = "headache"
    product: ProductPart | None = None


class GivenPart(Part):
    drug: Text
    amount: Amount
    unit: Text
    at: Moment
    where: Literal["clinic", "home"] = "clinic"


class HomePart(Part):
    group: Text
    name: Text
    active: bool = True
    last_taken_at: Moment | None = None


class HcgPart(Part):
    result: Literal["negative", "positive"]
    at: Moment


class PregnancyPart(Part):
    status: Literal["pregnant", "not_pregnant", "not_possible", "unknown"]
    weeks: Annotated[Decimal, Field(strict=False, ge=0, le=45)] | None = None
    hcg: HcgPart | None = None
    contraception: Literal["effective", "none"] | None = None


class EcgPart(Part):
    qtc_ms: Reading | None
    at: Moment


class LabsPart(Part):
    crcl_ml_min: Annotated[Decimal, Field(strict=False, ge=0, le=1000)] | None
    at: Moment


class VitalsPart(Part):
    sbp: Reading | None = None
    dbp: Reading | None = None
    hr: Reading | None = None
    spo2: Reading | None = None
    at: Moment | None = None


class NerveBlockPart(Part):
    drug: Text
    amount: Amount
    unit: Literal["mg"]
    at: Moment | None = None


class ScreeningPart(Part):
    """An absent key was not asked; null is the answer "none"."""

    new_headache_type: bool | None = None
    infusion_number: Annotated[int, Field(ge=1, le=500)] | None = None
    last_mri_at: Moment | None = None
    nerve_block: NerveBlockPart | None = None


class PatientPart(Part):
    age_years: Annotated[int, Field(ge=0, le=130)]
    sex_at_birth: Literal["female", "male"] | None
    weight_kg: Reading | None = None
    height_cm: Reading | None = None
    conditions: list[Text] | None
    allergies: list[Text] | None
    not_understood: list[Text] = []
    pregnancy: PregnancyPart | None = None
    home_medications: list[HomePart] | None
    given: list[GivenPart] = []
    ecg: EcgPart | None = None
    labs: LabsPart | None = None
    vitals: VitalsPart | None = None
    driver: bool | None = None
    iv_site: Text | None = None
    rescue_visits: list[Moment] = []
    screening: ScreeningPart = ScreeningPart()


class StaffPart(Part):
    free_nurses: Annotated[int, Field(ge=0, le=1000)] | None = None
    acls_on_site: bool | None = None
    anesthesia_provider: bool | None = None


class SitePart(Part):
    orderable: list[Text] = []
    drugs: list[dict[str, Any]] = []
    staff: StaffPart = StaffPart()


class OrderCase(Case):
    moment: Literal["order", "check_in", "start"] = "order"
    visit_type: Literal["rescue", "scheduled"] = "rescue"
    at: Moment
    patient: PatientPart
    orders: Annotated[list[OrderPart], Field(min_length=1)]
    site: SitePart = SitePart()


@cache
def book_in_use() -> Book:
    """The book of the shipped reference data, or of the rows named with `--rules`. Raises BadRow."""
    return read_book(document())


def answer(case: dict[str, Any], book: Book | None = None) -> dict[str, Any]:
    """Raises Malformed for a case that cannot be read, BadRow for a drug of the site that cannot."""
    return written(judge(*read_case(case, book or book_in_use())))


def written(found: Answer) -> dict[str, Any]:
    return {
        "verdict": str(found.verdict),
        "findings": [
            {
                "rule": finding.rule,
                "severity": str(finding.severity),
                "drug": finding.drug,
                "message": finding.message,
            }
            for finding in found.findings
        ],
    }


def read_case(raw: dict[str, Any], book: Book) -> tuple[asked.Case, Book]:
    """The case and the book with the site's own drugs. Raises Malformed, BadRow."""
    part = OrderCase.read(without_inner_notes(raw))
    book = book.with_drugs([_with_unit(row, part) for row in part.site.drugs])
    _check_ids(part, book)
    lines = tuple(_line(order, book, f"orders.{number}") for number, order in enumerate(part.orders))
    return (
        asked.Case(
            moment=part.moment,
            visit_type=part.visit_type,
            at=part.at,
            patient=_patient(part.patient, book),
            lines=lines,
            site=asked.Site(orderable=frozenset(part.site.orderable), **dict(part.site.staff)),
        ),
        book,
    )


def _with_unit(row: dict[str, Any], part: OrderCase) -> dict[str, Any]:
    """A center's row that states no dose is dosed in what the case writes it in: a bag in mL."""
    doses: list[OrderPart | GivenPart] = [*part.orders, *part.patient.given]
    written = [dose.unit for dose in doses if dose.drug == row.get("id")]
    unit = next((own for (said, own) in IN_UNIT if said in written), None)
    return row if "adult_dose" in row or unit is None else {**row, "adult_dose": {"unit": unit}}


def _check_ids(part: OrderCase, book: Book) -> None:
    patient = part.patient
    for tag in patient.conditions or []:
        if tag not in book.tags:
            raise Malformed(f"patient.conditions: unknown condition {tag}")
        if book.tags[tag].computed:
            raise Malformed(f"patient.conditions: {tag} is derived, it is not passed in")
    for allergy in patient.allergies or []:
        if allergy not in book.allergy_groups and allergy not in book.drugs and not _is_other(allergy):
            raise Malformed(f"patient.allergies: unknown allergy {allergy}")
    for entry in patient.home_medications or []:
        if entry.group not in book.groups:
            raise Malformed(f"patient.home_medications: unknown group {entry.group}")
    for number, order in enumerate(part.orders):
        for allergen in order.product.allergens if order.product else []:
            if allergen not in book.allergy_groups:
                raise Malformed(f"orders.{number}.product.allergens: unknown allergy group {allergen}")
    for drug in part.site.orderable:
        if drug not in book.drugs:
            raise Malformed(f"site.orderable: unknown drug {drug}")
    if patient.iv_site is not None and not _is_place(patient.iv_site):
        raise Malformed(f"patient.iv_site: unknown place {patient.iv_site}")


def _is_other(allergy: str) -> bool:
    return allergy.startswith("other:") and bool(allergy.removeprefix("other:").strip())


def _is_place(site: str) -> bool:
    return site == "other" or bool(PLACES & set(site.split("_")))


def _line(order: OrderPart, book: Book, where: str) -> asked.Line:
    drug = _drug(order.drug, book, where)
    product = order.product
    return asked.Line(
        drug=drug.id,
        dose=_in_unit(order.dose, order.unit, drug, where),
        method=order.method,
        at=order.at,
        minutes=order.minutes,
        volume_ml=order.volume_ml,
        indication=order.indication,
        allergens=frozenset(product.allergens) if product else None,
        contains=frozenset(product.contains) if product else frozenset(),
    )


def _patient(part: PatientPart, book: Book) -> asked.Patient:
    pregnancy = part.pregnancy or PregnancyPart(status="unknown")
    vitals = part.vitals or VitalsPart()
    return asked.Patient(
        age_years=part.age_years,
        sex_at_birth=part.sex_at_birth,
        weight_kg=part.weight_kg,
        height_cm=part.height_cm,
        conditions=None if part.conditions is None else frozenset(part.conditions),
        allergies=None if part.allergies is None else frozenset(part.allergies),
        not_understood=tuple(part.not_understood),
        pregnancy_status=pregnancy.status,
        gestation_weeks=pregnancy.weeks,
        hcg=(pregnancy.hcg.result, pregnancy.hcg.at) if pregnancy.hcg else None,
        contraception=pregnancy.contraception,
        home_medications=_home(part.home_medications, book),
        given=tuple(_given(dose, book, f"patient.given.{number}") for number, dose in enumerate(part.given)),
        ecg=(part.ecg.qtc_ms, part.ecg.at) if part.ecg else None,
        crcl=(part.labs.crcl_ml_min, part.labs.at)
        if part.labs and part.labs.crcl_ml_min is not None
        else None,
        sbp=vitals.sbp,
        dbp=vitals.dbp,
        hr=vitals.hr,
        spo2=vitals.spo2,
        driver=part.driver,
        iv_site=part.iv_site,
        rescue_visits=tuple(part.rescue_visits),
        screening=_screening(part.screening),
    )


def _home(entries: list[HomePart] | None, book: Book) -> tuple[asked.HomeMedication, ...] | None:
    """An entry also belongs to every group whose members list its name."""
    if entries is None:
        return None
    return tuple(
        asked.HomeMedication(
            groups=frozenset({entry.group}) | book.members.get(entry.name.strip().lower(), frozenset()),
            name=entry.name,
            active=entry.active,
            last_taken_at=entry.last_taken_at,
        )
        for entry in entries
    )


def _given(dose: GivenPart, book: Book, where: str) -> asked.Dose:
    drug = _drug(dose.drug, book, where)
    return asked.Dose(drug.id, _in_unit(dose.amount, dose.unit, drug, where), dose.at, dose.where)


def _screening(part: ScreeningPart) -> dict[str, Any]:
    said = {key: getattr(part, key) for key in part.model_fields_set}
    block = said.get("nerve_block")
    if block is not None:
        said["nerve_block"] = asked.NerveBlock(block.drug, block.amount, block.at)
    return said


def _drug(name: str, book: Book, where: str) -> Drug:
    if name not in book.drugs:
        raise Malformed(f"{where}.drug: unknown drug {name}")
    return book.drugs[name]


def _in_unit(amount: Decimal, unit: str, drug: Drug, where: str) -> Decimal:
    factor = IN_UNIT.get((unit, drug.unit))
    if factor is None:
        raise Malformed(f"{where}.unit: {drug.id} is dosed in {drug.unit}, not in {unit}")
    return amount * factor
