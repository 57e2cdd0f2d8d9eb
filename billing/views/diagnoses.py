"""Pick diagnoses: search the release by code or words, add, take off, put first."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from billing.forms import DiagnosesForm, SearchForm
from billing.selectors import diagnoses
from billing.selectors.claim_page import claims_of
from billing.services import charging
from billing.views.claims import act, show
from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.shared import clock


@requires(Can.CODE_CLAIM)
@require_POST
def search(request: StaffRequest, key: UUID) -> HttpResponse:
    """Codes that fit what was typed and were valid on the date of service."""
    claim = get_object_or_404(claims_of(request.site), key=key)
    form = SearchForm(request.POST)
    text = form.cleaned_data["text"] if form.is_valid() else ""
    found = diagnoses.search(text=text, day=claim.service_on)
    return render(request, "billing/_codes.html", {"claim": claim, "found": found, "text": text})


@requires(Can.CODE_CLAIM)
@require_POST
def change(request: StaffRequest, key: UUID) -> HttpResponse:
    """One more, one less, or another one first; the claim is coded again."""
    claim = get_object_or_404(charging.with_parts(claims_of(request.site)), key=key)
    form = DiagnosesForm(request.POST)
    if not form.is_valid():
        return show(request, claim, problem="That is not a diagnosis code.", status=422)
    codes, at = form.codes(claim.diagnoses), clock.now()
    return act(
        request, claim, lambda: charging.set_diagnoses(claim=claim, codes=codes, by=request.user, at=at)
    )
