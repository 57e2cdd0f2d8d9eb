"""The steps of a regimen, edited as an order is composed: each button posts the whole form."""

from dataclasses import dataclass, replace

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import page_or_part
from regimens.models import Drug, Regimen
from regimens.rules import sequence
from regimens.rules.step_limits import MOST_STEPS
from regimens.selectors import formulary
from regimens.selectors.composing import StepRefused, steps_of, typed_by_recipe
from regimens.services import variants
from visits.forms.recipes import NameForm, RecipeStepForm, rows_in, rows_of_recipe
from visits.selectors import composing

PAGE = {"page": "visits/recipe.html", "part": "visits/_recipe.html"}


@dataclass(frozen=True)
class Sheet:
    """The form as it stands; `focus`: the id of what gets the cursor."""

    rows: list[dict[str, str]]
    name: QueryDict | dict[str, str]
    focus: str = ""
    said: str = ""


@requires(Can.BROWSE_FORMULARY)
@require_http_methods(["GET", "POST"])
def edit(request: StaffRequest, code: str) -> HttpResponse:
    """Who may change it is the service's to say."""
    regimen = get_object_or_404(Regimen.objects.select_related("based_on", "owner"), code=code)
    if not variants.may_change(regimen, request.user):
        raise PermissionDenied
    if request.method != "POST":
        rows = rows_of_recipe(steps_of(regimen), typed_by_recipe(regimen))
        return _show(request, regimen, Sheet(rows, {"name": regimen.name}))
    sheet = Sheet(rows_in(request.POST), request.POST)
    verb, _, about = request.POST.get("act", "").partition(":")
    if verb == "save":
        return _save(request, regimen, sheet)
    return _show(request, regimen, _acted(sheet, verb, about))


def _acted(sheet: Sheet, verb: str, about: str) -> Sheet:
    if verb == "add":
        return _add(sheet, str(sheet.name.get("new_drug", "")))
    index = int(about) if about.isdecimal() and len(about) < 4 else -1
    if verb == "remove":
        return replace(sheet, rows=sequence.removed(sheet.rows, index), focus="steps-title", said="Removed")
    if verb in ("up", "down"):
        by = -1 if verb == "up" else 1
        rows = sequence.moved(sheet.rows, index, by)
        return replace(sheet, rows=rows, focus=f"{verb}-{index + by}", said="Moved")
    return sheet


def _add(sheet: Sheet, code: str) -> Sheet:
    drug = composing.drugs_by_code([code]).get(code)
    if drug is None or len(sheet.rows) >= MOST_STEPS:
        return sheet
    row, place = composing.adult_step(drug), f"id_s{len(sheet.rows)}-dose"
    return replace(sheet, rows=[*sheet.rows, row], focus=place, said=f"{drug.name} is on the list")


def _save(request: StaffRequest, regimen: Regimen, sheet: Sheet) -> HttpResponse:
    forms, name = _forms(sheet), NameForm(sheet.name)
    steps = [step for form in forms if (step := form.step()) is not None]
    if len(steps) < len(forms) or not name.is_valid():
        return _show(request, regimen, sheet, status=422)
    facts = {"regimen": regimen, "name": name.cleaned_data["name"], "steps": steps}
    try:
        version = variants.change(**facts, by=request.user, at=clock.now())
    except DomainError as no:
        return _show(request, regimen, sheet, problem=no, status=no.http_status)
    messages.success(request, f"Saved as version {version.number}. Orders made before stay as they are.")
    return redirect("regimens:regimen", code=regimen.code)


def _forms(sheet: Sheet) -> list[RecipeStepForm]:
    drugs = composing.drugs_by_code(row["drug"] for row in sheet.rows)
    return [
        RecipeStepForm(row, index=index, drugs=drugs, focus=sheet.focus)
        for index, row in enumerate(sheet.rows)
    ]


def _show(
    request: StaffRequest,
    regimen: Regimen,
    sheet: Sheet,
    *,
    problem: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    forms, name = _forms(sheet), NameForm(sheet.name)
    if status == 422:
        name.is_valid()
        [form.is_valid() for form in forms]
    if isinstance(problem, StepRefused) and problem.index < len(forms):
        forms[problem.index].put({problem.field: problem.message})
    context = {
        "regimen": regimen,
        "sheet": sheet,
        "rows": [(form, None) for form in forms],
        "name": name,
        "drugs": Drug.objects.order_by("name", "pk"),
        "kind": formulary.kind_of(regimen),
        "problem": problem,
    }
    return page_or_part(request, **PAGE, context=context, status=status)
