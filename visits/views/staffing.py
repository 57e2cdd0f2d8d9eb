"""The staffing page: a week of nurses by days, and beside it the shift, absence or copy one works on.

Every answer is the whole part, grid and editor, so that the two cannot drift; no JavaScript is needed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from infusion_center.accounts.models import User
from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import page_or_part, put_problem, wants_part
from visits.forms.staffing import AbsenceForm, CopyForm, PlaceForm, ShiftForm
from visits.models import Shift
from visits.rules.wall_times import days_of
from visits.selectors import roster
from visits.services import effects, staffing
from visits.views import asked_first
from visits.views.board import YEARS

PAGE = {"page": "visits/staffing.html", "part": "visits/_staffing.html"}
SHIFT, ABSENCE, COPY = (f"visits/_staffing_{what}.html" for what in ("shift", "absence", "copy"))


@dataclass(frozen=True)
class Editor:
    """What stands beside the grid. `part`: its template; `removable`: it is written already."""

    part: str
    title: str
    day: date
    nurse: User | None = None
    form: Any = None
    removable: bool = False
    asked: asked_first.Asked | None = None
    copies: list[staffing.Copy] | None = None

    @property
    def planned(self) -> dict[str, Any]:
        """The copies, counted."""
        found = self.copies or []
        good, there = sum(one.good for one in found), sum(one.there for one in found)
        return {"good": good, "there": there, "clashes": [one for one in found if one.clash]}


@requires(Can.MANAGE_SITE)
@require_GET
def week(request: StaffRequest) -> HttpResponse:
    """`?week=` any day of it."""
    return _show(request, _asked_day(request))


@requires(Can.MANAGE_SITE)
@require_http_methods(["GET", "POST"])
def new_shift(request: StaffRequest) -> HttpResponse:
    nurse, day = _place(request)
    form = ShiftForm(
        request.POST or None, initial=roster.usual_shift(site=request.site, nurse=nurse, day=day)
    )
    editor = Editor(SHIFT, "New shift", day, nurse, form)
    if not form.is_valid():
        return _show(request, day, editor, status=422 if form.is_bound else 200)
    facts = form.facts(day, request.site) | {"by": request.user, "at": clock.now()}
    act = partial(staffing.add_shift, site=request.site, nurse=nurse, **facts)
    return _do(request, editor, act, rows=(), said="The shift is added")


@requires(Can.MANAGE_SITE)
@require_http_methods(["GET", "POST"])
def shift(request: StaffRequest, pk: int) -> HttpResponse:
    """Change it, or with `act=remove` take it away."""
    found = get_object_or_404(roster.shifts(), site=request.site, pk=pk)
    day, now = request.site.day_of(found.span.lower), clock.now()
    form = ShiftForm(request.POST or None, initial=roster.as_typed(found))
    editor = Editor(SHIFT, "Shift", day, found.nurse, form, removable=True)
    rows = _rows_of(found)
    if request.POST.get("act") == "remove":
        act: Callable[[], object] = partial(staffing.remove_shift, shift=found, by=request.user, at=now)
        return _do(request, editor, act, rows=rows, said="The shift is removed")
    if not form.is_valid():
        return _show(request, day, editor, status=422 if form.is_bound else 200)
    facts = form.facts(day, request.site)
    act = partial(staffing.change_shift, shift=found, **facts, by=request.user, at=now)
    return _do(request, editor, act, rows=rows, said="The shift is changed")


@requires(Can.MANAGE_SITE)
@require_http_methods(["GET", "POST"])
def new_absence(request: StaffRequest) -> HttpResponse:
    nurse, day = _place(request)
    form = AbsenceForm(request.POST or None, initial={"first": day, "last": day})
    editor = Editor(ABSENCE, "New absence", day, nurse, form)
    if not form.is_valid():
        return _show(request, day, editor, status=422 if form.is_bound else 200)
    facts = form.facts(request.site)
    act = partial(staffing.add_absence, nurse=nurse, **facts, by=request.user, at=clock.now())
    rows = staffing.rows_of_absence(nurse, facts["starts_at"], facts["ends_at"])
    return _do(request, editor, act, rows=rows, said="The absence is added")


@requires(Can.MANAGE_SITE)
@require_http_methods(["GET", "POST"])
def absence(request: StaffRequest, pk: int) -> HttpResponse:
    """Look at it, or take it away."""
    found = get_object_or_404(roster.absences(), nurse__in=roster.nurses_of(request.site), pk=pk)
    day = request.site.day_of(found.span.lower)
    title = f"Absent: {found.reason}"
    editor = Editor(ABSENCE, title, day, found.nurse, removable=True)
    if request.method != "POST":
        return _show(request, _asked_day(request, day), editor)
    act = partial(staffing.remove_absence, absence=found, by=request.user, at=clock.now())
    return _do(request, editor, act, rows=(), said="The absence is removed")


@requires(Can.MANAGE_SITE)
@require_http_methods(["GET", "POST"])
def copy(request: StaffRequest) -> HttpResponse:
    """GET: what would be added and what clashes. POST: add what does not."""
    form = CopyForm(request.POST if request.method == "POST" else request.GET)
    if not form.is_valid():
        day = _asked_day(request)
        return _show(request, day, Editor(COPY, "Copy a week", day, form=form), status=422)
    monday, weeks = roster.monday_of(form.cleaned_data["week"]), form.cleaned_data["weeks"]
    editor = Editor(COPY, f"Copy the week of {monday:%d %b %Y}", monday, form=form)
    try:
        if request.method == "POST":
            added = staffing.copy_week(
                site=request.site, monday=monday, weeks=weeks, by=request.user, at=clock.now()
            )
            return _done(request, monday + timedelta(days=7), f"{len(added)} shifts added")
        found = staffing.copies(site=request.site, monday=monday, weeks=weeks)
    except DomainError as no:
        put_problem(form, no)
        return _show(request, monday, editor, status=no.http_status)
    return _show(request, monday, replace(editor, copies=found))


def _do(
    request: StaffRequest, editor: Editor, act: Callable[[], object], *, rows: effects.Rows, said: str
) -> HttpResponse:
    """Ask first where booked visits would suffer; then do it."""
    try:
        asked = asked_first.to_confirm(request, act, rows=rows, at=clock.now())
        if asked:
            return _show(request, editor.day, replace(editor, asked=asked))
        act()
    except DomainError as no:
        if editor.form is None:
            return _show(request, editor.day, problem=no.message, status=no.http_status)
        put_problem(editor.form, no)
        return _show(request, editor.day, editor, status=no.http_status)
    return _done(request, editor.day, said, focus=f"{editor.nurse.pk}{editor.day}" if editor.nurse else "")


def _done(request: StaffRequest, day: date, said: str, focus: str = "week-title") -> HttpResponse:
    if wants_part(request):
        return _show(request, day, said=said, focus=focus)
    messages.success(request, f"{said}.")
    return redirect(f"{reverse('visits:staffing')}?week={day}")


def _show(
    request: StaffRequest, day: date, editor: Editor | None = None, *, status: int = 200, **more: Any
) -> HttpResponse:
    found = roster.week(site=request.site, monday=roster.monday_of(day))
    context = {"week": found, "editor": editor, "tab": "staffing", "path": request.get_full_path()} | more
    return page_or_part(request, **PAGE, context=context, status=status)


def _rows_of(found: Shift) -> set[Any]:
    return {(found.site, day) for day in days_of(found.span.lower, found.span.upper, found.site.zone)}


def _place(request: StaffRequest) -> tuple[User, date]:
    """The nurse and the day of the address; 404 where they are none of ours."""
    form = PlaceForm(request.GET)
    pk = form.cleaned_data["nurse"] if form.is_valid() else None
    nurse = get_object_or_404(roster.nurses_of(request.site), pk=pk)
    return nurse, form.cleaned_data["day"]


def _asked_day(request: StaffRequest, otherwise: date | None = None) -> date:
    try:
        asked = date.fromisoformat(request.GET.get("week", ""))
    except ValueError:
        return otherwise or request.site.day_of(clock.now())
    return asked if asked.year in YEARS else request.site.day_of(clock.now())
