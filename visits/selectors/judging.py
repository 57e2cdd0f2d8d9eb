"""What the rules say of drugs for a patient: the facts gathered from patient, shelf and visit, then asked."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings

from patients.models import Patient as Person
from regimens.models import OrderStep
from regimens.rules import chair_time
from regimens.rules.safety.book import Book
from regimens.rules.safety.case import Case, Line, Patient, Site
from regimens.rules.safety.engine import judge as ask
from regimens.rules.safety.rows import BadRow
from regimens.rules.safety.verdicts import Answer, Finding, Severity, answer_of
from regimens.selectors.findings import left_of
from regimens.selectors.orders import run_of
from regimens.selectors.rule_book import rule_book
from regimens.states import CheckMoment, OrderState
from visits.models import Administration, Visit
from visits.selectors import safety_facts
from visits.states import Given, VisitKind

NO_CONSENT = Finding(
    "missing:guardian_consent",
    Severity.BLOCK,
    None,
    "Nobody has written down the guardian's consent of today.",
    fix="Ask the parent or guardian, and note it under the questions.",
    asks="guardian_consent",
)


@dataclass(frozen=True)
class Proposed:
    """One drug about to be ordered or started. `drug`: its code; `dose` in `unit`, never per kg.

    `product`: what the product in hand is said to hold; None while none is picked.
    """

    drug: str
    dose: Decimal
    unit: str
    method: str
    minutes: int
    volume_ml: Decimal | None
    at: datetime
    indication: str = "headache"
    product: frozenset[str] | None = None


@dataclass(frozen=True)
class Bench:
    """One patient at one visit with everything the rules want to know, gathered once, asked many times."""

    book: Book
    patient: Patient
    site: Site
    visit_type: str
    beside: tuple[Line, ...]
    consented: bool
    zone: ZoneInfo
    at: datetime

    def case(self, proposed: Sequence[Proposed], moment: str) -> Case:
        """`beside`, what else is ordered at the visit, counts unless something is about to start."""
        lines = [_line(one, self.book, self.zone) for one in proposed]
        beside = () if moment == CheckMoment.START else self.beside
        at = _written(self.at, self.zone)
        return Case(moment, self.visit_type, at, self.patient, (*lines, *beside), self.site)

    def judge(self, proposed: Sequence[Proposed], moment: str, *, only: str | None = None) -> Answer:
        """What the rules say of these drugs or of the visit; of others alone it is not repeated.

        `only`: what they say of this one of the proposed.
        """
        ours = {only} if only else {one.drug for one in proposed}
        found = list(ask(self.case(proposed, moment), self.book, only=only).findings)
        if moment == CheckMoment.START and not self.consented:
            found.append(NO_CONSENT)
        return answer_of(finding for finding in found if _concerns(finding, ours))


def bench(*, patient: Person, visit: Visit | None, at: datetime, besides: Iterable[int] = ()) -> Bench:
    """Gather the facts. `besides`: orders (pk) that are judged themselves and so do not stand beside.

    Without a visit, the facts of the day (driver, vitals, IV, staff) are not known.
    """
    book = rule_book()
    zone = visit.site.zoneinfo if visit else ZoneInfo(settings.TIME_ZONE)
    return Bench(
        book=book,
        patient=safety_facts.patient_facts(patient, visit=visit, book=book, zone=zone, at=at),
        site=safety_facts.site_facts(visit.site, visit=visit, at=at) if visit else Site(),
        visit_type="scheduled" if visit and visit.kind == VisitKind.SCHEDULED else "rescue",
        beside=tuple(_beside(visit, book, zone, frozenset(besides))) if visit else (),
        consented=safety_facts.guardian_consented(patient, zone=zone, at=at),
        zone=zone,
        at=at,
    )


def proposed_of(steps: Sequence[OrderStep], at: datetime, done: Collection[int] = ()) -> list[Proposed]:
    """The steps of an order, each when it would start if the first one started at `at`.

    `done`: steps (pk) that are over, so that nothing waits for them any more.
    """
    over = {step.position for step in steps if step.pk in done}
    spans = chair_time.run_times(chair_time.without(map(run_of, steps), over))
    left = [step for step in steps if step.position not in over]
    return [proposed(step, at + timedelta(minutes=spans[step.position].start)) for step in left]


def proposed(
    step: OrderStep,
    at: datetime,
    product: frozenset[str] | None = None,
) -> Proposed:
    """One step as it is given at `at`, from the product in hand if one is picked."""
    return Proposed(
        drug=step.drug.code,
        dose=step.dose,
        unit=step.unit,
        method=step.method,
        minutes=step.minutes,
        volume_ml=step.volume_ml,
        at=at,
        indication=step.indication,
        product=product,
    )


def before_start(line: Administration, *, at: datetime) -> list[Finding]:
    """What stands in the way of starting this line now, for the form that is opened. Writes nothing.

    A book that cannot be read is said by the check that a start asks for.
    """
    try:
        asked = bench(patient=line.visit.patient, visit=line.visit, at=at)
    except BadRow:
        return []
    found = asked.judge([proposed(line.step, at)], CheckMoment.START).findings
    return left_of(found, line.step.order_id)


def _beside(visit: Visit, book: Book, zone: ZoneInfo, besides: frozenset[int]) -> Iterable[Line]:
    """What waits at this visit under other orders, drafts too: it will meet what is proposed."""
    rows = (
        Administration.objects.filter(visit=visit, state=Given.ORDERED)
        .filter(step__order__state__in=[OrderState.DRAFT, OrderState.SIGNED])
        .exclude(step__order__in=besides)
        .select_related("drug", "step")
        .order_by("position", "pk")
    )
    for row in rows:
        if row.drug.code in book.drugs:
            yield Line(
                drug=row.drug.code,
                dose=row.dose,
                method=row.method,
                at=_written(row.scheduled_at or visit.starts_at, zone),
                minutes=Decimal(row.minutes),
                volume_ml=row.volume_ml,
                indication=row.step.indication,
            )


def _line(one: Proposed, book: Book, zone: ZoneInfo) -> Line:
    held = one.product or frozenset()
    return Line(
        drug=one.drug,
        dose=one.dose,
        method=one.method,
        at=_written(one.at, zone),
        minutes=Decimal(one.minutes),
        volume_ml=one.volume_ml,
        indication=one.indication,
        allergens=None if one.product is None else held & book.allergy_groups.keys(),
        contains=held - book.allergy_groups.keys(),
    )


def _concerns(finding: Finding, ours: set[str]) -> bool:
    said_of_visit = finding.drug is None and not finding.about
    return said_of_visit or any(finding.concerns(drug) for drug in ours)


def _written(moment: datetime, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(moment.astimezone(zone).isoformat())
