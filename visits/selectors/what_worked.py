"""What this patient has had before and how it went, and what of the rolling limits is left.

The limits are counted over the doses the rules are asked about (`safety_facts`), by the rules' own code.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from infusion_center.shared import clock
from patients.models import Patient as Person
from patients.selectors import card
from regimens.models import Order, RegimenStep
from regimens.rules.safety import rolling
from regimens.rules.safety.book import Book
from regimens.rules.safety.case import Patient
from regimens.rules.safety.rolling import Used, Wait
from regimens.rules.safety.rows import BadRow
from regimens.selectors.rule_book import rule_book
from regimens.states import OrderState
from visits.models import Administration, Score, Visit
from visits.rules import responses, scores
from visits.rules.responses import Response
from visits.selectors import chart, safety_facts
from visits.selectors import reactions as reacting
from visits.states import FINISHED, Status

TRIPTAN_RULE = "dhe_triptan_24h"
TRIPTAN = "triptan"
ALWAYS = frozenset({"ketorolac", "dihydroergotamine", "steroids", rolling.VISITS})
REACTION_TAGS = ("prior_dystonia_or_akathisia", "life_threatening_reaction_to_drug")
NOT_READ = "The rule book cannot be read: what is left of the limits is not known."


@dataclass(frozen=True)
class Triptan:
    """The last triptan and when dihydroergotamine is free of it again. `taken_at` None: nobody knows when.

    `names` empty: none on the list of home medications.
    """

    names: Sequence[str]
    taken_at: datetime | None
    free_at: datetime | None
    is_free: bool


@dataclass(frozen=True)
class WhatWorked:
    """`limits`: what is used of, and the ones always shown, the fullest first; `untouched` are the others.

    `triptan` None: nobody asked about home medications, or the book has no such rule (`triptan_rule`).
    `home_known` False: doses at home may be missing in every number.
    """

    agents: Sequence[Response]
    regimens: Sequence[Response]
    reactions: Sequence[str]
    limits: Sequence[Used]
    untouched: Sequence[Used]
    waits: Sequence[Wait]
    triptan_rule: bool
    triptan: Triptan | None
    home_known: bool
    problem: str = ""

    @property
    def nothing_yet(self) -> bool:
        return not self.agents and not self.regimens


def what_worked(person: Person, *, visit: Visit | None, at: datetime) -> WhatWorked:
    """About 20 queries, whatever the length of the record. `visit`: the one that is composed for."""
    zone = visit.site.zoneinfo if visit else ZoneInfo(settings.TIME_ZONE)
    reacted = reacting.of_person(person)
    agents, regimens = _with_reactions(_agents(person), reacted), _regimens(person)
    reactions = [*map(_worded, reacted), *_reactions(person, reacted)]
    try:
        book = rule_book()
        facts = safety_facts.patient_facts(person, visit=visit, book=book, zone=zone, at=at)
    except BadRow:
        return WhatWorked(agents, regimens, reactions, (), (), (), False, None, True, problem=NOT_READ)
    now = clock.local(at, str(zone))
    found = rolling.used_up(facts, book, _usual() | {dose.drug for dose in facts.given}, at=now)
    shown = [one for one in found if one.used or one.subject in ALWAYS]
    return WhatWorked(
        agents=agents,
        regimens=regimens,
        reactions=reactions,
        limits=shown,
        untouched=[one for one in found if one not in shown],
        waits=rolling.waits(facts, book, at=now),
        triptan_rule=_window(book) is not None,
        triptan=_triptan(facts, book, now),
        home_known=facts.home_medications is not None,
    )


# --- Effects ------------------------------------------------------------------------------------------


def _agents(person: Person) -> list[Response]:
    """Every agent this person has had to the end, in all visits. Two queries."""
    rows: dict[int, list[Administration]] = {}
    went_in = Administration.objects.filter(
        visit__patient__in=card.records_of(person), state__in=safety_facts.WENT_IN, started_at__isnull=False
    )
    for row in went_in.select_related("drug").order_by("started_at", "pk"):
        rows.setdefault(row.visit_id, []).append(row)
    taken = Score.objects.filter(visit__in=list(rows), administration__isnull=False)
    readings: dict[int, list[Score]] = {}
    for score in taken.order_by("scored_at", "pk"):
        readings.setdefault(score.visit_id, []).append(score)
    found: dict[str, list[scores.Effect]] = {}
    for visit, given in rows.items():
        runs, said = [chart.run_of(row) for row in given], chart.readings_of(readings.get(visit, []))
        effects = scores.effects(runs, said)
        for row in given:
            if chart.is_agent(row) and row.state in FINISHED:
                found.setdefault(row.drug.name, []).append(effects[row.pk])
    return responses.ranked(found)


def _regimens(person: Person) -> list[Response]:
    """By the pain on arrival and on leaving; a visit of several regimens is not attributable. One query."""
    rows = Order.objects.filter(
        patient__in=card.records_of(person), state=OrderState.COMPLETED, visits__status=Status.DONE
    ).values_list("visits", "regimen__name", "visits__outcome__pain_before", "visits__outcome__pain_after")
    given: dict[int, set[str]] = {}
    pain: dict[int, tuple[int | None, int | None]] = {}
    for visit, name, before, after in rows:
        given.setdefault(visit, set()).add(name or "")
        pain[visit] = (before, after)
    found: dict[str, list[scores.Effect]] = {}
    for visit, names in given.items():
        for name in names - {""}:
            found.setdefault(name, []).append(scores.Effect(*pain[visit], alone=len(names) == 1))
    return responses.ranked(found)


def _with_reactions(agents: Iterable[Response], reacted: Iterable[reacting.Shown]) -> list[Response]:
    grades: dict[str, list[int]] = {}
    for one in reacted:
        if one.row.administration is not None:
            grades.setdefault(one.row.administration.drug.name, []).append(one.row.grade)
    return [replace(agent, grades=grades.get(agent.name, [])) for agent in agents]


def _worded(one: reacting.Shown) -> str:
    """`Akathisia after prochlorperazine, moderate, 12 Nov 2026`."""
    row = one.row
    drug = f" after {row.administration.drug.name}" if row.administration else ""
    day = row.visit.site.day_of(row.began_at)
    return f"{one.said}{drug}, {row.get_grade_display().lower()}, {day:%d %b %Y}"


def _reactions(person: Person, reacted: Sequence[reacting.Shown]) -> list[str]:
    """What else the person's lists hold of earlier reactions to drugs, as it was written. Two queries."""
    known = {
        "condition": {one.row.condition_id for one in reacted},
        "allergy": {one.row.allergy_id for one in reacted},
    }
    conditions = [row for row in card.facts(person, "conditions").active if row.tag in REACTION_TAGS]
    allergies = [row for row in card.facts(person, "allergies").active if row.reaction]
    return [
        *(row.text for row in conditions if row.pk not in known["condition"]),
        *(f"{row.text}: {row.reaction}" for row in allergies if row.pk not in known["allergy"]),
    ]


# --- Limits -------------------------------------------------------------------------------------------


def _usual() -> set[str]:
    """The drugs of the regimens in use. One query."""
    steps = RegimenStep.objects.filter(regimen__active=True)
    return set(steps.values_list("drug__code", flat=True).distinct())


def _window(book: Book) -> timedelta | None:
    rule = next((rule for rule in book.rules if rule.id == TRIPTAN_RULE), None)
    if rule is None or rule.row.window_hours is None:
        return None
    return timedelta(hours=float(rule.row.window_hours))


def _triptan(facts: Patient, book: Book, now: datetime) -> Triptan | None:
    """An entry whose time nobody knows hides what the others say: then it is not known."""
    window, entries = _window(book), facts.home_medications
    if window is None or entries is None:
        return None
    ours = [entry for entry in entries if TRIPTAN in entry.groups]
    names = sorted({entry.name for entry in ours})
    times = [entry.last_taken_at for entry in ours]
    taken = None if None in times else max(_known(times), default=None)
    free = taken + window if taken else None
    return Triptan(names, taken, free, is_free=not names or (free is not None and free <= now))


def _known(times: Iterable[datetime | None]) -> list[datetime]:
    return [one for one in times if one is not None]
