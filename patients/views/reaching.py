"""Phones with the consent to text, and contacts."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_POST

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.shared import clock
from patients.forms import ContactForm, PhoneForm
from patients.selectors import card
from patients.services import reaching
from patients.states import YesNo
from patients.views.page import act_on_panel, edit_panel, typed


@requires(Can.REGISTER_PATIENT)
@require_http_methods(["GET", "POST"])
def add_phone(request: StaffRequest, key: UUID) -> HttpResponse:
    """A number; typed again, it corrects the kind and the consent."""
    patient = card.patient_by_key(key)

    def note(said: dict[str, Any]) -> None:
        reaching.add_phone(patient=patient, **said, by=request.user, at=clock.now())

    return edit_panel(request, patient, "phones", PhoneForm(typed(request)), note)


@requires(Can.REGISTER_PATIENT)
@require_POST
def texting(request: StaffRequest, key: UUID, pk: int, word: str) -> HttpResponse:
    """One tap: they said yes, or no, to texts."""
    patient = card.patient_by_key(key)
    phone = get_object_or_404(card.phones(patient), pk=pk)
    facts: dict[str, Any] = {
        "phone": phone,
        "may_text": YesNo.YES if word == "yes" else YesNo.NO,
        "by": request.user,
    }
    return act_on_panel(request, patient, "phones", lambda: reaching.answer_texting(**facts, at=clock.now()))


@requires(Can.REGISTER_PATIENT)
@require_POST
def drop_phone(request: StaffRequest, key: UUID, pk: int) -> HttpResponse:
    """Not their number any more."""
    patient = card.patient_by_key(key)
    facts: dict[str, Any] = {"phone": get_object_or_404(card.phones(patient), pk=pk), "by": request.user}
    return act_on_panel(request, patient, "phones", lambda: reaching.drop_phone(**facts, at=clock.now()))


@requires(Can.REGISTER_PATIENT)
@require_http_methods(["GET", "POST"])
def add_contact(request: StaffRequest, key: UUID) -> HttpResponse:
    """Somebody to call."""
    patient = card.patient_by_key(key)

    def note(said: dict[str, Any]) -> None:
        reaching.add_contact(patient=patient, **said, by=request.user, at=clock.now())

    return edit_panel(request, patient, "contacts", ContactForm(typed(request)), note)


@requires(Can.REGISTER_PATIENT)
@require_POST
def drop_contact(request: StaffRequest, key: UUID, pk: int) -> HttpResponse:
    """Not to be called any more."""
    patient = card.patient_by_key(key)
    facts: dict[str, Any] = {"contact": get_object_or_404(card.contacts(patient), pk=pk), "by": request.user}
    return act_on_panel(request, patient, "contacts", lambda: reaching.drop_contact(**facts, at=clock.now()))
