"""The nurse's screen: one card per patient in a chair, and who waits for one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from infusion_center.accounts.models import User
from infusion_center.places.models import Site
from patients.models import Allergy, Result, ScreeningAnswer
from patients.selectors import card as patient_card
from patients.states import Life, Question
from regimens.models import Check, Clearance
from regimens.rules.safety.verdicts import Cleared, Severity, standing
from regimens.selectors.findings import finding_of
from regimens.states import OrderState
from visits.models import Administration, HandOver, Score, Visit, Vitals
from visits.rules import holding, scores
from visits.rules.due import Due
from visits.selectors import board, chart, facts, hand_over
from visits.selectors import reactions as reacting
from visits.states import Given, Status


@dataclass(frozen=True)
class Card:
    """One patient in a chair. `due` has the next act first; minutes are whole."""

    visit: Visit
    lines: Sequence[chart.Line]
    due: Sequence[Due]
    trail: Sequence[int]
    vitals: dict[str, Any] | None
    vitals_minutes: int | None
    needs_driver: bool
    results: Sequence[str]
    not_asked: Sequence[Question]
    stands: Sequence[str] = ()
    overrides: Sequence[chart.InSpiteOf] = ()
    reactions: Sequence[reacting.Open] = ()
    doses: Sequence[reacting.Dose] = ()
    handed: hand_over.Handed | None = None

    @property
    def running(self) -> list[chart.Line]:
        return [line for line in self.lines if line.open]

    @property
    def mixed(self) -> list[chart.Line]:
        """What stands ready and has not begun."""
        return [line for line in self.lines if line.mixture and line.row.state in (Given.ORDERED, Given.HELD)]

    @property
    def to_start(self) -> chart.Line | None:
        """The next line in the order that may start."""
        ordered = (line for line in self.lines if line.row.state == Given.ORDERED)
        return next((line for line in ordered if line.row.step.order.may_run), None)

    @property
    def pain_about(self) -> str:
        """What the next score most likely goes with, as the form spells it."""
        asked = next((due for due in self.due if due.act == "pain"), None)
        if asked is None:
            return "discharge"
        return f"after:{asked.line}" if asked.line else "baseline"

    @property
    def next(self) -> Due:
        return self.due[0]


@dataclass(frozen=True)
class MyChairs:
    """`cards` are the nurse's own and nobody's, or all; `waiting` have arrived and sit in no chair yet.

    `away`: what the nurse gave to others for a break.
    """

    cards: Sequence[Card]
    waiting: Sequence[Visit]
    others: int
    away: Sequence[HandOver]

    @property
    def dim(self) -> bool:
        """One of these chairs stands in a dim room: a bright screen would hurt."""
        return any(card.visit.chair is not None and card.visit.chair.dim for card in self.cards)


def tag(*, site: Site, day: date, at: datetime) -> str:
    """Changes with every verb of the day, and each minute, because the cards count minutes. One query."""
    return f"{board.current_tag(site=site, day=day, at=at)}-{_minute(at)}"


def unchanged(shown: str, *, at: datetime) -> bool:
    """True if a screen with this tag is up to date. One query at most."""
    of_board, _, minute = shown.rpartition("-")
    return minute == str(_minute(at)) and board.unchanged(of_board, at=at)


def _minute(at: datetime) -> int:
    return int(at.timestamp()) // 60


def my_chairs(*, site: Site, day: date, nurse: User, everybody: bool, at: datetime) -> MyChairs:
    """Today's patients in chairs, chair by chair, and those who wait, longest first. Six queries."""
    visits = list(_visits().filter(site=site, day__range=(day - timedelta(days=1), day)))
    patient_card.with_same_name([visit.patient for visit in visits])
    seated = [visit for visit in visits if visit.status == Status.IN_CHAIR]
    shown = [visit for visit in seated if everybody or visit.nurse_id in (nurse.pk, None)]
    lines = _lines(shown)
    waiting = [visit for visit in visits if visit.status == Status.ARRIVED and visit.day == day]
    return MyChairs(
        cards=[_card(visit, lines.get(visit.pk, []), at) for visit in sorted(shown, key=_by_chair)],
        waiting=sorted(waiting, key=lambda visit: visit.arrived_at or at),
        others=len(seated) - len(shown),
        away=list(hand_over.away(nurse=nurse, site_pk=site.pk)),
    )


def card_of(visit: Visit, *, at: datetime) -> Card:
    """One card, as it stands after an act."""
    fresh = _visits().get(pk=visit.pk)
    patient_card.with_same_name([fresh.patient])
    return _card(fresh, _lines([fresh]).get(fresh.pk, []), at)


def _visits() -> QuerySet[Visit]:
    """In a chair or waiting for one, with scores, newest vitals and allergies in the same query."""
    taken = Score.objects.filter(visit=OuterRef("pk")).exclude(administration__state=Given.ENTERED_IN_ERROR)
    vitals = Vitals.objects.filter(visit=OuterRef("pk")).order_by("-taken_at", "-pk")
    theirs = facts.theirs()
    results = Result.objects.filter(theirs, in_error_at=None, kind__in=facts.ON_THE_CARD)
    asked = ScreeningAnswer.objects.filter(
        theirs, asked_at__gte=OuterRef("planned__startswith") - facts.ASKED_FOR_THIS_VISIT
    )
    allergies = Allergy.objects.filter(theirs, state=Life.ACTIVE).order_by("text", "pk")
    return (
        chart.visits()
        .filter(status__in=[Status.IN_CHAIR, Status.ARRIVED])
        .annotate(
            taken=ArraySubquery(
                taken.order_by("scored_at", "pk").values(
                    data=JSONObject(
                        pain="pain", moment="moment", line="administration_id", at="scored_at", rass="rass"
                    )
                )
            ),
            newest_vitals=Subquery(
                vitals.values(data=JSONObject(at="taken_at", **{name: F(name) for name in chart.NUMBERS}))[:1]
            ),
            measured=JSONObject(**{name: _last(vitals, name) for name in chart.NUMBERS}),
            told=ArraySubquery(
                _checks().values(data=JSONObject(order="order_id", findings="findings", problem="problem"))
            ),
            cleared=ArraySubquery(
                _clearances().values(
                    data=JSONObject(
                        order="order_id", rule="rule", drug="drug", severity="severity", involves="involves"
                    )
                )
            ),
            allergy_words=ArraySubquery(allergies.values("text")),
            newest_results=ArraySubquery(
                results.order_by("kind", "-taken_at", "-pk")
                .distinct("kind")
                .values(data=JSONObject(kind="kind", number="number", outcome="outcome", at="taken_at"))
            ),
            asked=ArraySubquery(asked.values("question").distinct()),
            reasons=ArraySubquery(_reasons()),
            handed=Subquery(hand_over.unread_as_json()),
            reacting=ArraySubquery(reacting.ongoing_as_json()),
            emergency=ArraySubquery(reacting.doses_as_json()),
        )
    )


def _last(vitals: QuerySet[Vitals], name: str) -> Subquery:
    """One sign may have been left out of the newest row."""
    return Subquery(vitals.exclude(**{name: None}).values(name)[:1])


def _reasons() -> QuerySet[Any]:
    """Why something is given in spite of a rule; a withdrawn order's are of no interest any more."""
    rows = Clearance.objects.filter(order__visits=OuterRef("pk"), severity=Severity.OVERRIDE_REASON)
    names = {part: f"cleared_by__{part}" for part in ("first_name", "last_name", "username", "credentials")}
    return (
        rows.exclude(order__state=OrderState.WITHDRAWN)
        .order_by("cleared_at", "pk")
        .values(data=JSONObject(order="order_id", drug="drug", message="message", reason="reason", **names))
    )


def _in_spite_of(row: dict[str, Any]) -> chart.InSpiteOf:
    by = User(**{part: row[part] for part in ("first_name", "last_name", "username", "credentials")})
    return chart.InSpiteOf(row["order"], row["drug"], row["message"], row["reason"], by.name)


def _lines(visits: Iterable[Visit]) -> dict[int, list[Administration]]:
    found: dict[int, list[Administration]] = {}
    rows = chart.administrations().filter(visit__in=[visit.pk for visit in visits])
    for row in rows.exclude(state=Given.ENTERED_IN_ERROR):
        found.setdefault(row.visit_id, []).append(row)
    return found


def _card(visit: Visit, rows: Sequence[Administration], at: datetime) -> Card:
    taken: list[dict[str, Any]] = visit.taken  # type: ignore[attr-defined]
    vitals: dict[str, Any] | None = visit.newest_vitals  # type: ignore[attr-defined]
    readings = [
        scores.Reading(one["line"], one["moment"], one["pain"], datetime.fromisoformat(one["at"]))
        for one in taken
        if one["line"]
    ]
    lines = chart.lines_of(rows, readings, at=at)
    vitals_at = datetime.fromisoformat(vitals["at"]) if vitals else None
    return Card(
        visit=visit,
        lines=lines,
        due=chart.due_of(
            lines,
            vitals_at=vitals_at,
            numbers=holding.newest([visit.measured, *({"rass": one["rass"]} for one in taken)]),  # type: ignore[attr-defined]
            baseline=any(one["moment"] == "baseline" for one in taken),
            at=at,
        ),
        trail=_trail(taken),
        vitals=vitals,
        vitals_minutes=chart.since(vitals_at, at),
        needs_driver=any(row.drug.driver_required for row in rows),
        results=facts.card_words(visit.newest_results),  # type: ignore[attr-defined]
        not_asked=facts.not_asked(visit, visit.asked),  # type: ignore[attr-defined]
        stands=_stands(visit, {row.step.order_id for row in rows if row.state == Given.ORDERED}),
        overrides=[_in_spite_of(row) for row in visit.reasons],  # type: ignore[attr-defined]
        reactions=reacting.opened_from(visit.reacting),  # type: ignore[attr-defined]
        doses=reacting.last_doses(visit.emergency, at=at),  # type: ignore[attr-defined]
        handed=hand_over.handed(visit.handed),  # type: ignore[attr-defined]
    )


def _stands(visit: Visit, waiting: set[int]) -> list[str]:
    """What the rules say of orders that still have something to give, and nobody has answered for."""
    told = [one for one in visit.told if one["order"] in waiting]  # type: ignore[attr-defined]
    done: dict[int, list[Cleared]] = {pk: [] for pk in waiting}
    for one in visit.cleared:  # type: ignore[attr-defined]
        if one["order"] in waiting:
            about = (one["rule"], one["drug"] or None, Severity(one["severity"]), frozenset(one["involves"]))
            done[one["order"]].append(Cleared(*about))
    left = [
        found
        for one in told
        for found in standing([finding_of(row) for row in one["findings"]], done[one["order"]])
    ]
    said = [one["problem"] for one in told if one["problem"]]
    worst_first = sorted(left, key=lambda found: -found.severity.weight)
    return list(dict.fromkeys([*said, *(found.message for found in worst_first)]))


def _checks() -> QuerySet[Check]:
    """The newest check of each signed order of a visit."""
    of_visit = Check.objects.filter(
        order__visit_order__visit=OuterRef("pk"), order__state=OrderState.SIGNED, step=None
    )
    return of_visit.order_by("order", "-checked_at", "-pk").distinct("order")


def _clearances() -> QuerySet[Clearance]:
    """What was answered for, of the orders as they are written now."""
    return Clearance.objects.filter(
        order__visit_order__visit=OuterRef("pk"), cleared_at__gte=F("order__written_at")
    )


def _trail(taken: Iterable[dict[str, Any]]) -> list[int]:
    """Pain over time; a score before an agent that repeats the one just taken is not said twice."""
    trail: list[int] = []
    for one in taken:
        if one["moment"] != "before" or not trail or trail[-1] != one["pain"]:
            trail.append(one["pain"])
    return trail


def _by_chair(visit: Visit) -> tuple[int, str]:
    return (visit.chair.position, visit.chair.name) if visit.chair else (9999, "")
