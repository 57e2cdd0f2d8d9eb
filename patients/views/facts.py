"""Allergies, conditions and home medications: note one, end it, take it back, answer none, review."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_POST

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.shared import clock
from patients.forms import AllergyForm, ConditionForm, FactForm, LastTakenForm, MedicationForm
from patients.models import Patient
from patients.selectors import card
from patients.services import history
from patients.views.page import act_on_panel, edit_panel, typed

FORMS: dict[str, type[FactForm]] = {
    "allergies": AllergyForm,
    "conditions": ConditionForm,
    "medications": MedicationForm,
}
ADDS: dict[str, Callable[..., Any]] = {
    "allergies": history.add_allergy,
    "conditions": history.add_condition,
    "medications": history.add_medication,
}
CLOSES: dict[str, Callable[..., Any]] = {"end": history.end_fact, "error": history.entered_in_error}
ANSWERS: dict[str, Callable[..., Any]] = {"none": history.answer_none, "reviewed": history.review}


@requires(Can.RECORD_HISTORY)
@require_http_methods(["GET", "POST"])
def add(request: StaffRequest, key: UUID, what: str) -> HttpResponse:
    """The small form in its panel, then the panel with the new row."""
    patient = card.patient_by_key(key)
    form = _known(what, FORMS)(typed(request), site=request.site)

    def note(_: object) -> None:
        ADDS[what](patient=patient, **form.facts(), by=request.user, at=clock.now())

    return edit_panel(request, patient, what, form, note)


@requires(Can.RECORD_HISTORY)
@require_POST
def close(request: StaffRequest, key: UUID, what: str, pk: int, how: str) -> HttpResponse:
    """No longer so, or never was."""
    patient = card.patient_by_key(key)
    fact, verb = _fact(patient, what, pk), _known(how, CLOSES)
    return act_on_panel(request, patient, what, lambda: verb(fact=fact, by=request.user, at=clock.now()))


@requires(Can.RECORD_HISTORY)
@require_POST
def answer(request: StaffRequest, key: UUID, what: str, how: str) -> HttpResponse:
    """One tap: none, or reviewed and nothing changed."""
    patient, verb = card.patient_by_key(key), _known(how, ANSWERS)
    _known(what, FORMS)
    facts = {"patient": patient, "what": what, "by": request.user}
    return act_on_panel(request, patient, what, lambda: verb(**facts, at=clock.now()))


@requires(Can.RECORD_HISTORY)
@require_http_methods(["GET", "POST"])
def last_taken(request: StaffRequest, key: UUID, pk: int) -> HttpResponse:
    """When the medication was last taken, asked now."""
    patient = card.patient_by_key(key)
    medication = _fact(patient, "medications", pk)
    form = LastTakenForm(typed(request), site=request.site)

    def note(said: dict[str, Any]) -> None:
        # Sent empty is an answer too: they do not know.
        history.answer_last_taken(medication=medication, **said, by=request.user, at=clock.now())

    asked = {"editing": "last_taken", "medication": medication}
    return edit_panel(request, patient, "medications", form, note, **asked)


def _fact(patient: Patient, what: str, pk: int) -> Any:
    """A row of this person, and of nobody else."""
    rows = _known(what, card.LISTS).objects.filter(patient__in=card.records_of(patient))
    return get_object_or_404(rows, pk=pk)


def _known(word: str, words: dict[str, Any]) -> Any:
    if word not in words:
        raise Http404
    return words[word]
