"""Register, with possible duplicates shown while typing, and correct."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import put_problem
from patients.forms import CorrectForm, RegisterForm
from patients.models import Patient
from patients.rules import identity
from patients.rules.phone import UnreadablePhone
from patients.selectors import card, search
from patients.services import registration
from patients.views.page import about, opened

AFTER_REGISTERING = "after_registering"  # session: the name of the page to go back to
REGISTERED = "registered_patient"  # session: the new patient's key, for that page
COMPARED = ("given_name", "family_name", "phone")


@requires(Can.REGISTER_PATIENT)
@require_http_methods(["GET", "POST"])
def register(request: StaffRequest) -> HttpResponse:
    """A new record, or the same form with a sentence at the field."""
    if request.method == "GET":
        return render(request, "patients/register.html", {"form": RegisterForm()})
    form = RegisterForm(request.POST)
    if not form.is_valid():
        return _register_again(request, form, 422)
    try:
        patient = registration.register(**_facts(form), by=request.user, at=clock.now())
    except UnreadablePhone as no:
        form.add_error("phone", no.message)
        return _register_again(request, form, no.http_status)
    except DomainError as no:
        put_problem(form, no)
        return _register_again(request, form, no.http_status)
    return _onward(request, patient)


@requires(Can.REGISTER_PATIENT)
@require_POST
def duplicates(request: StaffRequest) -> HttpResponse:
    """Who this may be already, from what is typed so far."""
    return render(request, "patients/_duplicates.html", {"alike": _alike(request)})


@requires(Can.REGISTER_PATIENT)
@require_http_methods(["GET", "POST"])
def correct(request: StaffRequest, key: UUID) -> HttpResponse:
    """Change names, birth date, address and the like; refused when somebody else saved in between."""
    patient = card.patient_by_key(key)
    if request.method == "GET":
        opened(request, patient)
        return _correct_form(request, patient, CorrectForm(initial=_as_it_is(patient)))
    form = CorrectForm(request.POST)
    if not form.is_valid():
        return _correct_form(request, patient, form, 422)
    facts = dict(form.cleaned_data)
    try:
        registration.correct(
            patient=patient, unchanged_since=facts.pop("seen"), **facts, by=request.user, at=clock.now()
        )
    except DomainError as no:
        put_problem(form, no)
        return _correct_form(request, patient, form, no.http_status)
    return redirect("patients:patient", patient.key)


def _onward(request: StaffRequest, patient: Patient) -> HttpResponse:
    """To the patient's page, or back to the page that sent somebody here to register (by the session)."""
    back = request.session.pop(AFTER_REGISTERING, None)
    if back is None:
        return redirect("patients:patient", patient.key)
    request.session[REGISTERED] = str(patient.key)
    return redirect(back)


def _register_again(request: StaffRequest, form: RegisterForm, status: int) -> HttpResponse:
    return render(request, "patients/register.html", {"form": form, "alike": _alike(request)}, status=status)


def _correct_form(
    request: StaffRequest, patient: Patient, form: CorrectForm, status: int = 200
) -> HttpResponse:
    return render(request, "patients/correct.html", about(request, patient) | {"form": form}, status=status)


def _facts(form: RegisterForm) -> dict[str, Any]:
    facts = dict(form.cleaned_data)
    number, may_text = facts.pop("phone"), facts.pop("may_text")
    return facts | {"phones": [{"written": number, "may_text": may_text}] if number else []}


def _as_it_is(patient: Patient) -> dict[str, Any]:
    facts = {name: getattr(patient, name) for name in registration.CORRECTABLE}
    return facts | {"seen": patient.updated_at.isoformat()}


def _alike(request: StaffRequest) -> list[Patient]:
    """Half-typed fields are simply not used yet."""
    said = {name: request.POST.get(name, "").replace("\0", "").strip()[:80] for name in COMPARED}
    try:
        born = identity.read_birth_date(request.POST.get("birth_date", ""), day=clock.now().date())
    except DomainError:
        born = None
    given_name, family_name, phone = (said[name] for name in COMPARED)
    alike = search.possible_duplicates(
        given_name=given_name, family_name=family_name, phone=phone, birth_date=born
    )
    return card.with_same_name(alike)
