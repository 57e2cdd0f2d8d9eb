"""One claim as a biller works on it: each charted line billed or explained, each line with what earned it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import QuerySet

from billing.models import Claim, ClaimLine, Hold, IcdCode
from billing.rules.claim_checks import REASONS, may_be_cleared
from billing.selectors import chart as charts
from billing.selectors.diagnoses import described
from billing.selectors.payer_rules import rules_of
from billing.selectors.sheet import Sheet, reckon
from billing.states import NOT_SENT_YET, ClaimState, LineKind
from infusion_center.accounts.models import User
from infusion_center.accounts.permissions import Role
from infusion_center.places.models import Site
from visits.models import Administration

MAY_CHANGE = frozenset({*NOT_SENT_YET, ClaimState.FILE_REJECTED})


@dataclass(frozen=True)
class Charted:
    """One administration: the codes it earned, or why not; empty reasons where there is a line."""

    given: Administration
    codes: list[str]
    drug_codes: list[str]
    why_no_service: str
    why_no_drug: str


@dataclass(frozen=True)
class Held:
    """An open hold, and whether a person may clear it."""

    hold: Hold
    by_judgement: bool


@dataclass(frozen=True)
class ClaimPage:
    """Everything the page of one claim shows."""

    claim: Claim
    lines: list[ClaimLine]
    charted: list[Charted]
    not_given: list[Administration]
    held: list[Held]
    cleared: list[Hold]
    diagnoses: list[IcdCode]
    may_change: bool
    changed_since: bool
    submissions: list = field(default_factory=list)


def page_of(claim: Claim, *, current_digest: str) -> ClaimPage:
    """From a claim read with its parts (charging.with_parts)."""
    chart = charts.chart_of(claim.visit)
    rules = rules_of(claim.coverage.payer if claim.coverage else None, day=chart.service_on)
    sheet = reckon(claim, chart, coverage=claim.coverage, rendering=claim.rendering, rules=rules)
    lines = list(claim.lines.order_by("position"))
    holds = list(claim.holds.select_related("cleared_by").order_by("pk"))
    may_change = claim.state in MAY_CHANGE
    return ClaimPage(
        claim=claim,
        lines=lines,
        charted=[_charted(one, lines, sheet) for one in chart.given],
        not_given=[one for one in chart.others if one.state != "entered_in_error"],
        held=[Held(hold, may_be_cleared(hold.code)) for hold in holds if hold.cleared_at is None],
        cleared=[hold for hold in holds if hold.cleared_by_id],
        diagnoses=described(claim.diagnoses),
        may_change=may_change,
        changed_since=may_change and claim.chart_digest != current_digest,
        submissions=list(claim.submissions.select_related("submission").order_by("-pk")),
    )


def claims_of(site: Site) -> QuerySet[Claim]:
    """A person works on the claims of the site they are at."""
    return Claim.objects.filter(site=site)


def who_may_render() -> QuerySet[User]:
    """Providers, by name."""
    return User.objects.filter(is_active=True, roles__contains=[Role.PROVIDER]).order_by(
        "last_name", "first_name", "pk"
    )


def _charted(one: Administration, lines: Iterable[ClaimLine], sheet: Sheet) -> Charted:
    mine = [line for line in lines if one.key in line.sources]
    key = str(one.key)
    return Charted(
        given=one,
        codes=[line.code for line in mine if line.kind == LineKind.ADMINISTRATION],
        drug_codes=list(dict.fromkeys(line.code for line in mine if line.kind == LineKind.DRUG)),
        why_no_service=REASONS.get(sheet.not_billed.get(key, ""), sheet.not_billed.get(key, "")),
        why_no_drug=REASONS.get(sheet.drug_not_billed.get(key, ""), ""),
    )
