"""Opening hours, closures and other hours on one day."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.errors import DomainError
from infusion_center.places.models import Closure, OpeningHours, Site, SpecialHours
from infusion_center.shared import clock
from infusion_center.shared.pages import put_problem
from visits.forms.staffing import ClosureForm, HoursForm, SpecialForm
from visits.services import effects
from visits.services import hours as verbs
from visits.views import asked_first

Act = Callable[[], object]
FORMS: dict[str, Any] = {"hours": HoursForm, "closure": ClosureForm, "special": SpecialForm}


@requires(Can.MANAGE_SITE)
@require_http_methods(["GET", "POST"])
def hours(request: StaffRequest) -> HttpResponse:
    """One page; `form` says which of its forms was sent, `remove` which row goes."""
    if request.method != "POST":
        return _show(request)
    which = request.POST.get("form", "")
    form = FORMS[which](request.POST) if which in FORMS else None
    if form is not None and not form.is_valid():
        return _show(request, **{which: form}, status=422)
    try:
        act, rows, said = _act(request, which, form)
        asked = asked_first.to_confirm(request, act, rows=rows, at=clock.now())
        if asked:
            return _show(request, **({which: form} if form else {}), asked=asked)
        act()
    except DomainError as no:
        if form is None:
            return _show(request, problem=no.message, status=no.http_status)
        put_problem(form, no)
        return _show(request, **{which: form}, status=no.http_status)
    messages.success(request, said)
    return redirect("visits:hours")


def _act(request: StaffRequest, which: str, form: Any) -> tuple[Act, effects.Rows, str]:
    """The verb, the days it touches, and what is said when it is done."""
    site = request.site
    who: dict[str, Any] = {"by": request.user, "at": clock.now()}
    if which == "hours":
        changed = {
            weekday: pair
            for weekday, pair in form.hours().items()
            if pair != _standing(site).get(weekday, (None, None))
        }
        rows = {row for weekday in changed for row in verbs.rows_of_weekday(site, weekday, who["at"])}
        return partial(_set_all, site, changed, who), rows, "The opening hours are set."
    if form is not None:
        typed: dict[str, Any] = form.cleaned_data
        verb: Callable[..., object] = verbs.close_day if which == "closure" else verbs.set_special
        said = "The day is closed." if which == "closure" else "The hours of that day are set."
        return partial(verb, site=site, **typed, **who), [(site, typed["day"])], said
    return _removal(request, who)


def _removal(request: StaffRequest, who: dict[str, Any]) -> tuple[Act, effects.Rows, str]:
    what, _, pk = request.POST.get("remove", "").partition(":")
    rows: Any = Closure.objects if what == "closure" else SpecialHours.objects
    found = get_object_or_404(rows.select_related("site"), site=request.site, pk=pk if pk.isdecimal() else 0)
    act = (
        partial(verbs.open_again, closure=found, **who)
        if what == "closure"
        else partial(verbs.remove_special, special=found, **who)
    )
    return act, [(request.site, found.day)], f"{found.day:%a %d %b %Y} is as usual again."


def _set_all(site: Site, changed: dict[int, Any], who: dict[str, Any]) -> None:
    for weekday, (opens, closes) in changed.items():
        verbs.set_hours(site=site, weekday=weekday, opens=opens, closes=closes, **who)


def _standing(site: Site) -> dict[int, tuple[Any, Any]]:
    rows = OpeningHours.objects.filter(site=site).values_list("weekday", "opens", "closes")
    return {weekday: (opens, closes) for weekday, opens, closes in rows}


def _show(request: StaffRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    site, today = request.site, request.site.day_of(clock.now())
    context: dict[str, Any] = {
        "hours": HoursForm(initial=_typed(site)),
        "closure": ClosureForm(),
        "special": SpecialForm(),
        "closures": _ahead(Closure, site, today),
        "specials": _ahead(SpecialHours, site, today),
        "tab": "hours",
        "path": request.path,
    }
    return render(request, "visits/hours.html", context | more, status=status)


def _typed(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for weekday, (opens, closes) in _standing(site).items():
        found |= {f"opens{weekday}": opens, f"closes{weekday}": closes}
    return found


def _ahead(kind: Any, site: Site, today: date) -> list[Any]:
    return list(kind.objects.filter(site=site, day__gte=today).order_by("day"))
