"""Standing orders in force, and whom they fit."""

from collections.abc import Sequence
from datetime import date

from django.db.models import Q, QuerySet

from infusion_center.accounts.models import User
from infusion_center.shared.clock import age_on
from patients.models import Patient
from regimens.models import Protocol, Regimen
from regimens.rules.safety.verdicts import Finding, Severity
from regimens.states import MostSevere


def in_force(day: date) -> QuerySet[Protocol]:
    """By regimen. One query."""
    rows = Protocol.objects.filter(ended_at=None, active_from__lte=day, regimen__active=True)
    rows = rows.filter(Q(active_to=None) | Q(active_to__gte=day))
    return rows.select_related("regimen", "version", "approved_by").order_by("regimen__name", "pk")


def startable(*, patient: Patient, day: date, by: User) -> list[Protocol]:
    """What this person may start for this patient on the day, by the limits alone. One query."""
    return [row for row in in_force(day) if not why_not(row, patient=patient, day=day, by=by)]


def why_not(protocol: Protocol, *, patient: Patient, day: date, by: User) -> str:
    """What of the limits does not hold, in words; empty: all of them do."""
    name, age = protocol.regimen.name, age_on(patient.birth_date, day)
    if protocol.may_start not in by.roles:
        return f"A {protocol.get_may_start_display().lower()} starts the standing order {name}."
    if protocol.ended_at is not None or day < protocol.active_from or _over(protocol, day):
        return f"The standing order {name} is not in force today."
    if protocol.min_age is not None and age < protocol.min_age:
        return f"The standing order {name} is for patients of {protocol.min_age} years and older."
    if protocol.max_age is not None and age > protocol.max_age:
        return f"The standing order {name} is for patients of up to {protocol.max_age} years."
    return ""


def above(protocol: Protocol, found: Sequence[Finding]) -> list[Finding]:
    """What the standing order may not start with: what needs a provider; a warning unless allowed."""
    passed = {Severity.INFO} | ({Severity.WARN} if protocol.most_severe == MostSevere.WARN else set())
    return [finding for finding in found if finding.severity not in passed]


def of_regimen(regimen: Regimen) -> Protocol | None:
    """The one that was not ended."""
    rows = Protocol.objects.filter(regimen=regimen, ended_at=None)
    return rows.select_related("version", "approved_by").first()


def _over(protocol: Protocol, day: date) -> bool:
    return protocol.active_to is not None and day > protocol.active_to
