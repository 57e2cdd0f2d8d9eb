"""The due list: a line opens beside it with the best starts; a start that is pressed is booked."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import page_or_part, put_problem, wants_part
from patients.selectors import card
from visits.forms.booking import StartForm
from visits.forms.series import ChangeForm, DayForm, SkipForm, WeeksForm, wish_of
from visits.models import Occurrence
from visits.selectors import due as selector
from visits.selectors.proposing import proposal
from visits.selectors.series import occurrence_by_key
from visits.services import rescheduling, series
from visits.services.booking import CannotBook
from visits.services.consequences import LookFirst
from visits.states import OccurrenceState, Scope


@requires(Can.BOOK_VISIT)
@require_GET
def due(request: StaffRequest) -> HttpResponse:
    """Who is due, overdue first."""
    reading.list_opened(page="visits:due", by=request.user, at=clock.now())
    return page_or_part(request, page="visits/due.html", part="visits/_due.html", context=_listed(request))


@requires(Can.BOOK_VISIT)
@require_GET
def one(request: StaffRequest, key: UUID) -> HttpResponse:
    """One dose beside the list, with days and starts; `day`: another day that was asked for."""
    found, now = occurrence_by_key(site=request.site, key=key), clock.now()
    person = selector.person_of(found.series)
    if "day" not in request.GET:  # another day of a dose that is open already is no opening
        page = request.resolver_match.view_name
        reading.chart_opened(patient_key=person.key, page=page, by=request.user, at=now)
    return _show(request, found)


@requires(Can.BOOK_VISIT)
@require_POST
def confirm(request: StaffRequest, key: UUID) -> HttpResponse:
    """The patient has agreed to this start."""
    found, pressed = occurrence_by_key(site=request.site, key=key), StartForm(request.POST)
    try:
        if not pressed.is_valid():
            raise CannotBook("Choose a start.", field="starts_at")
        starts_at = pressed.cleaned_data["starts_at"]
        series.confirm(occurrence=found, starts_at=starts_at, by=request.user, at=clock.now())
    except DomainError as no:
        return _show(request, occurrence_by_key(site=request.site, key=key), problem=no)
    return _done(request, key, "Booked")


@requires(Can.BOOK_VISIT)
@require_POST
def tried(request: StaffRequest, key: UUID) -> HttpResponse:
    """Called, nobody answered."""
    found = occurrence_by_key(site=request.site, key=key)
    try:
        series.tried(occurrence=found, by=request.user, at=clock.now())
    except DomainError as no:
        return _show(request, found, problem=no)
    return _done(request, key, "Noted: no answer")


@requires(Can.BOOK_VISIT)
@require_POST
def skip(request: StaffRequest, key: UUID) -> HttpResponse:
    """This dose is left out, with the reason."""
    found, form, now = occurrence_by_key(site=request.site, key=key), SkipForm(request.POST), clock.now()
    return _edit(
        request,
        found,
        "skip",
        form,
        "Skipped",
        lambda: series.skip(occurrence=found, **form.cleaned_data, by=request.user, at=now),
    )


@requires(Can.BOOK_VISIT)
@require_http_methods(["GET", "POST"])
def change(request: StaffRequest, key: UUID) -> HttpResponse:
    """Another day or time: for this dose, it and the later ones, or all to come."""
    found, now = occurrence_by_key(site=request.site, key=key), clock.now()
    shown = {"scope": Scope.ONE, "day": found.wished_on or found.due_on} | wish_of(found)
    form = ChangeForm(_typed(request), initial=shown, today=request.site.day_of(now))
    if request.method == "GET":
        return _show(request, found, form=form, editing="change")
    return _edit(request, found, "change", form, "Changed", lambda: _change(request, found, form))


def _change(request: StaffRequest, found: Occurrence, form: ChangeForm) -> None:
    typed = {name: form.cleaned_data[name] for name in ("scope", "day", "release", "agreed")}
    rescheduling.change(occurrence=found, wish=form.wish(), **typed, by=request.user, at=clock.now())


def _edit(
    request: StaffRequest,
    found: Occurrence,
    name: str,
    form: forms.Form,
    said: str,
    act: Callable[[], Any],
) -> HttpResponse:
    """Run the verb, or show what it would touch, or the refusal at its field."""
    try:
        if not form.is_valid():
            return _show(request, found, form=form, editing=name, status=422)
        act()
    except LookFirst as look:
        return _show(request, found, form=form, editing=name, look=look)
    except DomainError as no:
        put_problem(form, no)
        return _show(request, found, form=form, editing=name, status=no.http_status)
    return _done(request, found.key, said)


def _done(request: StaffRequest, key: UUID, said: str) -> HttpResponse:
    return _show(request, occurrence_by_key(site=request.site, key=key), said=said)


def _show(
    request: StaffRequest,
    found: Occurrence,
    *,
    form: forms.Form | None = None,
    editing: str = "",
    look: LookFirst | None = None,
    problem: DomainError | None = None,
    said: str = "",
    status: int = 200,
) -> HttpResponse:
    """The dose; beside the list for a whole page, with the list anew after an act."""
    now = clock.now()
    refusal = look or problem
    days = DayForm(request.GET or None, today=request.site.day_of(now))
    day = days.cleaned_data["day"] if days.is_bound and days.is_valid() else None
    proposed = found.state == OccurrenceState.PROPOSED and found.series.ended_on is None
    line = selector.line_of(found, at=now)
    card.with_allergies([line.person])
    context: dict[str, Any] = {
        "line": line,
        "patient": line.person,
        "proposal": proposal(found, at=now, day=day) if proposed and not editing and not said else None,
        "days": days,
        "form": form,
        "editing": editing,
        "look": look,
        "problem": problem,
        "said": said,
    }
    if said or not wants_part(request):
        context |= _listed(request)
    answer = refusal.http_status if refusal else status
    return page_or_part(
        request, page="visits/due.html", part="visits/_due_one.html", context=context, status=answer
    )


def _listed(request: StaffRequest) -> dict[str, Any]:
    form = WeeksForm(request.POST if request.method == "POST" else request.GET)
    found = selector.due_list(site=request.site, at=clock.now(), weeks=form.chosen())
    return {"due": found, "weeks": WeeksForm({"weeks": found.weeks})}


def _typed(request: StaffRequest) -> Any:
    return request.POST if request.method == "POST" else None
