"""The due list: whose dose comes next, in which window, how far the booking is, and how to reach them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import DateField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery

from infusion_center.places.models import Site
from patients.models import Patient, Phone
from patients.selectors.card import records_of, with_same_name
from regimens.models import Order, RegimenStep
from regimens.states import OrderState
from visits.models import Occurrence, Series
from visits.rules.series import Standing, Window
from visits.selectors.series import NEEDED, Dose, last_doses, person_of, window_of
from visits.states import STILL_TO_COME, OccurrenceState

WEEKS = (2, 4, 8, 13, 26)
USUAL_WEEKS = 4
OPENS_ON = ExpressionWrapper(F("due_on") - F("series__early_days"), output_field=DateField())
OFFERED_FOR = timedelta(days=120)  # after the signature; who has not come back by then is asked at the next


@dataclass(frozen=True)
class Permission:
    """What the payer allows for this dose. Not known is said, never left blank as if all were fine."""

    words: str = "not known yet"
    known: bool = False


@dataclass(frozen=True)
class Line:
    """One dose to come. `outside`: it is booked on a day that its window does not hold."""

    occurrence: Occurrence
    person: Patient
    window: Window
    standing: Standing
    outside: bool
    last: Dose | None
    phones: Sequence[Phone]
    permission: Permission

    @property
    def look(self) -> str:
        """The one word for how it stands, as badges spell it."""
        if self.outside:
            return "outside"
        if self.occurrence.state == OccurrenceState.CONFIRMED:
            return "booked"
        if self.standing in ("late", "missed"):
            return "overdue"
        return "no_answer" if self.occurrence.tried_at else "proposed"


@dataclass(frozen=True)
class DueList:
    """`lines`: overdue first, as they are due. `offers`: orders that could begin a series."""

    day: date
    weeks: int
    lines: list[Line]
    offers: list[Order]

    @property
    def overdue(self) -> int:
        return sum(line.look == "overdue" for line in self.lines)

    @property
    def outside(self) -> int:
        return sum(line.outside for line in self.lines)


def due_list(*, site: Site, at: datetime, weeks: int = USUAL_WEEKS) -> DueList:
    """Doses due within these weeks, and booked ones outside their window whenever they are. Seven queries."""
    today = site.day_of(at)
    until = today + timedelta(weeks=weeks)
    rows = _running(Occurrence.objects.filter(series__site=site, state__in=STILL_TO_COME))
    soon = rows.annotate(opens_on=OPENS_ON).filter(
        Q(opens_on__lte=until) | Q(state=OccurrenceState.CONFIRMED)
    )
    lines = _lines(_next_and_booked(soon), today)
    shown = [line for line in lines if line.outside or line.window.opens <= until]
    return DueList(today, weeks, sorted(shown, key=_order), list(_offers(site, at)))


def line_of(one: Occurrence, *, at: datetime) -> Line:
    """One dose as the list shows it."""
    return _lines([one], one.series.site.day_of(at))[0]


@dataclass(frozen=True)
class SeriesCard:
    """One series on the patient's page: what was, what is to come."""

    series: Series
    to_come: list[Line]
    past: list[Occurrence]
    last: Dose | None


def series_of(patient: Patient, *, at: datetime) -> list[SeriesCard]:
    """The person's series, running ones first."""
    mine = Series.objects.filter(patient__in=records_of(patient))
    rows = Occurrence.objects.filter(series__in=mine).select_related(*NEEDED, "series__started_by")
    by_series: dict[Series, list[Occurrence]] = {}
    for one in rows.prefetch_related(*_PHONES).order_by("-series__started_on", "-series", "number"):
        by_series.setdefault(one.series, []).append(one)
    last = last_doses([patient], {series.drug_id for series in by_series})
    cards = [
        _card(series, doses, last.get((patient.pk, series.drug_id)), at)
        for series, doses in by_series.items()
    ]
    return sorted(cards, key=lambda card: card.series.ended_on is not None)


def offers_for(patient: Patient, *, at: datetime) -> list[Order]:
    """Orders of this person that could begin a series and have none."""
    return list(_may_begin(Order.objects.filter(patient__in=records_of(patient)), at))


_PHONES = ("series__patient__phones", "series__patient__merged_into__phones")


def _running(rows: QuerySet[Occurrence]) -> QuerySet[Occurrence]:
    """Of series that run, of people who live."""
    alive = rows.filter(series__ended_on=None, series__patient__died_on=None)
    return alive.select_related(*NEEDED).prefetch_related(*_PHONES).order_by("series", "number")


def _next_and_booked(rows: Iterable[Occurrence]) -> list[Occurrence]:
    """Of each series the next dose, and all that are booked."""
    seen: set[int] = set()
    kept = []
    for one in rows:
        if one.series_id not in seen or one.state == OccurrenceState.CONFIRMED:
            kept.append(one)
        seen.add(one.series_id)
    return kept


def _lines(rows: Sequence[Occurrence], today: date) -> list[Line]:
    people = [person_of(one.series) for one in rows]
    with_same_name(people)
    last = last_doses(people, {one.series.drug_id for one in rows}) if rows else {}
    return [
        _line(one, person, last.get((person.pk, one.series.drug_id)), today)
        for one, person in zip(rows, people, strict=True)
    ]


def _line(one: Occurrence, person: Patient, last: Dose | None, today: date) -> Line:
    window = window_of(one)
    outside = one.visit is not None and not window.holds(one.visit.day)
    return Line(
        occurrence=one,
        person=person,
        window=window,
        standing=window.standing(today),
        outside=outside,
        last=last,
        phones=list(person.phones.all()),
        permission=permission_of(one),
    )


def permission_of(one: Occurrence) -> Permission:
    """The authorization window of this dose. Nothing keeps authorizations yet, so nobody knows."""
    return Permission()


def _order(line: Line) -> tuple[int, date, str, int]:
    """Overdue first, then what no longer fits, then as it is due."""
    place = {"overdue": 0, "outside": 1}.get(line.look, 2)
    return (place, line.window.due, line.person.family_name, line.occurrence.pk)


def _card(series: Series, doses: Sequence[Occurrence], last: Dose | None, at: datetime) -> SeriesCard:
    today = series.site.day_of(at)
    waiting = [one for one in doses if one.state in STILL_TO_COME]
    return SeriesCard(
        series=series,
        to_come=[_line(one, person_of(series), last, today) for one in waiting],
        past=[one for one in doses if one not in waiting],
        last=last,
    )


def _offers(site: Site, at: datetime) -> QuerySet[Order]:
    """Orders given or planned here, or not planned anywhere yet."""
    here = Q(visit_order__visit__site=site) | Q(visit_order=None)
    return _may_begin(Order.objects.filter(here, patient__died_on=None), at)


def _may_begin(orders: QuerySet[Order], at: datetime) -> QuerySet[Order]:
    """Signed lately, of a regimen that comes back, and no series of its drug runs or has ended since."""
    drugs = RegimenStep.objects.filter(regimen=OuterRef(OuterRef("regimen"))).values("drug")
    kept = Q(patient=OuterRef("patient")) | Q(patient=OuterRef("patient__merged_into"))
    since = Q(ended_on=None) | Q(ended_on__gte=OuterRef("signed_at__date"))
    there_is = Series.objects.filter(kept, since, drug__in=Subquery(drugs))
    rows = orders.filter(
        ~Exists(there_is),
        regimen__series_days__isnull=False,
        state__in=[OrderState.SIGNED, OrderState.COMPLETED],
        replaced_by=None,
        signed_at__gte=at - OFFERED_FOR,
    )
    return rows.select_related("patient__merged_into", "regimen").order_by("-signed_at", "-pk")
