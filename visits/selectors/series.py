"""Series and their doses as they stand: windows, what was given last, what a regimen counts from."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404

from infusion_center.places.models import Site
from patients.models import Patient
from patients.selectors.card import records_of
from regimens.models import Drug, Order, Regimen
from regimens.states import Indication, OrderState
from visits.models import Administration, Occurrence, Series
from visits.rules import series as rules
from visits.selectors.wanted import open_orders
from visits.states import ENDED_IN_CHAIR, FINISHED, STILL_TO_COME, Given

TREATS = (Indication.HEADACHE, Indication.PREVENTION)
NEEDED = ("series__patient__merged_into", "series__site", "series__regimen", "series__drug", "visit__chair")


@dataclass(frozen=True)
class Dose:
    """The last one that went in, wherever it was charted. `partly`: it was broken off."""

    day: date
    amount: Decimal
    unit: str
    partly: bool


def occurrence_by_key(*, site: Site, key: UUID) -> Occurrence:
    """404 where this site has none."""
    return get_object_or_404(Occurrence.objects.select_related(*NEEDED), series__site=site, key=key)


def series_by_key(*, site: Site, key: UUID) -> Series:
    rows = Series.objects.select_related("patient__merged_into", "site", "regimen", "drug")
    return get_object_or_404(rows, site=site, key=key)


def person_of(series: Series) -> Patient:
    return series.patient.merged_into or series.patient


def to_come(series: Series) -> QuerySet[Occurrence]:
    """Its doses that are neither given nor taken out, in order."""
    rows = series.occurrences.filter(state__in=STILL_TO_COME)
    return rows.select_related("visit", "series__site").order_by("number")


def running(patient: Patient, *, drugs: Collection[int] | None = None) -> QuerySet[Series]:
    """The person's series that have not ended; of these drugs (pk) only, if any are named."""
    rows = Series.objects.filter(patient__in=records_of(patient), ended_on=None)
    rows = rows if drugs is None else rows.filter(drug__in=drugs)
    return rows.select_related("site", "regimen", "drug").order_by("pk")


def margins(series: Series) -> rules.Margins:
    return series.early_days, series.late_days


def window_of(one: Occurrence) -> rules.Window:
    return rules.window(one.due_on, *margins(one.series))


def planned(one: Occurrence) -> rules.Planned:
    return rules.Planned(one.number, one.due_on, one.visit.day if one.visit else None)


def counted_drug(regimen: Regimen) -> Drug | None:
    """The drug whose doses a series of this regimen counts from: its first that treats, else its first."""
    steps = list(regimen.steps.select_related("drug").order_by("position"))
    treats = (step for step in steps if step.indication in TREATS and not step.optional)
    step = next(treats, steps[0] if steps else None)
    return step.drug if step else None


def regimens_that_come_back(*, of: Series | None = None) -> list[Regimen]:
    """What a series can be of, or, for a running one, its regimen and others of the same drug."""
    rows = Regimen.objects.filter(active=True, series_days__isnull=False)
    if of is not None:
        rows = Regimen.objects.filter(pk=of.regimen_id) | rows.filter(steps__drug=of.drug_id)
    return list(rows.distinct().order_by("name", "pk"))


def last_doses(patients: Iterable[Patient], drugs: Iterable[int]) -> dict[tuple[int, int], Dose]:
    """(patient, drug) to the last dose in a visit that has ended. One query."""
    people = {patient.pk for patient in patients}
    rows = (
        Administration.objects.annotate(person=Coalesce("visit__patient__merged_into", "visit__patient"))
        .filter(person__in=people, drug__in=set(drugs), state__in=FINISHED)
        .filter(visit__status__in=ENDED_IN_CHAIR, started_at__isnull=False)
        .select_related("visit__site")
        .order_by("person", "drug", "-started_at", "-pk")
        .distinct("person", "drug")
    )
    return {(row.person, row.drug_id): _dose(row) for row in rows}


def last_dose(patient: Patient, drug: Drug) -> Dose | None:
    return last_doses([patient], [drug.pk]).get((patient.pk, drug.pk))


def order_waiting(series: Series) -> Order | None:
    """The signed order, else the draft, of the series' regimen that no visit is planned for."""
    found = [order for order in open_orders(person_of(series)) if order.regimen_id == series.regimen_id]
    return min(found, key=lambda order: order.state != OrderState.SIGNED, default=None)


def _dose(row: Administration) -> Dose:
    day = row.visit.site.day_of(row.started_at)  # type: ignore[arg-type]  # filtered: it has started
    amount = row.given_amount or row.dose
    return Dose(day, amount, row.unit, partly=row.state == Given.PARTLY_GIVEN)
