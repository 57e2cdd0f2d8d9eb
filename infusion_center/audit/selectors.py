"""Who saw or changed this patient, when: reads and row history on one line of time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pghistory.models
from django.contrib.auth import get_user_model
from django.db.models import Q

from infusion_center.audit.models import ChartRead


@dataclass(frozen=True)
class Line:
    at: datetime
    person: str
    what: str
    where: str
    changes: list[tuple[str, str, str]]


def life_of(*, patient_key: UUID, tracked: Iterable[Any], limit: int = 200) -> list[Line]:
    """The newest `limit` reads and changes. `tracked` are the patient's own rows, of every app."""
    people = dict(get_user_model().objects.values_list("pk", "username"))
    lines = _reads(patient_key, limit) + _changes(tracked, people, limit)
    return sorted(lines, key=lambda line: line.at, reverse=True)[:limit]


def _reads(patient_key: UUID, limit: int) -> list[Line]:
    reads = (
        ChartRead.objects.filter(patient_key=patient_key)
        .select_related("person")
        .order_by("-at", "-pk")[:limit]
    )
    return [Line(r.at, r.person.username, "opened", r.page, []) for r in reads]


def _changes(tracked: Iterable[Any], people: dict[int, str], limit: int) -> list[Line]:
    events = pghistory.models.Events.objects.tracks(*tracked).order_by("-pgh_created_at")[:limit]
    return [_line(event, people) for event in events]


def _line(event: Any, people: dict[int, str]) -> Line:
    context = event.pgh_context or {}
    person = people.get(context.get("user", 0), "the system")
    diff = [(name, _shown(old), _shown(new)) for name, (old, new) in (event.pgh_diff or {}).items()]
    return Line(event.pgh_created_at, person, context.get("verb", event.pgh_label), event.pgh_obj_model, diff)


def _shown(value: object) -> str:
    return "–" if value in (None, "") else str(value)


def changes_of_staff(limit: int = 100) -> list[Line]:
    """Every change of a person's roles: before, after, who (requirements 57)."""
    people = dict(get_user_model().objects.values_list("pk", "username"))
    events = pghistory.models.Events.objects.filter(Q(pgh_obj_model="accounts.User")).order_by(
        "-pgh_created_at"
    )[:limit]
    return [_line(event, people) for event in events]
