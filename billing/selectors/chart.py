"""A visit's chart as billing reads it: what was given, when it ran, from which vials.

What was found later about a signed chart is read in its place (visits' corrections).
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from django.db.models import Prefetch

from billing.rules.coding import ChartLine, Mode
from infusion_center.shared import clock
from patients.models import Coverage, Patient
from patients.states import CoverageState
from regimens.models import HcpcsCode
from regimens.states import Method
from visits.models import Administration, Correction, GivingEvent, VialUse, Visit
from visits.selectors import corrections
from visits.states import FINISHED, OPEN_LINE, EventKind

COVERAGES = ("patient__coverages__payer", "patient__merged__coverages__payer")  # of a claim
FLUID = "fluid"  # class tag of what hydrates
MODES = {
    Method.IV_INFUSION: Mode.INFUSION,
    Method.IV_PUSH: Mode.PUSH,
    Method.IM: Mode.IM,
    Method.SC: Mode.SC,
}
RUNS = frozenset({EventKind.START, EventKind.RESUME})
RESTS = frozenset({EventKind.PAUSE, EventKind.STOP})


def parts(under: str = "") -> tuple[Prefetch, ...]:
    """Everything a claim is reckoned from, for prefetch_related. `under`: `visit__` for a claim."""
    given = Administration.objects.select_related("drug", "step__order__signed_by").order_by("position", "pk")
    events = GivingEvent.objects.order_by("at", "pk")
    vials = (
        VialUse.objects.filter(reversed_at=None, given__gt=0).select_related("lot__product").order_by("pk")
    )
    return (
        Prefetch(f"{under}administrations", given),
        Prefetch(f"{under}administrations__events", events),
        Prefetch(f"{under}administrations__vials", vials),
        Prefetch(f"{under}administrations__drug__hcpcs_codes", HcpcsCode.objects.order_by("position", "pk")),
        Prefetch(f"{under}corrections", Correction.objects.order_by("written_at", "pk")),
    )


@dataclass(frozen=True)
class Chart:
    """`given` are the administrations with a start, also those that still run; `others` were not given."""

    visit: Visit
    given: tuple[Administration, ...]
    others: tuple[Administration, ...]

    @property
    def zone(self) -> str:
        return self.visit.site.zone

    @cached_property
    def service_on(self) -> date:
        """The site's day of the first drop; the planned day where nothing ran."""
        starts = [one.started_at for one in self.given if one.started_at]
        return clock.local_day(min(starts), self.zone) if starts else self.visit.day

    def lines(self, *, hydration_needed: bool) -> list[ChartLine]:
        """For the coding engine: a pause cuts an infusion into segments of one order, the rest stay whole."""
        return [line for one in self.given for line in _lines(one, self.zone, hydration_needed)]

    def drug_of(self) -> dict[str, str]:
        """Name of the drug by the id of its charted line."""
        return {line: one.drug.name for one in self.given for line in _ids(one)}

    def local(self, at: datetime) -> datetime:
        return clock.local(at, self.zone)


def chart_of(visit: Visit) -> Chart:
    """From a visit whose `parts` are prefetched."""
    rows = corrections.as_found(visit.administrations.all(), visit.corrections.all())
    charted = [one for one in rows if one.state in (*FINISHED, *OPEN_LINE)]
    rest = [one for one in rows if one not in charted]
    return Chart(visit, tuple(charted), tuple(rest))


def source_of(line: str) -> str:
    """Key of the administration a charted line belongs to."""
    return line.partition("/")[0]


def coverages_of(patient: Patient) -> list[Coverage]:
    """Of the record and of those merged into it."""
    merged = [one for record in patient.merged.all() for one in record.coverages.all()]
    return [*patient.coverages.all(), *merged]


def coverage_on(coverages: Iterable[Coverage], day: date) -> Coverage | None:
    """The coverage billed first on a day: running, lowest rank."""
    fit = [
        one
        for one in coverages
        if one.state != CoverageState.ENDED or (one.ends_on and day <= one.ends_on)
        if (one.starts_on or day) <= day <= (one.ends_on or day)
    ]
    return min(fit, key=lambda one: (one.rank, one.pk), default=None)


PATIENT_FACTS = (
    *("given_name", "family_name", "birth_date", "sex_at_birth"),
    *("street", "city", "state", "postal_code", "number"),
)
COVERAGE_FACTS = (
    *("pk", "payer_id", "rank", "member_id", "group_number", "relationship", "subscriber_given_name"),
    *("subscriber_family_name", "subscriber_birth_date", "starts_on", "ends_on", "state"),
)
GIVEN_FACTS = ("key", "state", "dose", "unit", "method", "given_amount", "started_at", "stopped_at")


def digest(chart: Chart, coverages: Iterable[Coverage]) -> str:
    """Changes when anything a claim is reckoned from changes in chart, patient or coverage."""
    facts = [str(fact) for fact in _facts(chart, coverages)]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def _facts(chart: Chart, coverages: Iterable[Coverage]) -> Iterator[object]:
    patient = chart.visit.patient.merged_into or chart.visit.patient
    yield chart.visit.status
    yield patient.pk
    yield from (getattr(patient, name) for name in PATIENT_FACTS)
    for coverage in sorted(coverages, key=lambda one: one.pk):
        yield from (getattr(coverage, name) for name in COVERAGE_FACTS)
    for one in (*chart.given, *chart.others):
        signed_by = one.step.order.signed_by
        yield from (getattr(one, name) for name in GIVEN_FACTS)
        yield signed_by and (signed_by.pk, signed_by.npi)
        yield from ((event.kind, event.at, event.rate_ml_h, event.volume_ml) for event in one.events.all())
        yield from (_vial_facts(use) for use in one.vials.all())


def _vial_facts(use: VialUse) -> tuple[object, ...]:
    return (use.pk, use.lot.product.ndc11, use.lot.source, use.given, use.wasted)


def _lines(one: Administration, zone: str, hydration_needed: bool) -> Iterator[ChartLine]:
    mode = _mode(one)
    if mode is None:
        return
    volume, rate = _nurses_numbers(one)
    for line, (start, stop) in zip(_ids(one), _segments(one), strict=True):
        yield ChartLine(
            id=line,
            drug=one.drug.code,
            mode=mode,
            start=clock.local(start, zone) if start else None,
            stop=clock.local(stop, zone) if stop else None,
            order=str(one.key),
            ordered=one.step.order.signed_at is not None,
            necessity=hydration_needed if mode is Mode.HYDRATION else True,
            volume_ml=volume,
            rate_ml_h=rate,
        )


def _mode(one: Administration) -> Mode | None:
    """None: by mouth, which the coding rules do not cover."""
    if FLUID in one.drug.class_tags and one.method == Method.IV_INFUSION:
        return Mode.HYDRATION
    return MODES.get(one.method)  # type: ignore[call-overload]  # the column holds a Method's value


def _ids(one: Administration) -> list[str]:
    return [f"{one.key}/{n}" if n else str(one.key) for n in range(len(_segments(one)))]


def _segments(one: Administration) -> list[tuple[datetime | None, datetime | None]]:
    """Running stretches of an infusion, the last one open if it was never stopped; anything else is one."""
    whole = [(one.started_at, one.stopped_at)]
    if one.method != Method.IV_INFUSION:
        return whole
    found: list[tuple[datetime | None, datetime | None]] = []
    since: datetime | None = None
    for event in one.events.all():
        if event.kind in RUNS and since is None:
            since = event.at
        elif event.kind in RESTS and since is not None:
            found.append((since, event.at))
            since = None
    return (found + [(since, None)] if since else found) or whole


def _nurses_numbers(one: Administration) -> tuple[Decimal | None, Decimal | None]:
    """Volume and rate that the nurse charted, only where one rate held all the time (billing.md 1.5)."""
    rates = {event.rate_ml_h for event in one.events.all() if event.rate_ml_h}
    volumes = [event.volume_ml for event in one.events.all() if event.volume_ml]
    if len(rates) != 1 or not volumes or len(_segments(one)) > 1:
        return None, None
    return volumes[-1], rates.pop()
