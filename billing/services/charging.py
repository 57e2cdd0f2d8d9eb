"""From a finished visit to a claim that may go: drafted, coded, held with named reasons, or ready.

A draft is made when the visit is done, and coded once its note is signed (design.md, States). Until it is on
its way a claim follows its chart. `draft_claims` is run as often as one likes; what has not changed costs no
write.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from billing.models import Claim, Hold
from billing.rules.claim_checks import WAITS_FOR_REFERENCE, Finding, may_be_cleared
from billing.rules.identifiers import check_diagnosis
from billing.selectors import chart as charts
from billing.selectors.chart import Chart
from billing.selectors.diagnoses import find_code
from billing.selectors.payer_rules import rules_of
from billing.selectors.sheet import Sheet, reckon
from billing.services import wire
from billing.services.coded import write_down
from billing.services.moves import CannotMove, move_claim, next_number
from billing.states import NOT_SENT_YET, ClaimState
from billing.x12.checks import problems_of
from infusion_center.accounts.models import User
from infusion_center.audit import history
from infusion_center.errors import Conflict, DomainError
from patients.models import Patient
from visits.models import Visit
from visits.states import Status

# Coded anew on request: not sent yet, or sent in a file that was refused as a whole.
OPEN = [*NOT_SENT_YET, ClaimState.FILE_REJECTED]
MOST_DIAGNOSES = 12


class DiagnosesRefused(DomainError):
    """More than a claim takes, or one of them twice."""


class NotClearable(DomainError):
    """Settled by the facts, not by a person's word."""


def draft_claims(*, at: datetime) -> int:
    """Draft a claim for every done visit without one, and code again what has changed. How many were coded.

    One claim that cannot be coded does not keep the others waiting: its trouble is raised at the end.
    """
    _draft_new(at=at)
    coded, trouble = 0, None
    for claim in _to_code():
        try:
            with suppress(Conflict):
                code_claim(claim=claim, by=None, at=at)
                coded += 1
        except Exception as broken:  # raised below, after the others
            trouble = broken
    if trouble is not None:
        raise trouble
    return coded


def _draft_new(*, at: datetime) -> None:
    done = Visit.objects.filter(status=Status.DONE, claim=None).select_related("site", "patient__merged_into")
    for visit in done.order_by("pk"):
        _draft(visit, at=at)


def _draft(visit: Visit, *, at: datetime) -> None:
    """One claim a visit, whoever sweeps at the same time: the visit's uniqueness decides."""
    number = next_number(Claim)
    row = Claim(
        pk=number,
        number=f"C{number:09d}",
        site=visit.site,
        visit=visit,
        patient=visit.patient.merged_into or visit.patient,
        service_on=visit.day,
        drafted_at=at,
    )
    with transaction.atomic(), history.verb("claim.drafted", by=None, at=at):
        Claim.objects.bulk_create([row], ignore_conflicts=True)


def _to_code() -> list[Claim]:
    """Not sent yet, and never coded, or changed since, or waiting for prices and payer rules."""
    waiting = Hold.objects.filter(cleared_at=None).values_list("claim", "code")
    for_reference = {claim for claim, code in waiting if code.partition(":")[0] in WAITS_FOR_REFERENCE}
    return [
        claim
        for claim in with_parts(Claim.objects.filter(state__in=NOT_SENT_YET)).order_by("pk")
        if _is_stale(claim) or claim.pk in for_reference
    ]


def _is_stale(claim: Claim) -> bool:
    """Changed since it was coded. A draft rests until its visit is done and signed."""
    if not _may_be_coded(claim.visit):
        return claim.state != ClaimState.DRAFT
    return claim.state == ClaimState.DRAFT or claim.chart_digest != current_digest(claim)


def with_parts(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    """With everything that coding, checking and writing read."""
    listed = claims.select_related(
        "site", "visit__site", "visit__patient__merged_into", "patient", "coverage__payer", "rendering"
    )
    lookups: list[Any] = [*charts.parts("visit__"), *charts.COVERAGES]
    return listed.prefetch_related(*lookups)


def current_digest(claim: Claim) -> str:
    return charts.digest(charts.chart_of(claim.visit), charts.coverages_of(claim.patient))


def code_claim(*, claim: Claim, by: User | None, at: datetime) -> Claim:
    """Code from the chart as it is now, price, check, and hold or make ready. No change, no write.

    Raises CannotMove for a claim that is on its way.
    """
    with _locked(claim, "claim.coded", by=by, at=at) as row:
        if not _may_be_coded(row.visit):
            return _wait_for_visit(row, at=at)
        chart = charts.chart_of(row.visit)
        row.patient = _same_or(row.patient, row.visit.patient.merged_into or row.visit.patient)
        row.coverage = charts.coverage_on(charts.coverages_of(row.patient), chart.service_on)
        row.rendering = row.rendering or _who_signed(chart)
        row.service_on = chart.service_on
        rules = rules_of(row.coverage.payer if row.coverage else None, day=chart.service_on)
        sheet = reckon(row, chart, coverage=row.coverage, rendering=row.rendering, rules=rules)
        row.total = sheet.total
        findings = _left_open(row, sheet, day=row.site.day_of(at))
        return write_down(row, sheet, findings, digest=current_digest(row), at=at)


def set_diagnoses(*, claim: Claim, codes: Sequence[str], by: User, at: datetime) -> Claim:
    """Principal first; each a billable code of the date of service. The claim is coded again.

    Raises BadDiagnosis, DiagnosesRefused, CannotMove.
    """
    with _locked(claim, "claim.diagnosed", by=by, at=at) as row:
        wire_form = [check_diagnosis(code, on=row.service_on, lookup=find_code) for code in codes]
        if len(wire_form) > MOST_DIAGNOSES:
            raise DiagnosesRefused(f"A claim takes {MOST_DIAGNOSES} diagnoses at most.", field="diagnosis")
        if len(set(wire_form)) < len(wire_form):
            raise DiagnosesRefused("This diagnosis is on the claim already.", field="diagnosis")
        row.diagnoses = wire_form
        row.save(update_fields=["diagnoses", "updated_at"])
        return code_claim(claim=row, by=by, at=at)


def set_rendering(*, claim: Claim, rendering: User, by: User, at: datetime) -> Claim:
    """Who is billed as having given the service. Raises CannotMove."""
    with _locked(claim, "claim.rendering_named", by=by, at=at) as row:
        row.rendering = rendering
        row.save(update_fields=["rendering", "updated_at"])
        return code_claim(claim=row, by=by, at=at)


def clear_hold(*, hold: Hold, reason: str, by: User, at: datetime) -> Claim:
    """A named person settles a matter of judgement. Raises NotClearable, CannotMove."""
    with _locked(hold.claim, "hold.cleared", by=by, at=at) as row:
        if not may_be_cleared(hold.code):
            raise NotClearable("This is settled by the facts: correct them, and the hold goes by itself.")
        if not reason.strip():
            raise NotClearable("Say why it may go all the same.", field="reason")
        facts = {"cleared_at": at, "cleared_by": by, "cleared_reason": reason.strip()[:200]}
        if not Hold.objects.filter(pk=hold.pk, cleared_at=None).update(**facts):
            raise CannotMove("Somebody cleared this hold already.")
        return code_claim(claim=row, by=by, at=at)


@contextmanager
def _locked(claim: Claim, verb: str, *, by: User | None, at: datetime) -> Iterator[Claim]:
    """The claim's row, read again under its lock. Raises CannotMove for a claim that is on its way."""
    with transaction.atomic(), history.verb(verb, by=by, at=at):
        Claim.objects.select_for_update(no_key=True).only("pk").get(pk=claim.pk)
        row = with_parts(Claim.objects.filter(pk=claim.pk)).get()
        if row.state not in OPEN:
            raise CannotMove(f"This claim is on its way: {row.get_state_display().lower()}.")
        yield row


def _may_be_coded(visit: Visit) -> bool:
    """What is signed stays: from here on only a correction changes what is billed."""
    return visit.status == Status.DONE and visit.signed_at is not None


def _wait_for_visit(row: Claim, *, at: datetime) -> Claim:
    """Not signed yet, or the discharge was undone: a draft, until the visit is done and signed."""
    return row if row.state == ClaimState.DRAFT else move_claim(row, ClaimState.DRAFT, at=at)


def _same_or(prefetched: Patient, wanted: Patient) -> Patient:
    """The one with its coverages read already, if it is the same person."""
    return prefetched if prefetched.pk == wanted.pk else wanted


def _who_signed(chart: Chart) -> User | None:
    """The provider who signed the first order that was given."""
    return next((one.step.order.signed_by for one in chart.given if one.step.order.signed_by), None)


def _left_open(row: Claim, sheet: Sheet, *, day: date) -> list[Finding]:
    """What nobody has cleared. The file's own checks are asked once only judgement is left."""
    cleared = set(row.holds.exclude(cleared_by=None).values_list("code", "sentence"))
    found = [one for one in sheet.findings if (one.code, one.sentence) not in cleared]
    if all(may_be_cleared(one.code) for one in found):
        found += _file_problems(row, sheet, day=day)
    return list({one.code: one for one in found}.values())


def _file_problems(row: Claim, sheet: Sheet, *, day: date) -> Iterator[Finding]:
    for problem in problems_of(wire.claim_values(row, sheet.lines), on=day):
        code = f"file:{problem.code}:{problem.line}" if problem.line else f"file:{problem.code}"
        where = f"Line {problem.line}: " if problem.line else ""
        yield Finding(code[:60], f"{where}{problem.sentence}"[:300])
