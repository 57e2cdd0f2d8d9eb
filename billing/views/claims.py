"""Ready, held, wrong, waiting; and one claim."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_POST

from billing.forms import ReasonForm, RenderingForm
from billing.models import Claim
from billing.selectors import claim_page, worklist
from billing.services import charging
from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import page_or_part, wants_part
from patients.selectors import card

PAGE = 50


@requires(Can.SEE_CLAIMS)
@require_GET
def claims(request: StaffRequest, group: str = "held") -> HttpResponse:
    """The four piles with counts and money, and the claims of one of them."""
    if group not in worklist.GROUPS:
        raise Http404
    if not wants_part(request):
        reading.list_opened(page="billing:claims", by=request.user, at=clock.now())
    listed = Paginator(worklist.claims_in(group, site=request.site), PAGE).get_page(request.GET.get("page"))
    card.with_same_name([one.patient for one in listed])
    context = {
        "groups": worklist.groups(request.site),
        "group": group,
        "listed": listed,
        "empty": worklist.EMPTY[group],
    }
    return page_or_part(request, page="billing/claims.html", part="billing/_claims.html", context=context)


@requires(Can.SEE_CLAIMS)
@require_GET
def claim(request: StaffRequest, key: UUID) -> HttpResponse:
    """One claim: its lines with their reasons, its diagnoses, what holds it."""
    row = _claim(request, key)
    reading.chart_opened(
        patient_key=row.patient.key, page=request.resolver_match.view_name, by=request.user, at=clock.now()
    )
    return show(request, row)


@requires(Can.CODE_CLAIM)
@require_POST
def code(request: StaffRequest, key: UUID) -> HttpResponse:
    """Code again from the chart as it is now."""
    row = _claim(request, key)
    return act(request, row, lambda: charging.code_claim(claim=row, by=request.user, at=clock.now()))


@requires(Can.CODE_CLAIM)
@require_POST
def rendering(request: StaffRequest, key: UUID) -> HttpResponse:
    """Name the rendering provider."""
    row, form = _claim(request, key), RenderingForm(request.POST)
    if not form.is_valid():
        return show(request, row, problem="Pick a provider from the list.", status=422)
    chosen, at = form.cleaned_data["rendering"], clock.now()
    return act(
        request, row, lambda: charging.set_rendering(claim=row, rendering=chosen, by=request.user, at=at)
    )


@requires(Can.CODE_CLAIM)
@require_POST
def clear(request: StaffRequest, key: UUID, pk: int) -> HttpResponse:
    """A matter of judgement, settled with a reason."""
    row = _claim(request, key)
    hold = get_object_or_404(row.holds.select_related("claim"), pk=pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return show(
            request, row, problem="The reason is too long: 200 characters at most.", status=422, hold=hold.pk
        )
    reason, at = form.cleaned_data["reason"], clock.now()

    def clear_it() -> None:
        charging.clear_hold(hold=hold, reason=reason, by=request.user, at=at)

    return act(request, row, clear_it, hold=hold.pk, typed=reason)


def act(request: StaffRequest, row: Claim, verb: Callable[[], object], **shown: Any) -> HttpResponse:
    """Do it, and show the claim as it is then; a refusal stands above it in words."""
    try:
        verb()
    except DomainError as no:
        return show(request, _claim(request, row.key), problem=no.message, status=no.http_status, **shown)
    return show(request, _claim(request, row.key))


def show(request: StaffRequest, row: Claim, *, status: int = 200, **shown: Any) -> HttpResponse:
    card.with_same_name([row.patient])
    card.with_allergies([row.patient])
    page = claim_page.page_of(row, current_digest=charging.current_digest(row))
    context = {"page": page, "claim": row, "patient": row.patient, "rendering": _rendering_form(row), **shown}
    return page_or_part(
        request, page="billing/claim.html", part="billing/_claim.html", context=context, status=status
    )


def _rendering_form(row: Claim) -> RenderingForm:
    return RenderingForm(initial={"rendering": row.rendering_id})


def _claim(request: StaffRequest, key: UUID) -> Claim:
    return get_object_or_404(charging.with_parts(claim_page.claims_of(request.site)), key=key)
