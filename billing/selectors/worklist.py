"""Ready, held, wrong, waiting: a site's claims that are not settled, with their money."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Prefetch, QuerySet, Sum

from billing.models import Claim, Hold, SubmittedClaim
from billing.states import ClaimState
from infusion_center.places.models import Site

GROUPS: dict[str, list[str]] = {
    "ready": [ClaimState.READY],
    "held": [ClaimState.DRAFT, ClaimState.CODED, ClaimState.HELD],
    "wrong": [ClaimState.FILE_REJECTED, ClaimState.REJECTED],
    "waiting": [ClaimState.SENDING, ClaimState.SUBMITTED, ClaimState.ACKNOWLEDGED, ClaimState.ACCEPTED],
}
LABELS = {"ready": "Ready", "held": "Held", "wrong": "Wrong", "waiting": "Waiting"}
EMPTY = {
    "ready": "Nothing is ready. A claim is ready when its chart is coded and nothing holds it.",
    "held": "Nothing is held. A claim comes when its visit is done, and is coded once the note is signed.",
    "wrong": "Nothing was refused.",
    "waiting": "Nothing waits for an answer. Make a batch of the ready claims and send it.",
}


@dataclass(frozen=True)
class Group:
    """One of the four piles."""

    code: str
    label: str
    count: int
    money: Decimal


def groups(site: Site) -> list[Group]:
    """The four piles with counts and dollars. One query."""
    rows = (
        Claim.objects.filter(site=site)
        .order_by()
        .values("state")
        .annotate(count=Count("pk"), money=Sum("total"))
    )
    of_state = {row["state"]: row for row in rows}
    return [
        Group(
            code,
            LABELS[code],
            sum(of_state[state]["count"] for state in states if state in of_state),
            sum((of_state[state]["money"] for state in states if state in of_state), Decimal(0)),
        )
        for code, states in GROUPS.items()
    ]


def claims_in(group: str, *, site: Site) -> QuerySet[Claim]:
    """Oldest first, with what a row of the list shows."""
    return for_list(Claim.objects.filter(site=site, state__in=GROUPS[group]))


def for_list(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    """With `open_holds`, and `refusals` of files that came back, newest first."""
    open_holds = Hold.objects.filter(cleared_at=None).order_by("pk")
    refusals = SubmittedClaim.objects.filter(answer="R", claim__state__in=GROUPS["wrong"]).order_by("-pk")
    return (
        claims.select_related("patient", "coverage__payer", "visit")
        .prefetch_related(
            Prefetch("holds", open_holds, to_attr="open_holds"),
            Prefetch("submissions", refusals, to_attr="refusals"),
        )
        .order_by("service_on", "pk")
    )
