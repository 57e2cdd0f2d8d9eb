"""What a drug loads a nurse with at this site, and how many patients a nurse may have in its state."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import put_problem
from regimens.models import Drug
from visits.forms.staffing import LoadForm, RatioForm
from visits.models import LoadPolicy, RatioRule
from visits.selectors import loads as selector
from visits.services import effects
from visits.services import loads as verbs
from visits.views import asked_first

Act = Callable[[], object]


@requires(Can.MANAGE_SITE)
@require_http_methods(["GET", "POST"])
def loads(request: StaffRequest) -> HttpResponse:
    """One page; `form` says which of its forms was sent, `remove` which row goes."""
    if request.method != "POST":
        return _show(request)
    which = request.POST.get("form", "")
    form: Any = None
    if which == "load":
        form = LoadForm(request.POST, choices=selector.choices())
    elif which == "ratio":
        form = RatioForm(request.POST)
    if form is not None and not form.is_valid():
        return _show(request, **{which: form}, status=422)
    try:
        act, rows = _act(request, which, form)
        asked = asked_first.to_confirm(request, act, rows=rows, at=clock.now())
        if asked:
            return _show(request, **({which: form} if form else {}), asked=asked)
        act()
    except DomainError as no:
        if form is None:
            return _show(request, problem=no.message, status=no.http_status)
        put_problem(form, no)
        return _show(request, **{which: form}, status=no.http_status)
    messages.success(request, "It counts for what is booked from now on.")
    return redirect("visits:loads")


def _act(request: StaffRequest, which: str, form: Any) -> tuple[Act, effects.Rows]:
    """The verb and the days it touches: a site's own load changes nothing that is booked."""
    who: dict[str, Any] = {"by": request.user, "at": clock.now()}
    if which == "load":
        typed: dict[str, Any] = dict(form.cleaned_data)
        kind, _, code = typed.pop("about").partition(":")
        drug = get_object_or_404(Drug, code=code) if kind == "drug" else None
        tag = code if kind == "class" else ""
        return partial(verbs.set_load, site=request.site, drug=drug, class_tag=tag, **typed, **who), ()
    if which == "ratio":
        typed = form.cleaned_data
        rows = verbs.rows_of_state(request.site.state, typed["valid_from"], who["at"])
        return partial(verbs.set_ratio, site=request.site, **typed, **who), rows
    what, _, pk = request.POST.get("remove", "").partition(":")
    key = pk if pk.isdecimal() else 0
    if what == "ratio":
        rule = get_object_or_404(RatioRule, state=request.site.state, pk=key)
        rows = verbs.rows_of_state(rule.state, rule.valid_from, who["at"])
        return partial(verbs.remove_ratio, rule=rule, **who), rows
    policy = get_object_or_404(LoadPolicy, site=request.site, pk=key)
    return partial(verbs.remove_load, policy=policy, **who), ()


def _show(request: StaffRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    today = request.site.day_of(clock.now())
    context: dict[str, Any] = {
        "load": LoadForm(initial={"valid_from": today}, choices=selector.choices()),
        "ratio": RatioForm(initial={"valid_from": today}),
        "policies": selector.policies(site=request.site, day=today),
        "ratios": selector.ratios(site=request.site, day=today),
        "changes": selector.changes(request.site),
        "tab": "loads",
        "path": request.path,
    }
    return render(request, "visits/loads.html", context | more, status=status)
