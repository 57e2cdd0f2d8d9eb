"""The note of a visit: written, read, signed, and what is added afterwards."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import page_or_part, put_problem, wants_part
from visits.forms.note import AddendumForm, CorrectionForm, CoSignatureForm, NoteForm
from visits.models import SignedPaper, Visit
from visits.selectors import corrections, drafts
from visits.selectors import note as notes
from visits.services import after_signing
from visits.services import notes as writing
from visits.views.writing import once_more, same_patient, write_down

BESIDE = {"addendum": "add_to_note", "correction": "correct_note", "cosignature": "ask_cosignature"}


@requires(Can.READ_CHART)
@require_GET
def note(request: StaffRequest, key: UUID) -> HttpResponse:
    return show(request, _visit(request, key))


@requires(Can.CHART_VISIT)
@require_POST
def save(request: StaffRequest, key: UUID) -> HttpResponse:
    """The typed paragraphs, every few seconds or by the button: when they were saved, or why not."""
    visit, form = _visit(request, key), _typed(request)
    around: dict[str, Any] = {"note": notes.note_of(visit)}
    try:
        same_patient(request, visit.patient)
        if not form.is_valid():
            raise DomainError(str(next(iter(form.errors.values()))[0]))
        typed = {name: form.cleaned_data[name] for name in ("before", "after", "version")}
        around["note"] = writing.write(visit=visit, **typed, by=request.user, at=clock.now())
    except DomainError as no:
        around |= _other(no)
    status = around["problem"].http_status if "problem" in around else 200
    if wants_part(request):
        return render(request, "visits/_note_saved.html", around | {"visit": visit}, status=status)
    if status != 200:
        return show(request, visit, form=form, status=status, **around)
    return redirect("visits:note", key=visit.key)


@requires(Can.SIGN_NOTE)
@require_POST
def sign(request: StaffRequest, key: UUID) -> HttpResponse:
    """Freeze the note and lock the chart; what was typed comes along."""
    visit, form = _visit(request, key), _typed(request)
    return _answer(
        request,
        visit,
        "form",
        form,
        lambda: writing.sign(visit=visit, **form.cleaned_data, by=request.user, at=clock.now()),
        said="Signed: the chart is locked",
    )


@requires(Can.READ_CHART)
@require_GET
def paper(request: StaffRequest, key: UUID) -> HttpResponse:
    """The PDF as it was signed."""
    visit, at = _visit(request, key), clock.now()
    kept = get_object_or_404(SignedPaper, note__visit=visit)
    page = request.resolver_match.view_name
    reading.chart_opened(patient_key=visit.patient.key, page=page, by=request.user, at=at)
    headers = {"Content-Disposition": f'inline; filename="note-{visit.key}.pdf"'}
    return HttpResponse(bytes(kept.pdf), content_type="application/pdf", headers=headers)


@requires(Can.CHART_VISIT)
@require_POST
def add(request: StaffRequest, key: UUID) -> HttpResponse:
    visit, form = _visit(request, key), AddendumForm(request.POST, auto_id="add_%s")
    return _answer(
        request,
        visit,
        "addendum",
        form,
        lambda: after_signing.add(visit=visit, **form.cleaned_data, by=request.user, at=clock.now()),
        said="Addendum written",
    )


@requires(Can.CHART_VISIT)
@require_POST
def correct(request: StaffRequest, key: UUID) -> HttpResponse:
    visit = _visit(request, key)
    form = CorrectionForm(request.POST, visit=visit, rows=corrections.rows_of(visit), auto_id="fix_%s")
    return _answer(
        request,
        visit,
        "correction",
        form,
        lambda: after_signing.correct(visit=visit, **form.cleaned_data, by=request.user, at=clock.now()),
        said="Correction written",
    )


@requires(Can.SIGN_NOTE)
@require_POST
def ask(request: StaffRequest, key: UUID) -> HttpResponse:
    """Ask another provider for a co-signature."""
    visit = _visit(request, key)
    form = CoSignatureForm(request.POST, providers=notes.who_may_cosign(visit), auto_id="co_%s")
    return _answer(
        request,
        visit,
        "cosignature",
        form,
        lambda: after_signing.ask_cosignature(
            visit=visit, **form.cleaned_data, by=request.user, at=clock.now()
        ),
        said="Co-signature asked for",
    )


@requires(Can.SIGN_NOTE)
@require_POST
def cosign(request: StaffRequest, key: UUID) -> HttpResponse:
    visit = _visit(request, key)
    return _answer(
        request,
        visit,
        "cosigned",
        forms.Form(request.POST),
        lambda: after_signing.cosign(visit=visit, by=request.user, at=clock.now()),
        said="Co-signed",
    )


def show(
    request: StaffRequest, visit: Visit, *, said: str = "", status: int = 200, **around: Any
) -> HttpResponse:
    """The note with what is open in it; opening the whole page is noted in the access log."""
    now = clock.now()
    if not wants_part(request):
        reading.chart_opened(
            patient_key=visit.patient.key, page=request.resolver_match.view_name, by=request.user, at=now
        )
    page = notes.page_of(visit, at=now)
    context = {"page": page, "visit": visit, "patient": visit.patient, "said": said, "note": page.note}
    context |= {"now": now, "today": visit.site.day_of(now)}
    if page.signed:
        context |= _beside(request, page)
    else:
        typed = {"before": page.before, "after": page.after, "version": page.version, "seen": page.seen}
        context["form"] = NoteForm(initial=typed, auto_id="note_%s")
    context |= _kept(request, visit, context) | around
    return page_or_part(
        request, page="visits/note.html", part="visits/_note.html", context=context, status=status
    )


def _beside(request: StaffRequest, page: notes.NotePage) -> dict[str, Any]:
    """Empty forms for what may follow a signature, as far as this person may write."""
    found: dict[str, Any] = {"may_cosign": _may_cosign(request, page)}
    if request.user.can(Can.CHART_VISIT):
        rows = corrections.rows_of(page.visit)
        found["addendum"] = AddendumForm(auto_id="add_%s")
        found["correction"] = CorrectionForm(visit=page.visit, rows=rows, auto_id="fix_%s")
    if request.user.can(Can.SIGN_NOTE):
        providers = notes.who_may_cosign(page.visit)
        found["cosignature"] = CoSignatureForm(providers=providers, auto_id="co_%s")
    return found


def _kept(request: StaffRequest, visit: Visit, shown: dict[str, Any]) -> dict[str, Any]:
    """Back into the empty forms beside the note goes what was typed and not sent; by the form's name."""
    found = drafts.of_visit(visit, by=request.user, at=clock.now())
    kept = {name: found.of(reverse(f"visits:{act}", args=[visit.key])) for name, act in BESIDE.items()}
    for name, one in kept.items():
        if one.mine and name in shown:
            drafts.put_back(shown[name], one.mine)
    return {"kept": kept}


def _may_cosign(request: StaffRequest, page: notes.NotePage) -> bool:
    done = any(one.provider == request.user and one.signed_at for one in page.cosignatures)
    return request.user.can(Can.SIGN_NOTE) and page.visit.signed_by != request.user and not done


def _answer(
    request: StaffRequest, visit: Visit, name: str, form: forms.Form, verb: Callable[[], object], *, said: str
) -> HttpResponse:
    """The verb, or the refusal beside what was typed."""
    try:
        same_patient(request, visit.patient)
        if not form.is_valid():
            return _refused(request, visit, name, form, 422)
        first = write_down(request, visit.patient, verb)
    except DomainError as no:
        if no.field in form.fields:
            put_problem(form, no)
            return _refused(request, visit, name, form, no.http_status)
        return _refused(request, visit, name, form, no.http_status, **_other(no))
    if not wants_part(request):
        return redirect("visits:note", key=visit.key)
    return show(request, _visit(request, visit.key), said=once_more(said, first))


def _refused(
    request: StaffRequest, visit: Visit, name: str, form: forms.Form, status: int, **around: Any
) -> HttpResponse:
    """The page with the refused form open."""
    around |= {name: form, "opened": name} if form.fields else {}
    return show(request, visit, status=status, **around)


def _other(no: DomainError) -> dict[str, Any]:
    """The refusal, and the text of somebody else where that is why."""
    return {"problem": no} | ({"note": no.note, "other": True} if isinstance(no, writing.OtherText) else {})


def _typed(request: StaffRequest) -> NoteForm:
    return NoteForm(request.POST, auto_id="note_%s")


def _visit(request: StaffRequest, key: UUID) -> Visit:
    """A visit of the site the person works at; 404 for any other."""
    return get_object_or_404(notes.visits(), key=key, site=request.site)
