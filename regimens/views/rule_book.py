"""The rule book, kept by the pharmacist and the medical director. Nothing here is about a patient."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.errors import Conflict, DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import page_or_part
from regimens import book_reading as reading
from regimens.book_forms import Section, SectionForm
from regimens.book_sections import SECTIONS, section_of
from regimens.forms import BookFilter, ReasonForm, SiteForm
from regimens.rules.safety.rows import BadRow
from regimens.selectors import formulary, keeping, shipped
from regimens.selectors import rule_book as stored
from regimens.services import rule_book
from regimens.states import BookKind

NEW = "new"
WRONG = "Something below is not right yet; nothing was saved."


@requires(Can.KEEP_RULE_BOOK)
@require_GET
def book(request: StaffRequest) -> HttpResponse:
    form = BookFilter(request.GET or {"kind": BookKind.DRUG})
    asked = form.cleaned_data if form.is_valid() else {}
    every = keeping.lines()
    context = {"form": form, "counts": keeping.counts(every), "lines": keeping.matching(every, **asked)}
    return page_or_part(
        request, page="regimens/book/book.html", part="regimens/book/_lines.html", context=context
    )


@requires(Can.KEEP_RULE_BOOK)
@require_GET
def row(request: StaffRequest, kind: str, code: str) -> HttpResponse:
    return _row_page(request, kind, code)


@requires(Can.KEEP_RULE_BOOK)
def edit(request: StaffRequest, kind: str, code: str, section: str) -> HttpResponse:
    """One section of a row; what is saved is reviewed."""
    form = form_for(kind, code, section, request.POST if request.method == "POST" else None)
    seen = request.POST.get("seen") or rule_book.digest(kind, form.before)
    return _save(request, form, kind=kind, code=code, seen=seen)


@requires(Can.KEEP_RULE_BOOK)
def add(request: StaffRequest, kind: str) -> HttpResponse:
    form = form_for(kind, "", NEW, request.POST if request.method == "POST" else None)
    return _save(request, form, kind=kind, code="", seen=None)


@requires(Can.KEEP_RULE_BOOK)
@require_POST
def review(request: StaffRequest, kind: str, code: str) -> HttpResponse:
    _known(kind, code)
    try:
        rule_book.review_row(
            kind=kind, code=code, seen=request.POST.get("seen", ""), by=request.user, at=clock.now()
        )
    except Conflict as no:
        return _row_page(request, kind, code, problem=no)
    messages.success(request, "Reviewed.")
    return redirect("regimens:book_row", kind, code)


@requires(Can.KEEP_RULE_BOOK)
@require_POST
def switch(request: StaffRequest, kind: str, code: str) -> HttpResponse:
    """A drug or a regimen: off at once by either keeper; on again by who answers for the site."""
    if kind not in (BookKind.DRUG, BookKind.REGIMEN):
        raise Http404
    entry = _known(kind, code)
    on = request.POST.get("on") == "yes"
    if on and not request.user.can(Can.SET_SWITCHES):
        raise PermissionDenied
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        rule_book.switch(entry=entry, on=on, reason=reason, by=request.user, at=clock.now())
    except DomainError as no:
        return _row_page(request, kind, code, problem=no)
    messages.success(request, f"{entry.name} is switched {'on' if on else 'off'}.")
    return redirect("regimens:book_row", kind, code)


@requires(Can.KEEP_RULE_BOOK)
@require_GET
def loads(request: StaffRequest) -> HttpResponse:
    """What a new load would change, row by row."""
    return render(request, "regimens/book/loads.html", {"found": shipped.compare()})


@requires(Can.KEEP_RULE_BOOK)
@require_POST
def take(request: StaffRequest, kind: str, code: str) -> HttpResponse:
    _known(kind, code)
    try:
        rule_book.take_shipped(kind=kind, code=code, by=request.user, at=clock.now())
    except DomainError as no:
        context = {"found": shipped.compare(), "problem": no}
        return render(request, "regimens/book/loads.html", context, status=no.http_status)
    messages.success(request, f"{code.replace('_', ' ')}: the shipped value is taken.")
    return redirect("regimens:book_loads")


@requires(Can.SET_SWITCHES)
def switches(request: StaffRequest) -> HttpResponse:
    """What the rules may count on at this site, and what is off there."""
    site = request.site
    before = {"acls_on_site": site.acls_on_site, "anesthesia_provider": site.anesthesia_provider}
    form = SiteForm(request.POST or None, initial=before)
    if request.method == "POST" and form.is_valid():
        rule_book.set_site(site=site, **form.cleaned_data, by=request.user, at=clock.now())
        messages.success(request, "Kept.")
        return redirect("regimens:switches")
    return render(request, "regimens/book/switches.html", {"form": form, "off": keeping.switched_off()})


def form_for(kind: str, code: str, name: str, data: QueryDict | None) -> SectionForm:
    """One section of a stored row, or of a new one (`code` empty). Raises Http404."""
    section = section_of(kind, name) if kind in SECTIONS else None
    if section is None or (name == NEW) is bool(code):
        raise Http404
    before = stored.row_of(kind, _known(kind, code)) if code else {}
    return SectionForm(section, before, keeping.choices(), data)


def _save(
    request: StaffRequest, form: SectionForm, *, kind: str, code: str, seen: str | None
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "kind": kind,
        "kind_label": BookKind(kind).label,
        "code": code or "-",
        "new": not code,
        "seen": seen,
        "names": reading.closed_list() if reading.asks_conditions(form.section) else [],
    }
    if request.method != "POST":
        return render(request, "regimens/book/edit.html", context)
    status = 422
    if form.is_valid():
        try:
            row = form.row()
            rule_book.save_row(kind=kind, row=row, seen=seen, by=request.user, at=clock.now())
        except BadRow as no:
            form.put(no)
        except DomainError as no:
            form.form.add_error(None, no.message)
            status = no.http_status
        else:
            messages.success(request, "Saved and reviewed. It holds from now on.")
            return redirect("regimens:book_row", kind, row["id"])
    return render(request, "regimens/book/edit.html", context | {"problem": WRONG}, status=status)


def _row_page(
    request: StaffRequest, kind: str, code: str, *, problem: DomainError | None = None
) -> HttpResponse:
    entry = _known(kind, code)
    row = stored.row_of(kind, entry)
    sources, sections = formulary.all_sources(), SECTIONS[kind]
    labels = dict(keeping.choices()["conditions"])
    context = {
        "kind": kind,
        "kind_label": BookKind(kind).label,
        "code": code,
        "entry": entry,
        "may_be_switched": type(entry) in rule_book.SWITCHES,
        "name": shipped.name_of(kind, entry),
        "seen": rule_book.digest(kind, row),
        "parts": [reading.part(section, row, sources) for section in sections],
        "meanings": reading.meanings(_conditions(sections, row), labels),
        "events": keeping.history(entry),
        "problem": problem,
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "regimens/book/row.html", context, status=problem.http_status if problem else 200)


def _conditions(sections: tuple[Section, ...], row: dict[str, Any]) -> Any:
    return (text for section in sections for text in reading.conditions(section, row))


def _known(kind: str, code: str) -> Any:
    found = stored.entry(kind, code) if kind in SECTIONS else None
    if found is None:
        raise Http404
    return found
