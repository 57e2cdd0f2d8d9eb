"""A patient's series: a panel of the patient's page, and a page of its own; start, change, end."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_http_methods

from infusion_center.accounts.permissions import Can, requires
from infusion_center.accounts.requests import StaffRequest
from infusion_center.audit import reading
from infusion_center.errors import DomainError
from infusion_center.shared import clock
from infusion_center.shared.pages import page_or_part, put_problem, wants_part
from patients.models import Patient
from patients.selectors import card
from visits.forms.series import ChangeTermsForm, EndForm, StartForm, TermsForm
from visits.models import Series
from visits.selectors import due as selector
from visits.selectors.series import person_of, regimens_that_come_back, series_by_key
from visits.services import rescheduling, series
from visits.services.consequences import LookFirst


@dataclass(frozen=True)
class Opened:
    """The form that is open, and the series it is about."""

    editing: str
    form: forms.Form
    about: Series | None = None


@requires(Can.READ_CHART)
@require_GET
def series_of(request: StaffRequest, key: UUID) -> HttpResponse:
    """What runs, what was, what could begin. As a part of the patient's page it is no opening of its own."""
    patient = card.patient_by_key(key)
    if not wants_part(request):
        page = request.resolver_match.view_name
        reading.chart_opened(patient_key=patient.key, page=page, by=request.user, at=clock.now())
    return _show(request, patient)


@requires(Can.BOOK_VISIT)
@require_http_methods(["GET", "POST"])
def start(request: StaffRequest, key: UUID) -> HttpResponse:
    patient, now = card.patient_by_key(key), clock.now()
    offers = selector.offers_for(patient, at=now)
    shown = {"regimen": offers[0].regimen.code} if offers and offers[0].regimen else {}
    form = StartForm(
        _typed(request), initial=shown, regimens=regimens_that_come_back(), today=request.site.day_of(now)
    )
    return _edit(
        request,
        patient,
        Opened("start", form),
        "The series has begun",
        lambda: _start(request, patient, form),
    )


@requires(Can.BOOK_VISIT)
@require_http_methods(["GET", "POST"])
def change(request: StaffRequest, key: UUID) -> HttpResponse:
    """Another interval, window, place or strength, for all that is to come."""
    row = series_by_key(site=request.site, key=key)
    shown = {name: getattr(row, name) for name in TermsForm.base_fields} | {"regimen": row.regimen.code}
    regimens = regimens_that_come_back(of=row)
    form = ChangeTermsForm(_typed(request), initial=shown, regimens=regimens)
    return _edit(
        request, person_of(row), Opened("terms", form, row), "Changed", lambda: _change(request, row, form)
    )


@requires(Can.BOOK_VISIT)
@require_http_methods(["GET", "POST"])
def end(request: StaffRequest, key: UUID) -> HttpResponse:
    row, form, now = series_by_key(site=request.site, key=key), EndForm(_typed(request)), clock.now()
    return _edit(
        request,
        person_of(row),
        Opened("end", form, row),
        "Ended",
        lambda: series.end(series=row, **form.cleaned_data, by=request.user, at=now),
    )


def _start(request: StaffRequest, patient: Patient, form: StartForm) -> Series:
    typed = form.cleaned_data
    return series.start(
        patient=patient,
        site=request.site,
        regimen=form.by_code[typed["regimen"]],
        terms=form.terms(),
        wish=form.wish(),
        first_due_on=typed["first_due_on"],
        given_elsewhere_on=typed["given_elsewhere_on"],
        by=request.user,
        at=clock.now(),
    )


def _change(request: StaffRequest, row: Series, form: ChangeTermsForm) -> None:
    typed = {name: form.cleaned_data[name] for name in ("release", "agreed")}
    regimen = form.by_code[form.cleaned_data["regimen"]]
    rescheduling.change_terms(
        series=row, regimen=regimen, terms=form.terms(), **typed, by=request.user, at=clock.now()
    )


def _edit(
    request: StaffRequest, patient: Patient, opened: Opened, said: str, act: Callable[[], object]
) -> HttpResponse:
    """GET opens the form. POST runs the verb, or shows what it would touch, or the refusal at its field."""
    around: dict[str, Any] = {"form": opened.form, "editing": opened.editing, "about": opened.about}
    if request.method == "GET":
        return _show(request, patient, **around)
    try:
        if not opened.form.is_valid():
            return _show(request, patient, **around, status=422)
        act()
    except LookFirst as look:
        return _show(request, patient, **around, look=look, status=look.http_status)
    except DomainError as no:
        put_problem(opened.form, no)
        return _show(request, patient, **around, status=no.http_status)
    return _show(request, patient, said=said)


def _show(request: StaffRequest, patient: Patient, *, status: int = 200, **context: Any) -> HttpResponse:
    now = clock.now()
    if not wants_part(request):
        card.with_allergies(card.with_same_name([patient]))
    context |= {
        "patient": patient,
        "cards": selector.series_of(patient, at=now),
        "offers": selector.offers_for(patient, at=now),
    }
    return page_or_part(
        request, page="visits/series.html", part="visits/_series.html", context=context, status=status
    )


def _typed(request: StaffRequest) -> Any:
    return request.POST if request.method == "POST" else None
