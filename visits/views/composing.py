"""The composing page. Its state is its form: every button posts all of it, nothing is kept on the server.

`act` says which button: none looks again, `add:CODE`, `regimen:CODE`, `remove:N`, `up:N`, `down:N`, `drugs`
and `regimens` open a picker, `close` shuts it, `weigh` writes a weight, `save` and `sign` write the order.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import page_or_part, wants_part
from patients.models import Patient
from patients.selectors import card
from patients.services import history
from regimens.models import Order, Regimen
from regimens.rules import sequence
from regimens.rules.step_limits import MOST_STEPS
from regimens.selectors import formulary
from regimens.selectors.composing import StepRefused, typed_by_recipe, typed_in_order
from regimens.states import OrderState
from regimens.views.orders import order_by_key
from visits.forms.composing import HeadForm, StepForm, WeightForm, rows_in, rows_of
from visits.models import Visit
from visits.selectors import composing as selector
from visits.selectors import what_worked
from visits.services import composing, signing
from visits.views import chart
from visits.views.writing import write_down

PAGE = {"page": "visits/compose.html", "part": "visits/_compose.html"}
PICKERS = {"drugs", "regimens"}
Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Desk:
    """What the page works on. `order`: the draft or signed order that is being changed."""

    request: StaffRequest
    patient: Patient
    visit: Visit | None = None
    order: Order | None = None


@dataclass(frozen=True)
class Sheet:
    """The form as it stands. `focus`: the id of what gets the cursor; `picker`: the list that is open."""

    rows: Rows = field(default_factory=list)
    regimen: Regimen | None = None
    head: QueryDict | dict[str, str] = field(default_factory=dict)
    picker: str = ""
    focus: str = ""
    said: str = ""
    weight: WeightForm = field(default_factory=WeightForm)


@requires(Can.WRITE_ORDER)
@require_http_methods(["GET", "POST"])
def at_visit(request: StaffRequest, key: UUID) -> HttpResponse:
    """A new order for the person of this visit."""
    visit = chart.visit_by_key(request, key)
    return _page(Desk(request, visit.patient.merged_into or visit.patient, visit))


@requires(Can.WRITE_ORDER)
@require_http_methods(["GET", "POST"])
def for_patient(request: StaffRequest, key: UUID) -> HttpResponse:
    """A new order for somebody who has no visit yet."""
    return _page(Desk(request, card.patient_by_key(key)))


@requires(Can.WRITE_ORDER)
@require_http_methods(["GET", "POST"])
def change(request: StaffRequest, key: UUID) -> HttpResponse:
    """A draft's steps in place, or a new version of a signed order."""
    order = order_by_key(key)
    return _page(Desk(request, order.patient, selector.visit_of(order), order))


def _page(desk: Desk) -> HttpResponse:
    request = desk.request
    if request.method != "POST":
        page = request.resolver_match.view_name
        reading.chart_opened(patient_key=desk.patient.key, page=page, by=request.user, at=clock.now())
        return _show(desk, _opened(desk))
    sheet = _posted(request.POST)
    verb, _, about = request.POST.get("act", "").partition(":")
    if verb in ("save", "sign"):
        return _write(desk, sheet, sign=verb == "sign")
    return _show(desk, ACTS[verb](desk, sheet, about) if verb in ACTS else sheet, looking=verb not in ACTS)


def _opened(desk: Desk) -> Sheet:
    """What the page starts from: the order's steps, or nothing with the regimens open to choose from."""
    order = desk.order
    if order is None:
        return Sheet(picker="regimens")
    steps = rows_of(typed_in_order(order))
    return Sheet(steps, order.regimen, {"title": order.title, "note": order.note})


def _posted(data: QueryDict) -> Sheet:
    picker = data.get("picker", "")
    return Sheet(
        rows=rows_in(data),
        regimen=selector.regimen_by_code(data.get("regimen", "")),
        head=data,
        picker=picker if picker in PICKERS else "",
    )


def _add(desk: Desk, sheet: Sheet, code: str) -> Sheet:
    drug = selector.drugs_by_code([code]).get(code)
    if drug is None or len(sheet.rows) >= MOST_STEPS:
        return sheet
    row = selector.usual_step(drug, patient=desk.patient, at=clock.now())
    place = f"id_s{len(sheet.rows)}-dose"
    return replace(sheet, rows=[*sheet.rows, row], picker="", focus=place, said=f"{drug.name} is on the list")


def _regimen(desk: Desk, sheet: Sheet, code: str) -> Sheet:
    regimen = selector.regimen_by_code(code)
    if regimen is None:
        return sheet
    rows = rows_of(typed_by_recipe(regimen))
    said = f"The steps of {regimen.name} are on the list"
    return replace(sheet, rows=rows, regimen=regimen, picker="", focus="steps-title", said=said)


def _remove(desk: Desk, sheet: Sheet, about: str) -> Sheet:
    rows = sequence.removed(sheet.rows, _index(about))
    return replace(sheet, rows=rows, focus="steps-title", said="Removed")


def _move(by: int) -> Callable[[Desk, Sheet, str], Sheet]:
    def act(desk: Desk, sheet: Sheet, about: str) -> Sheet:
        index = _index(about)
        place = f"{'up' if by < 0 else 'down'}-{index + by}"
        return replace(sheet, rows=sequence.moved(sheet.rows, index, by), focus=place, said="Moved")

    return act


def _pick(what: str) -> Callable[[Desk, Sheet, str], Sheet]:
    return lambda desk, sheet, about: replace(sheet, picker=what, focus=f"picker-{what}" if what else "")


def _weigh(desk: Desk, sheet: Sheet, about: str) -> Sheet:
    """A weight for the doses per kg, without leaving the order."""
    user, now, form = desk.request.user, clock.now(), WeightForm(desk.request.POST)
    if not user.can(Can.RECORD_HISTORY):
        raise PermissionDenied
    if form.is_valid():
        facts = {"value": form.cleaned_data["weight"], "unit": form.cleaned_data["weight_unit"]}
        try:
            history.measure(patient=desk.patient, kind="weight", measured_at=now, by=user, at=now, **facts)
            return replace(sheet, focus="steps-title", said="The weight is written down")
        except DomainError as no:
            form.add_error("weight", no.message)
    return replace(sheet, weight=form, focus="id_weight")


ACTS: dict[str, Callable[[Desk, Sheet, str], Sheet]] = {
    "add": _add,
    "regimen": _regimen,
    "remove": _remove,
    "up": _move(-1),
    "down": _move(+1),
    "drugs": _pick("drugs"),
    "regimens": _pick("regimens"),
    "close": _pick(""),
    "weigh": _weigh,
}


def _index(about: str) -> int:
    return int(about) if about.isdecimal() and len(about) < 4 else -1


def _write(desk: Desk, sheet: Sheet, *, sign: bool) -> HttpResponse:
    """Save the draft, and sign it where asked; what stands in the way of a signature keeps the draft."""
    request, now = desk.request, clock.now()
    if sign and not request.user.can(Can.SIGN_ORDER):
        raise PermissionDenied
    forms, head = _forms(sheet), HeadForm(sheet.head)
    steps = [step for form in forms if (step := form.planned()) is not None]
    if len(steps) < len(forms) or not head.is_valid():
        return _show(desk, sheet, status=422)
    facts = {"steps": steps, "regimen": sheet.regimen, **head.cleaned_data, "by": request.user, "at": now}
    saved: list[Order] = []
    try:
        first = write_down(
            request,
            desk.patient,
            lambda: saved.append(
                composing.save_draft(patient=desk.patient, visit=desk.visit, order=desk.order, **facts)
            ),
        )
    except DomainError as no:
        return _show(desk, sheet, problem=no, status=no.http_status)
    if not first:
        messages.info(request, "This order was saved before, and is there once.")
        return _back(desk)
    order = saved[0]
    messages.success(request, _saved(order, desk.order))
    if sign:
        _sign(desk, order)
    if desk.visit is not None and desk.visit.site_id == request.site.pk and order.version == 1:
        return redirect("visits:chart", key=desk.visit.key)
    return redirect("regimens:order", key=order.key)


def _back(desk: Desk) -> HttpResponse:
    """To where the order stands, whichever that was."""
    if desk.visit is not None and desk.visit.site_id == desk.request.site.pk:
        return redirect("visits:chart", key=desk.visit.key)
    return redirect("patients:patient", key=desk.patient.key)


def _sign(desk: Desk, order: Order) -> None:
    try:
        signing.sign(order=order, visit=desk.visit, by=desk.request.user, at=clock.now())
        messages.success(desk.request, "Signed.")
    except DomainError as no:
        messages.error(desk.request, f"Not signed: {no.message}")


def _saved(order: Order, old: Order | None) -> str:
    if old is not None and old.state == OrderState.SIGNED:
        return f"Version {order.version} is saved. Version {old.version} stands until it is signed."
    return "The draft is saved."


def _forms(sheet: Sheet) -> list[StepForm]:
    drugs = selector.drugs_by_code(row["drug"] for row in sheet.rows)
    return [
        StepForm(row, index=index, drugs=drugs, focus=sheet.focus) for index, row in enumerate(sheet.rows)
    ]


def _show(
    desk: Desk,
    sheet: Sheet,
    *,
    looking: bool = False,
    problem: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, its form, or, while somebody types, only what is said beside it."""
    request, now, forms = desk.request, clock.now(), _forms(sheet)
    steps = [form.planned() for form in forms]
    about: dict[str, Any] = {"patient": desk.patient, "visit": desk.visit}
    table = selector.Table(**about, changing=desk.order, at=now)
    seen = selector.look(table, steps, sheet.regimen)
    for form, row in zip(forms, seen.rows, strict=True):
        form.put(row.problems)
    if isinstance(problem, StepRefused) and problem.index < len(forms):
        forms[problem.index].put({} if forms[problem.index].errors else {problem.field: problem.message})
    context = about | {
        "order": desk.order,
        "sheet": sheet,
        "rows": list(zip(forms, seen.rows, strict=True)),
        "look": seen,
        "now": now,
        "problem": problem,
    }
    if looking and wants_part(request):
        response = render(request, "visits/_compose_said.html", context)
        patch_vary_headers(response, ["HX-Request"])
        return response
    return page_or_part(request, **PAGE, context=context | _around(desk, sheet, table, steps), status=status)


def _around(desk: Desk, sheet: Sheet, table: selector.Table, steps: list[Any]) -> dict[str, Any]:
    """What a look while typing need not read again."""
    now = table.at
    card.with_allergies(card.with_same_name([desk.patient]))
    head = HeadForm(sheet.head)
    around: dict[str, Any] = {"facts": selector.facts_of(desk.patient, at=now), "head": head}
    if not wants_part(desk.request):  # a swap keeps the panel that is there
        around["worked"] = what_worked.what_worked(desk.patient, visit=desk.visit, at=now)
    if sheet.picker == "drugs":
        around["candidates"] = selector.candidates(table, steps)
    if sheet.picker == "regimens":
        around["regimens"] = [
            (one, formulary.kind_of(one)) for one in formulary.regimens_for(desk.request.user)
        ]
    return around
