"""The formulary and the recipes, to browse. Nothing here is about a patient."""

from datetime import date

from django.http import Http404, HttpResponse
from django.shortcuts import render

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import page_or_part
from regimens.forms import FormularyFilter, ProtocolForm, VariantForm
from regimens.models import Drug, Regimen
from regimens.selectors import formulary as reads
from regimens.selectors import protocols, versions
from regimens.selectors.orders import advice
from regimens.services import variants
from regimens.states import MostSevere


@requires(Can.BROWSE_FORMULARY)
def formulary(request: StaffRequest) -> HttpResponse:
    form = FormularyFilter(request.GET, categories=reads.categories())
    asked = form.cleaned_data if form.is_valid() else {}
    context = {"form": form, "drugs": list(reads.drugs(**asked))}
    return page_or_part(request, page="regimens/formulary.html", part="regimens/_drugs.html", context=context)


@requires(Can.BROWSE_FORMULARY)
def drug(request: StaffRequest, code: str) -> HttpResponse:
    try:
        page = reads.drug_page(code=code, day=_day(request))
    except Drug.DoesNotExist as gone:
        raise Http404 from gone
    return render(request, "regimens/drug.html", {"page": page, "drug": page.drug})


@requires(Can.BROWSE_FORMULARY)
def regimens(request: StaffRequest) -> HttpResponse:
    return render(request, "regimens/regimens.html", {"regimens": list(reads.regimens(active_only=False))})


@requires(Can.BROWSE_FORMULARY)
def regimen(request: StaffRequest, code: str) -> HttpResponse:
    try:
        found = reads.regimen_by_code(code)
    except Regimen.DoesNotExist as gone:
        raise Http404 from gone
    return regimen_page(request, found)


def regimen_page(
    request: StaffRequest,
    found: Regimen,
    *,
    protocol_form: ProtocolForm | None = None,
    variant_form: VariantForm | None = None,
    problem: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of one regimen, with what was refused just now."""
    steps, picture = reads.recipe(found)
    standing = protocols.of_regimen(found)
    cited = {source for step in found.row.get("steps", []) for source in step["sources"]}
    context = {
        "regimen": found,
        "steps": steps,
        "picture": picture,
        "advice": advice(found),
        "sources": reads.sources_of(cited | set(found.row.get("sources", []))),
        "protocol": standing,
        "protocol_is_old": standing is not None and not versions.is_current(standing.version, found),
        "protocol_form": protocol_form or ProtocolForm(initial=_usual_limits(_day(request))),
        "versions": versions.versions_of(found),
        "variant_form": variant_form or VariantForm(user=request.user),
        "may_change": variants.may_change(found, request.user),
        "problem": problem,
    }
    return render(request, "regimens/regimen.html", context, status=status)


def _usual_limits(day: date) -> dict[str, object]:
    """What the form of a standing order starts from."""
    return {"min_age": 18, "most_severe": MostSevere.INFO, "sign_within_hours": 24, "active_from": day}


def _day(request: StaffRequest) -> date:
    """Today at the person's site; before there is any site, today in UTC."""
    return request.site.day_of(clock.now()) if request.site else clock.local_day(clock.now(), "UTC")
