"""The patient page and its panels. A panel is one partial: the page includes it, an edit swaps it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import put_problem, wants_part
from patients.fact_forms import kinds_to_enter
from patients.models import Patient
from patients.selectors import card, results

ASKED_LATELY = timedelta(days=30)

Reads = Callable[[Patient, datetime], dict[str, Any]]

# Panel -> what its partial, templates/patients/_PANEL.html, reads.
PANELS: dict[str, Reads] = {
    "identity": lambda patient, at: {"merged_records": card.merged_records(patient)},
    "phones": lambda patient, at: {"phones": card.phones(patient)},
    "contacts": lambda patient, at: {"contacts": card.contacts(patient)},
    "coverages": lambda patient, at: {"coverages": card.coverages(patient)},
    "allergies": lambda patient, at: {"allergies": card.facts(patient, "allergies")},
    "medications": lambda patient, at: {"medications": card.facts(patient, "medications")},
    "conditions": lambda patient, at: {"conditions": card.facts(patient, "conditions")},
    "weights": lambda patient, at: {"weights": card.weights(patient, at)},
    "pregnancy": lambda patient, at: {"pregnancy": card.pregnancy(patient)},
    "results": lambda patient, at: _results(patient, at),
    "questions": lambda patient, at: {
        "asked": results.answer_lines(
            patient, at - ASKED_LATELY, questions=results.questions_for(patient, visit=False)
        ),
        "home_doses": results.home_dose_card(patient),
    },
}


@requires(Can.READ_CHART)
@require_GET
def patient(request: StaffRequest, key: UUID) -> HttpResponse:
    """The whole card. A merged record leads to the one it was merged into."""
    found = card.patient_by_key(key)
    if found.key != key:
        messages.info(request, "The record you opened was merged into this one.")
        return redirect("patients:patient", found.key)
    opened(request, found)
    return _page(request, found, {})


@requires(Can.READ_CHART)
@require_GET
def panel(request: StaffRequest, key: UUID, name: str) -> HttpResponse:
    """One panel as it is: what "Cancel" swaps back."""
    return show_panel(request, card.patient_by_key(key), name if name in PANELS else "identity")


def opened(request: StaffRequest, patient: Patient) -> None:
    """One line in the access log for a page about this patient."""
    page = request.resolver_match.view_name
    reading.chart_opened(patient_key=patient.key, page=page, by=request.user, at=clock.now())


def show_panel(
    request: StaffRequest, patient: Patient, name: str, *, status: int = 200, said: str = "", **context: Any
) -> HttpResponse:
    """The panel for htmx; for everybody else the page with that panel, or after a success the page anew."""
    if not wants_part(request):
        return redirect("patients:patient", patient.key) if said else _page(request, patient, context, status)
    context |= about(request, patient) | PANELS[name](patient, clock.now())
    context |= {"part": f"patients/_{name}.html", "said": said}
    answer = render(request, "patients/_swap.html", context, status=status)
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def edit_panel(
    request: StaffRequest,
    patient: Patient,
    name: str,
    form: forms.Form,
    act: Callable[[dict[str, Any]], Any],
    **shown: Any,
) -> HttpResponse:
    """The panel with its small form; once sent, `act` on what was typed, and the panel without it.

    What is refused stays in the form with one sentence at its field.
    """
    form.auto_id = f"{name}_%s"  # several panels may be open at once
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            act(form.cleaned_data)
        except DomainError as no:
            put_problem(form, no)
            status = no.http_status
        else:
            return show_panel(request, patient, name, said="Noted.")
    _put_cursor(form)
    return show_panel(request, patient, name, status=status, **{"editing": name, "form": form, **shown})


def _put_cursor(form: forms.Form) -> None:
    """Into the first field that was refused, else into the first."""
    name = next(name for name in [*form.errors, *form.fields] if name in form.fields)
    form.fields[name].widget.attrs["autofocus"] = True


def act_on_panel(request: StaffRequest, patient: Patient, name: str, act: Callable[[], Any]) -> HttpResponse:
    """One tap, and the panel anew, or with the refusal above it."""
    try:
        act()
    except DomainError as no:
        return show_panel(request, patient, name, problem_of=name, problem=no, status=no.http_status)
    return show_panel(request, patient, name, said="Noted.")


def typed(request: StaffRequest) -> QueryDict | None:
    """What was sent. A form sent empty is sent, too."""
    return request.POST if request.method == "POST" else None


def about(request: StaffRequest, patient: Patient) -> dict[str, Any]:
    """What the banner needs."""
    card.with_same_name(card.with_allergies([patient]))
    return {"patient": patient, "today": today(request)}


def today(request: StaffRequest) -> date:
    """The site's day."""
    return clock.local_day(clock.now(), getattr(request.site, "zone", "UTC"))


def _results(patient: Patient, at: datetime) -> dict[str, Any]:
    found = results.result_card(patient)
    why = results.why_not_computed(found.bare, at=at)
    return {"results": found, "no_clearance": why, "kinds": kinds_to_enter()}


def _page(
    request: StaffRequest, patient: Patient, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    context |= about(request, patient)
    for reads in PANELS.values():
        context |= reads(patient, clock.now())
    answer = render(request, "patients/patient.html", context, status=status)
    patch_vary_headers(answer, ["HX-Request"])
    return answer
