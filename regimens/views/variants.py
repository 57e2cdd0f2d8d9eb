"""A copy of a regimen to change: the center's, or a provider's own. `visits` edits its steps."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import put_problem
from regimens.forms import VariantForm
from regimens.models import Regimen
from regimens.services import variants
from regimens.views import formulary


@requires(Can.BROWSE_FORMULARY)
@require_POST
def make(request: StaffRequest, code: str) -> HttpResponse:
    """Who may is the service's to say: one's own asks for a provider, the center's for the rule book."""
    regimen = get_object_or_404(Regimen, code=code)
    form = VariantForm(request.POST, user=request.user)
    if not form.is_valid():
        return formulary.regimen_page(request, regimen, variant_form=form, status=422)
    own = form.cleaned_data["whose"] == "mine"
    try:
        copy = variants.make_variant(
            regimen=regimen, name=form.cleaned_data["name"], own=own, by=request.user, at=clock.now()
        )
    except DomainError as no:
        put_problem(form, no)
        return formulary.regimen_page(request, regimen, variant_form=form, status=no.http_status)
    messages.success(request, f"{copy.name} is made. Change its steps here.")
    return redirect("visits:edit_regimen", code=copy.code)
