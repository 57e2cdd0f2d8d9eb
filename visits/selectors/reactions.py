"""Reactions and emergency doses as the screens show them, and the center's card for a kind of reaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import JSONObject

from infusion_center.places.models import Site
from infusion_center.shared import clock
from patients.models import Patient
from patients.selectors import card as patient_card
from regimens.models import Drug
from visits.models import Administration, EmergencyDose, Reaction, ReactionStep, Visit
from visits.rules import emergency_doses
from visits.selectors.facts import person_of
from visits.states import Given, Grade, ReactionAction, ReactionKind, ReactionOutcome

ROW = ("drug", "amount", "unit", "route", "given_at")


@dataclass(frozen=True)
class Shown:
    """One reaction in the chart. `minutes_after`: its onset, whole minutes after the drug was started."""

    row: Reaction

    @property
    def said(self) -> str:
        return said_of(self.row)

    @property
    def minutes_after(self) -> int | None:
        line = self.row.administration
        return minutes_after(line.started_at if line else None, self.row.began_at)

    @property
    def open(self) -> bool:
        return self.row.outcome == ReactionOutcome.ONGOING

    @property
    def severe(self) -> bool:
        return self.row.grade >= Grade.SEVERE

    @property
    def words(self) -> str:
        """`Moderate akathisia, 12 min after prochlorperazine was started. Slowed.`, for a list."""
        line, after = self.row.administration, self.minutes_after
        drug = f"{after} min after {line.drug.name} was started" if line else "not clear after which drug"
        acts = self.done[:1].upper() + self.done[1:] if self.done else "Nothing done yet"
        more = f" ({self.row.words})" if self.row.words and self.row.kind != ReactionKind.OTHER else ""
        return f"{self.row.get_grade_display()} {self.said.lower()}{more}, {drug}. {acts}."

    @property
    def done(self) -> str:
        """`slowed, drug given: warm blanket`."""
        acts = ", ".join(ReactionAction(code).label.lower() for code in self.row.actions)
        return ": ".join(part for part in (acts, self.row.action_words) if part)


@dataclass(frozen=True)
class Dose:
    """One emergency dose. `minutes_ago` is whole; `taken_back`: the row that says it was not given."""

    drug: str
    amount: Decimal
    unit: str
    route: str
    given_at: datetime
    minutes_ago: int
    row: EmergencyDose | None = None
    taken_back: EmergencyDose | None = None


@dataclass(frozen=True)
class Open:
    """An ongoing reaction on a nurse's card."""

    kind: str
    said: str
    grade: str
    severe: bool
    drug: str
    minutes_after: int | None
    key: UUID


@dataclass(frozen=True)
class Step:
    """A line of the card. `amount` None beside a drug: nobody knows the weight. `key`: of one tap."""

    row: ReactionStep
    amount: Decimal | None
    key: UUID


@dataclass(frozen=True)
class Card:
    """What the center does about one kind of reaction, and what was given so far, the last dose first."""

    kind: ReactionKind
    steps: Sequence[Step]
    doses: Sequence[Dose]
    reaction: Reaction | None


def said_of(row: Reaction) -> str:
    return row.words if row.kind == ReactionKind.OTHER else row.get_kind_display()


def dose_said(row: EmergencyDose) -> str:
    """`epinephrine 0.3 mg IM`."""
    amount = (row.amount or Decimal()).normalize()
    return f"{row.drug} {amount:f} {row.unit} {row.get_route_display()}"


def minutes_after(started_at: datetime | None, began_at: datetime) -> int | None:
    """Whole minutes from the first drop to the onset. None: not clear which drug."""
    return None if started_at is None else (began_at - started_at) // timedelta(minutes=1)


def of_visit(visit: Visit) -> list[Shown]:
    """Every reaction of a visit in its order, those in error too. One query."""
    return [Shown(row) for row in _rows().filter(visit=visit)]


def of_person(patient: Patient) -> list[Shown]:
    """Those that stand, in all visits, the newest first. One query."""
    rows = _rows().filter(visit__patient__in=patient_card.records_of(patient), in_error_at=None)
    return [Shown(row) for row in rows.order_by("-began_at", "-pk")]


def unseen(site: Site) -> QuerySet[Reaction]:
    """Going on, and no provider has looked."""
    return (
        _rows()
        .filter(visit__site=site, outcome=ReactionOutcome.ONGOING, in_error_at=None, seen_at=None)
        .select_related("visit__chair")
    )


def reaction_by_key(visit: Visit, key: UUID) -> QuerySet[Reaction]:
    return _rows().filter(visit=visit, key=key)


def agents_of(visit: Visit) -> list[Administration]:
    """What has been started and may be what was not borne; the newest first."""
    rows = visit.administrations.filter(started_at__isnull=False).exclude(state=Given.ENTERED_IN_ERROR)
    return list(rows.select_related("drug").order_by("-started_at", "-pk"))


def grouped_under(drug: Drug) -> list[tuple[str, str]]:
    """(group of an allergy, its words): the drug itself, then the groups it belongs to."""
    groups = drug.row.get("allergy_groups") or []
    return [(drug.code, drug.name), *((group, group.replace("_", " ")) for group in groups)]


def doses_of(visit: Visit, *, at: datetime) -> list[Dose]:
    """The last one first, with those that were taken back. One query."""
    rows = visit.emergency_doses.filter(corrects=None).select_related(
        "given_by", "signed_by", "corrected_by__recorded_by"
    )
    return [
        Dose(
            row.drug,
            row.amount or Decimal(0),
            row.unit,
            row.get_route_display(),
            row.given_at,
            max(0, (at - row.given_at) // timedelta(minutes=1)),
            row=row,
            taken_back=getattr(row, "corrected_by", None),
        )
        for row in rows.order_by("-given_at", "-pk")
    ]


def unsigned(site: Site) -> dict[int, list[EmergencyDose]]:
    """Doses that no provider has signed off, by visit (pk), the first given first. One query."""
    rows = EmergencyDose.objects.filter(
        visit__site=site, signed_at=None, corrects=None, corrected_by=None
    ).select_related("given_by", "visit__patient", "visit__chair", "visit__site")
    written = Reaction.objects.filter(visit=OuterRef("visit"), kind=OuterRef("kind"), in_error_at=None)
    found: dict[int, list[EmergencyDose]] = {}
    for row in rows.annotate(written_down=Exists(written)).order_by("given_at", "pk"):
        found.setdefault(row.visit_id, []).append(row)
    return found


def card_of(visit: Visit, kind: str, *, at: datetime) -> Card:
    """Four queries."""
    person = person_of(visit)
    weight = patient_card.newest_weight(person, at)
    age = clock.age_on(person.birth_date, visit.site.day_of(at))
    about = {"age_years": age, "weight_kg": weight.value if weight else None}
    ongoing = _rows().filter(visit=visit, kind=kind, outcome=ReactionOutcome.ONGOING, in_error_at=None)
    return Card(
        kind=ReactionKind(kind),
        steps=[
            Step(row, _amount(row, about), uuid4())
            for row in ReactionStep.objects.filter(kind=kind).order_by("position")
        ],
        doses=[dose for dose in doses_of(visit, at=at) if dose.taken_back is None],
        reaction=ongoing.last(),
    )


def _amount(row: ReactionStep, about: dict[str, Any]) -> Decimal | None:
    if row.amount is None:
        return None
    return emergency_doses.proposed(amount=row.amount, per_kg=row.per_kg, below_kg=row.below_kg, **about)


def _rows() -> QuerySet[Reaction]:
    people = ("recorded_by", "settled_by", "seen_by", "confirmed_by", "in_error_by")
    related = ("visit__site", "visit__patient", "administration__drug", *people)
    return Reaction.objects.select_related(*related).order_by("began_at", "pk")


# --- Inside the one query of the nurse's cards --------------------------------------------------------


def ongoing_as_json() -> QuerySet[Any]:
    """Of the visit of the outer query, the worst first."""
    rows = Reaction.objects.filter(
        visit=OuterRef("pk"), outcome=ReactionOutcome.ONGOING, in_error_at=None
    ).order_by("-grade", "began_at", "pk")
    columns = {name: name for name in ("kind", "words", "grade", "key", "began_at")}
    line = {"drug": "administration__drug__name", "started_at": "administration__started_at"}
    return rows.values(data=JSONObject(**columns, **line))


def doses_as_json() -> QuerySet[Any]:
    """Of the visit of the outer query: the last dose of each drug that stands."""
    rows = EmergencyDose.objects.filter(visit=OuterRef("pk"), corrects=None, corrected_by=None)
    newest = rows.order_by("drug", "-given_at", "-pk").distinct("drug")
    return newest.values(data=JSONObject(**{name: name for name in ROW}))


def opened_from(rows: Iterable[dict[str, Any]]) -> list[Open]:
    return [
        Open(
            kind=row["kind"],
            said=row["words"] if row["kind"] == ReactionKind.OTHER else ReactionKind(row["kind"]).label,
            grade=Grade(row["grade"]).label,
            severe=row["grade"] >= Grade.SEVERE,
            drug=row["drug"] or "",
            minutes_after=minutes_after(_moment(row["started_at"]), datetime.fromisoformat(row["began_at"])),
            key=UUID(row["key"]),
        )
        for row in rows
    ]


def last_doses(rows: Iterable[dict[str, Any]], *, at: datetime) -> list[Dose]:
    """The newest first."""
    found = [
        Dose(
            row["drug"],
            Decimal(str(row["amount"])),
            row["unit"],
            EmergencyDose(route=row["route"]).get_route_display(),
            datetime.fromisoformat(row["given_at"]),
            max(0, (at - datetime.fromisoformat(row["given_at"])) // timedelta(minutes=1)),
        )
        for row in rows
    ]
    return sorted(found, key=lambda dose: dose.minutes_ago)


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
