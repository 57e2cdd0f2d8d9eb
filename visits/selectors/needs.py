"""What booked visits will need of the shelf, and what to order because of it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet

from infusion_center.places.models import Site
from regimens.models import Drug, Product, RegimenStep
from regimens.rules.amounts import say
from regimens.rules.needs import Reckoned, Stocked, reckon
from regimens.selectors import on_hand
from visits.models import Administration, Preparation, Visit
from visits.states import HOLDS_CHAIR, Given, Status, VisitKind

DAYS = 14  # ahead: what a wholesaler delivers well within
Whose = tuple[int, int]  # drug, patient


@dataclass(frozen=True)
class Line:
    """One product. `doses`: of booked visits; `unknown`: those of them whose amount nobody knows yet."""

    drug: Drug
    reckoned: Reckoned
    doses: int
    unknown: int


@dataclass(frozen=True)
class ToOrder:
    """`lacking`: drugs of booked doses of which no product is in the list, with how many doses."""

    lines: list[Line]
    lacking: list[tuple[Drug, int]]


@dataclass(frozen=True)
class KeptBack:
    """What of a drug is meant for booked doses of series, and what is there; in `unit`."""

    amount: Decimal
    doses: int
    there: Decimal
    unit: str

    @property
    def words(self) -> str:
        doses = "1 booked series dose" if self.doses == 1 else f"{self.doses} booked series doses"
        return (
            f"{say(self.amount)} {self.unit} of the {say(self.there)} {self.unit} here are kept for {doses}."
        )


def kept_back(line: Administration, *, at: datetime) -> KeptBack | None:
    """What series of other patients need of this drug in the coming days, where this dose would eat into it.

    None: enough is left, nobody needs it, or this is a dose of a series itself. One query where no series
    visit is to get the drug, which is nearly always.
    """
    visit = line.visit
    if visit.kind == VisitKind.SCHEDULED:
        return None
    visits = _booked(visit.site, at).filter(kind=VisitKind.SCHEDULED).exclude(patient=visit.patient_id)
    planned = Q(administrations__drug=line.drug_id, administrations__state=Given.ORDERED)
    if not visits.filter(planned | Q(regimen__steps__drug=line.drug_id)).exists():
        return None
    shelf = on_hand.usable(site=visit.site, day=visit.site.day_of(at))
    needed, doses, _ = _needs(visits, shelf.products)
    amount = sum(
        (
            max(Decimal(0), much - shelf.own.get(whose, Decimal(0)))
            for whose, much in needed.items()
            if whose[0] == line.drug_id
        ),
        Decimal(0),
    )
    there = sum(
        (shelf.there.get(one.pk, Decimal(0)) for one in shelf.products.get(line.drug_id, [])), Decimal(0)
    )
    if not amount or there - line.dose >= amount:
        return None
    return KeptBack(amount, doses[line.drug_id], there, line.unit)


def _booked(site: Site, at: datetime) -> QuerySet[Visit]:
    day = site.day_of(at)
    within = (day, day + timedelta(days=DAYS))
    visits = Visit.objects.filter(site=site, day__range=within, status__in=HOLDS_CHAIR)
    return visits.exclude(status=Status.HELD)


def to_order(*, site: Site, at: datetime) -> ToOrder:
    """Every product with a par level, a lot, or a booked dose; what must be ordered first, then by drug.

    A patient's own (white-bagged) lots serve that patient only: their doses are taken from there first.
    """
    day = site.day_of(at)
    visits = _booked(site, at)
    shelf = on_hand.usable(site=site, day=day)
    needed, doses, unknown = _needs(visits, shelf.products)
    for (drug, patient), amount in shelf.own.items():
        needed[drug, patient] = max(Decimal(0), needed[drug, patient] - amount)
    of_drug: dict[int, Decimal] = defaultdict(Decimal)
    for (drug, _), amount in needed.items():
        of_drug[drug] += amount
    found = []
    for drug, products in shelf.products.items():
        stocked = [_stocked(one, shelf.there) for one in products]
        wanted = [one for one in stocked if one.there or one.full or (of_drug[drug] and len(stocked) == 1)]
        for line in reckon(wanted or (stocked if of_drug[drug] else []), needed=of_drug[drug]):
            found.append(Line(line.stocked.product.drug, line, doses[drug], unknown[drug]))
    found.sort(key=lambda line: (line.reckoned.order == 0, line.drug.name, line.reckoned.stocked.product.pk))
    without = Drug.objects.filter(pk__in=set(doses) - set(shelf.products)).order_by("name")
    return ToOrder(found, [(drug, doses[drug.pk]) for drug in without])


def _stocked(product: Product, there: dict[int, Decimal]) -> Stocked:
    [par] = product.par or [None]  # type: ignore[attr-defined]
    return Stocked(
        product=product,
        size=product.amount,
        there=there.get(product.pk, Decimal(0)),
        least=par.least if par else None,
        full=par.full if par else None,
    )


def _needs(
    visits: QuerySet[Visit], products: dict[int, list[Product]]
) -> tuple[dict[Whose, Decimal], dict[int, int], dict[int, int]]:
    """Amounts by drug and patient; doses, and those of unknown amount, by drug. Planned lines, else recipes.

    Unknown: by weight, or in a unit the products are not counted in.
    """
    units = {drug: {one.unit for one in found} for drug, found in products.items()}
    amounts: dict[Whose, Decimal] = defaultdict(Decimal)
    doses: dict[int, int] = defaultdict(int)
    unknown: dict[int, int] = defaultdict(int)

    def need(drug: int, patient: int, dose: Decimal, unit: str) -> None:
        doses[drug] += 1
        if units.get(drug, {unit}) == {unit}:
            amounts[drug, patient] += dose
        else:
            unknown[drug] += 1

    rows = list(visits.values_list("pk", "patient", "regimen"))
    lines = Administration.objects.filter(visit__in=[pk for pk, *_ in rows]).exclude(
        state=Given.ENTERED_IN_ERROR
    )
    planned = set()
    patients = {pk: patient for pk, patient, _ in rows}
    mixed = Exists(Preparation.objects.filter(administration=OuterRef("pk"), thrown_at=None))
    rest = lines.annotate(mixed=mixed).values_list("visit", "drug", "dose", "unit", "state", "mixed")
    for visit, drug, dose, unit, state, taken in rest:
        planned.add(visit)
        if state == Given.ORDERED and not taken:
            need(drug, patients[visit], dose, unit)
    recipes = defaultdict(list)
    waiting = [row for row in rows if row[0] not in planned and row[2]]
    for step in RegimenStep.objects.filter(regimen__in={regimen for *_, regimen in waiting}, optional=False):
        recipes[step.regimen_id].append(step)
    for _, patient, regimen in waiting:
        for step in recipes[regimen]:
            need(step.drug_id, patient, step.dose, "per kg" if step.per_kg else step.unit)
    return amounts, doses, unknown
